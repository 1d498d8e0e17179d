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
from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.models import Record
from core.dates import local_date, parse_iso_date
from core.form_actions import save_form
from treatments import actions
from treatments.domain import injection_map, sites
from treatments.domain.injection_map import LETTERS, Region, View
from treatments.domain.sites import Difference, Layout, Remark, SiteDose, Slot, Totals
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
class SessionFormState:
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


def build_form_state(
    values: Mapping[str, str], form: SitesForm, before: InjectionSession | None, pressed: str
) -> SessionFormState:
    """The picture, its rows, and the remarks, from the form's values as they stand."""
    layout = sites.read_layout(values, form.slots)
    found = SessionFormState(layout, sites.build_layout(before.injections.all()) if before else {})
    differing = {difference.slot: difference for difference in found.differences}
    rows = {slot: site_row(slot, form, found.then, differing.get(slot), pressed) for slot in form.slots}
    for view in injection_map.VIEWS:
        drawn = [drawn_region(region, layout, differing) for region in view.regions]
        of_view = [rows.pop(region.slot) for region in view.regions]
        found.views.append(DrawnView(view, view_titles()[view.name], drawn, of_view))
    found.more = list(rows.values())
    on = parse_iso_date(values.get("date") or "")
    found.remarks = sites.check_layout(
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
        form[sites.field_name(slot, "sites")],
        form[sites.field_name(slot, "units")],
        then[slot].words if slot in then else "",
        difference,
        pressed.removeprefix(slot.code) if pressed.startswith((f"{slot.code}+", f"{slot.code}-")) else "",
    )


def drawn_region(region: Region, layout: Layout, differing: Mapping[Slot, Difference]) -> DrawnRegion:
    given, difference = layout.get(region.slot), differing.get(region.slot)
    return DrawnRegion(region, (given.sites or 0) if given else 0, difference.mark if difference else "")


def preset_layout(name: str, before: InjectionSession | None) -> Layout | None:
    """The layout of a button; None for one there is not."""
    if name == LAST:
        return (sites.build_layout(before.injections.all()) if before else {}) or None
    return PRESETS.get(name)


def refill_layout(
    data: Mapping[str, str], slots: list[Slot], before: InjectionSession | None
) -> dict[str, str]:
    """What was posted, with a button's layout in it; for browsers that run no script."""
    values = {name: str(value) for name, value in data.items()}
    layout = preset_layout(values.get("fill", ""), before)
    if layout is None:
        layout = sites.read_layout(values, slots)
        for slot in slots:
            for sign, step in (("+", 1), ("-", -1)):
                if values.get("step") == f"{slot.code}{sign}":
                    layout = sites.step_units(layout, slot, step)
    kept = {name: value for name, value in values.items() if not name.endswith(("-sites", "-units"))}
    return kept | sites.form_values(layout) | total_units(layout)


def total_units(layout: Layout) -> dict[str, str]:
    units = sites.totals(layout).units
    return {"units": format(units.normalize(), "f")} if units else {}


def initial_values(kept: InjectionSession, fill: str, before: InjectionSession | None) -> dict[str, str]:
    """What the form shows when it is opened."""
    layout = sites.build_layout(kept.injections.all()) if kept.pk else preset_layout(fill, before) or {}
    values = {"date": kept.date.isoformat(), "product": kept.product}
    numbers = {"units": kept.units, "wasted": kept.wasted}
    values |= {name: format(one.normalize(), "f") for name, one in numbers.items() if one is not None}
    return values | ({} if kept.pk else total_units(layout)) | sites.form_values(layout)


def initial_layout(record: Record, pk: int | None, today: date) -> InjectionSession:
    """The session to correct, or a new one of today."""
    return (
        get_own_or_404(record, InjectionSession, pk=pk) if pk else InjectionSession(record=record, date=today)
    )


def save_posted(
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
    fine = save_form(
        form,
        lambda: done.append(
            actions.save_session(record=record, session=form.instance, now=now, layout=layout)
        ),
    )
    return done if fine else None


def add_saved_message(request: PersonRequest, found: SessionFormState, booking_went: bool) -> None:
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


def previous_session(record: Record, text: str, today: date, pk: int | None) -> InjectionSession | None:
    return actions.get_session_before(record, parse_iso_date(text) or today, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def session(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Record a session, or correct one."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    kept = initial_layout(record, pk, today)
    was = sites.build_layout(kept.injections.all()) if pk else {}
    slots = sites.session_slots(was)
    posted = request.POST if request.method == "POST" else None
    saving = posted is not None and "fill" not in posted and "step" not in posted
    on = posted.get("date", "") if posted is not None else kept.date.isoformat()
    before = previous_session(record, on, today, pk)
    if posted is None:
        values = initial_values(kept, request.GET.get("fill", ""), before)
    elif saving:
        values = {name: str(value) for name, value in posted.items()}
    else:
        values = refill_layout(posted, slots, before)
    data = posted if saving else None
    form = SessionForm(data, instance=kept, today=today, initial=values)
    form_of_sites = SitesForm(data, slots=slots, initial=values)
    done = save_posted(record, form, form_of_sites, was, now) if saving else None
    pressed = posted.get("step", "") if posted is not None else ""
    found = build_form_state(values, form_of_sites, before, pressed)
    if done is not None:
        drafts.discard_draft(request, now)
        add_saved_message(request, found, done[0])
        return redirect("sessions")
    wrong = bool(form.errors or form_of_sites.errors)
    context = render_page(form, form_of_sites, found, before, record)
    context |= {"pk": pk, "fill": request.GET.get("fill", "")}
    return render(request, "treatments/session.html", context, status=422 if wrong else 200)


def render_page(
    form: SessionForm,
    form_of_sites: SitesForm,
    found: SessionFormState,
    before: InjectionSession | None,
    record: Record,
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
                if (layout := preset_layout(name, before)) is not None
            },
            "then": as_numbers(found.then),
            "earlier": [on.isoformat() for on in actions.load_other_dates(record, form.instance)],
            "before": before.date.isoformat() if before else None,
        },
    }


def as_numbers(layout: Layout) -> dict[str, list[float | None]]:
    """Sites and units by slot, for static/js/forms/sites.js."""
    return {slot.code: format_numbers(given) for slot, given in layout.items()}


def format_numbers(given: SiteDose) -> list[float | None]:
    return [given.sites, None if given.units is None else float(given.units)]
