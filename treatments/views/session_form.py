"""Recording a session or correcting one: the form, its picture, what fills it, and what is said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.access import PersonRequest, mine, own_record
from accounts.models import Record
from core.dates import day_of, iso_date
from core.form_actions import saved
from treatments import actions
from treatments.domain import injection_map, sites
from treatments.domain.injection_map import LETTERS, Region, View
from treatments.domain.sites import Difference, Given, Layout, Remark, Slot, Totals
from treatments.forms import SessionForm, SitesForm
from treatments.models import BOTOX, InjectionSession

# Offered first to last; any other may be typed.
PRODUCTS = (
    BOTOX, "Dysport (abobotulinumtoxinA)", "Xeomin (incobotulinumtoxinA)", "Daxxify (daxibotulinumtoxinA)",
    "NeuroBloc (rimabotulinumtoxinB)",
)  # fmt: skip
PREEMPT, FOLLOW, LAST, CLEAR = "preempt", "follow", "last", "clear"
PRESETS: Mapping[str, Layout] = {PREEMPT: sites.PREEMPT, FOLLOW: sites.FOLLOW_THE_PAIN, CLEAR: {}}


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One muscle on one side as the form shows it, with what it got last time and whether that differs."""

    slot: Slot
    letter: str
    sites: BoundField
    units: BoundField
    then: str
    difference: Difference | None
    pressed: str


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """A region with as many dots as it has sites, and its mark where it differs from last time."""

    region: Region
    sites: int
    mark: str


@dataclass(frozen=True, slots=True)
class DrawnView:
    """One view of the picture, and beside it the rows of its muscles."""

    view: View
    title: str
    regions: list[DrawnRegion]
    rows: list[SiteRow]


@dataclass(slots=True)
class Shown:
    """What the page says of a session as its form stands."""

    layout: Layout
    then: Layout
    views: list[DrawnView] = field(default_factory=list)
    more: list[SiteRow] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def totals(self) -> Totals:
        return sites.totals(self.layout)

    @property
    def differences(self) -> list[Difference]:
        return sites.differences(self.layout, self.then)

    @property
    def remarked(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.shown]


def view_titles() -> dict[str, str]:
    return {
        "front": _("Front"),
        "left side": _("Left side"),
        "back": _("Back"),
        "right side": _("Right side"),
    }


def shown(values: Mapping[str, str], form: SitesForm, before: InjectionSession | None, pressed: str) -> Shown:
    """The picture, its rows, and the remarks, from the form's values as they stand."""
    layout = sites.read_layout(values, form.slots)
    found = Shown(layout, sites.layout_of(before.injections.all()) if before else {})
    differing = {difference.slot: difference for difference in found.differences}
    rows = {slot: site_row(slot, form, found.then, differing.get(slot), pressed) for slot in form.slots}
    for view in injection_map.VIEWS:
        drawn = [drawn_region(region, layout, differing) for region in view.regions]
        of_view = [rows.pop(region.slot) for region in view.regions]
        found.views.append(DrawnView(view, view_titles()[view.name], drawn, of_view))
    found.more = list(rows.values())
    on = iso_date(values.get("date") or "")
    found.remarks = sites.remarks(
        layout,
        product=values.get("product") or "",
        units=sites.read_number(values.get("units") or ""),
        days=(on - before.date).days if on and before else None,
    )
    return found


def site_row(
    slot: Slot, form: SitesForm, then: Layout, difference: Difference | None, pressed: str
) -> SiteRow:
    return SiteRow(
        slot,
        LETTERS[slot.muscle],
        form[sites.field(slot, "sites")],
        form[sites.field(slot, "units")],
        then[slot].words if slot in then else "",
        difference,
        pressed.removeprefix(slot.code) if pressed.startswith((f"{slot.code}+", f"{slot.code}-")) else "",
    )


def drawn_region(region: Region, layout: Layout, differing: Mapping[Slot, Difference]) -> DrawnRegion:
    given, difference = layout.get(region.slot), differing.get(region.slot)
    return DrawnRegion(region, (given.sites or 0) if given else 0, difference.mark if difference else "")


def preset(name: str, before: InjectionSession | None) -> Layout | None:
    """The layout of a button; None for one there is not."""
    if name == LAST:
        return (sites.layout_of(before.injections.all()) if before else {}) or None
    return PRESETS.get(name)


def refilled(data: Mapping[str, str], slots: list[Slot], before: InjectionSession | None) -> dict[str, str]:
    """What was posted, with a button's layout in it; for browsers that run no script."""
    values = {name: str(value) for name, value in data.items()}
    layout = preset(values.get("fill", ""), before)
    if layout is None:
        layout = sites.read_layout(values, slots)
        for slot in slots:
            for sign, step in (("+", 1), ("-", -1)):
                if values.get("step") == f"{slot.code}{sign}":
                    layout = sites.stepped(layout, slot, step)
    kept = {name: value for name, value in values.items() if not name.endswith(("-sites", "-units"))}
    return kept | sites.as_values(layout) | total_of(layout)


def total_of(layout: Layout) -> dict[str, str]:
    units = sites.totals(layout).units
    return {"units": format(units.normalize(), "f")} if units else {}


def first_values(kept: InjectionSession, fill: str, before: InjectionSession | None) -> dict[str, str]:
    """What the form shows when it is opened."""
    layout = sites.layout_of(kept.injections.all()) if kept.pk else preset(fill, before) or {}
    values = {"date": kept.date.isoformat(), "product": kept.product}
    numbers = {"units": kept.units, "wasted": kept.wasted}
    values |= {name: format(one.normalize(), "f") for name, one in numbers.items() if one is not None}
    return values | ({} if kept.pk else total_of(layout)) | sites.as_values(layout)


def started(record: Record, pk: int | None, today: date) -> InjectionSession:
    """The session to correct, or a new one of today."""
    return mine(record, InjectionSession, pk=pk) if pk else InjectionSession(record=record, date=today)


def keep(
    record: Record, form: SessionForm, form_of_sites: SitesForm, was: Layout, now: datetime
) -> list[bool] | None:
    """Save what both forms hold; [whether a booking went], or None with the forms saying why not."""
    if not (form.is_valid() and form_of_sites.is_valid()):
        return None
    layout = form_of_sites.layout()
    counted = sites.totals(layout).units
    if counted and layout != was:
        form.instance.units = counted
    done: list[bool] = []
    fine = saved(
        form,
        lambda: done.append(
            actions.save_session(record=record, session=form.instance, now=now, layout=layout)
        ),
    )
    return done if fine else None


def say(request: PersonRequest, found: Shown, booking_went: bool) -> None:
    """What is said once a session is saved."""
    messages.success(request, _("Session saved: %(totals)s.") % {"totals": found.totals.words}
                     if found.layout else _("Session saved."))  # fmt: skip
    remarked = [remark.words for remark in found.remarked]
    if remarked:
        head = ngettext("Kept with a remark:", "Kept with remarks:", len(remarked))
        messages.warning(request, " ".join([head, *remarked]))
    if booking_went:
        messages.info(
            request, _("The booking was for this session and is done. Enter the next one when you have it.")
        )


def asked_before(record: Record, text: str, today: date, pk: int | None) -> InjectionSession | None:
    return actions.session_before(record, iso_date(text) or today, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def session(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Record a session, or correct one."""
    record, now = own_record(request), timezone.now()
    today = day_of(request.user, now)
    kept = started(record, pk, today)
    was = sites.layout_of(kept.injections.all()) if pk else {}
    slots = sites.slots_of(was)
    posted = request.POST if request.method == "POST" else None
    saving = posted is not None and "fill" not in posted and "step" not in posted
    on = posted.get("date", "") if posted is not None else kept.date.isoformat()
    before = asked_before(record, on, today, pk)
    if posted is None:
        values = first_values(kept, request.GET.get("fill", ""), before)
    elif saving:
        values = {name: str(value) for name, value in posted.items()}
    else:
        values = refilled(posted, slots, before)
    data = posted if saving else None
    form = SessionForm(data, instance=kept, today=today, initial=values)
    form_of_sites = SitesForm(data, slots=slots, initial=values)
    done = keep(record, form, form_of_sites, was, now) if saving else None
    pressed = posted.get("step", "") if posted is not None else ""
    found = shown(values, form_of_sites, before, pressed)
    if done is not None:
        drafts.sent(request, now)
        say(request, found, done[0])
        return redirect("sessions")
    wrong = bool(form.errors or form_of_sites.errors)
    context = page(form, form_of_sites, found, before, record)
    context |= {"pk": pk, "fill": request.GET.get("fill", "")}
    return render(request, "treatments/session.html", context, status=422 if wrong else 200)


def page(
    form: SessionForm, form_of_sites: SitesForm, found: Shown, before: InjectionSession | None, record: Record
) -> dict[str, Any]:
    """The context of the page."""
    return {
        "form": form,
        "sites_form": form_of_sites,
        "shown": found,
        "before": before,
        "products": PRODUCTS,
        "script": {
            "fills": {
                name: as_numbers(layout)
                for name in (PREEMPT, FOLLOW, LAST, CLEAR)
                if (layout := preset(name, before)) is not None
            },
            "then": as_numbers(found.then),
            "earlier": [on.isoformat() for on in actions.other_dates(record, form.instance)],
            "before": before.date.isoformat() if before else None,
        },
    }


def as_numbers(layout: Layout) -> dict[str, list[float | None]]:
    """Sites and units by slot, for static/js/sites.js."""
    return {slot.code: numbers(given) for slot, given in layout.items()}


def numbers(given: Given) -> list[float | None]:
    return [given.sites, None if given.units is None else float(given.units)]
