"""The form to record or correct a session: its picture, presets and remarks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.models import Record
from core import formatting
from core.dates import local_date, parse_iso_date
from core.form_actions import save_form
from treatments import actions
from treatments.domain import injection_map, sites
from treatments.domain.injection_map import LETTERS, Region, View
from treatments.domain.sites import Difference, Layout, Remark, Slot, Totals
from treatments.models import BOTOX, InjectionSession
from treatments.session_forms import KnownDoses, SessionForm, SitesForm, infer_known_doses

# Suggestions in this order; any other product may be typed.
PRODUCTS = (
    BOTOX, "Dysport (abobotulinumtoxinA)", "Xeomin (incobotulinumtoxinA)", "Daxxify (daxibotulinumtoxinA)",
    "NeuroBloc (rimabotulinumtoxinB)",
)  # fmt: skip
PREEMPT, FOLLOW, LAST, CLEAR = "preempt", "follow", "last", "clear"
PRESETS: Mapping[str, Layout] = {PREEMPT: sites.PREEMPT, FOLLOW: sites.FOLLOW_THE_PAIN, CLEAR: {}}
VIEW_TITLES = {
    "front": gettext_lazy("Front"),
    "left side": gettext_lazy("Left side"),
    "back": pgettext_lazy("side of the head", "Back"),
    "right side": gettext_lazy("Right side"),
}


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One muscle on one side: its fields, its dose last time, the difference, and the pressed button (+, - or "")."""

    slot: Slot
    letter: str
    sites: BoundField
    units: BoundField
    previous_dose: str
    difference: Difference | None
    pressed: str


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """A region with its number of dots, and the label of its difference from last time."""

    region: Region
    sites: int
    label: str


@dataclass(frozen=True, slots=True)
class DrawnView:
    """One view of the picture with the rows of its muscles."""

    view: View
    title: str
    regions: list[DrawnRegion]
    rows: list[SiteRow]


@dataclass(slots=True)
class SessionFormState:
    """What the page shows for the current values of the form."""

    layout: Layout
    previous_layout: Layout
    views: list[DrawnView] = field(default_factory=list)
    other_rows: list[SiteRow] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def totals(self) -> Totals:
        return sites.compute_totals(self.layout)

    @property
    def differences(self) -> list[Difference]:
        return sites.find_differences(self.layout, self.previous_layout)

    @property
    def remarked(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.is_shown]


def build_form_state(
    values: Mapping[str, str], form: SitesForm, previous: InjectionSession | None, pressed: str
) -> SessionFormState:
    """Build the picture, its rows, and the remarks from the current values of the form."""
    layout = sites.parse_layout(values, form.slots)
    state = SessionFormState(layout, sites.build_layout(previous.injections.all()) if previous else {})
    differing = {difference.slot: difference for difference in state.differences}
    site_rows = {
        slot: SiteRow(
            slot,
            LETTERS[slot.muscle],
            form[sites.field_name(slot, "sites")],
            form[sites.field_name(slot, "units")],
            state.previous_layout[slot].label if slot in state.previous_layout else "",
            differing.get(slot),
            pressed.removeprefix(slot.code) if pressed.startswith((f"{slot.code}+", f"{slot.code}-")) else "",
        )
        for slot in form.slots
    }
    for view in injection_map.VIEWS:
        drawn_regions = []
        for region in view.regions:
            dose, difference = layout.get(region.slot), differing.get(region.slot)
            dots, change_label = dose.sites if dose else 0, difference.change_label if difference else ""
            drawn_regions.append(DrawnRegion(region, dots or 0, change_label))
        rows_of_view = [site_rows.pop(region.slot) for region in view.regions]
        state.views.append(DrawnView(view, str(VIEW_TITLES[view.name]), drawn_regions, rows_of_view))
    state.other_rows = list(site_rows.values())
    date_of_session = parse_iso_date(values.get("date") or "")
    state.remarks = sites.build_remarks(
        layout,
        product=values.get("product") or "",
        units=sites.parse_number(values.get("units") or ""),
        days=(date_of_session - previous.date).days if date_of_session and previous else None,
    )
    return state


def get_preset_layout(name: str, previous: InjectionSession | None) -> Layout | None:
    """Return the layout of a preset button; None for an unknown one."""
    if name == LAST:
        return (sites.build_layout(previous.injections.all()) if previous else {}) or None
    return PRESETS.get(name)


def fill_sites(values: Mapping[str, str], layout: Layout) -> dict[str, str]:
    """Return the values of the form with these sites and their sum."""
    units = sites.compute_totals(layout).units
    total = {"units": format(units.normalize(), "f")} if units else {}
    return {**values, "known": KnownDoses.SITES, **sites.layout_form_values(layout), **total}


def build_stored_values(edited: InjectionSession, stored_layout: Layout) -> dict[str, str]:
    """Return the values of the form when it is opened."""
    numbers = {"units": edited.units, "wasted": edited.wasted}
    return {
        "date": edited.date.isoformat(),
        "product": edited.product,
        "known": infer_known_doses(stored_layout, edited.units),
        **{name: format(number.normalize(), "f") for name, number in numbers.items() if number is not None},
        **sites.layout_form_values(stored_layout),
    }


def build_posted_values(
    posted: Mapping[str, str], slots: list[Slot], previous: InjectionSession | None
) -> dict[str, str]:
    """Return the values as posted: with the doses that she knows, or filled by a preset or stepper button.

    The buttons of presets and steppers are posted by browsers without scripts, "usual" by all.
    """
    values = {name: str(value) for name, value in posted.items()}
    other_values = {name: value for name, value in values.items() if not name.endswith(("-sites", "-units"))}
    if "usual" in values:
        return fill_sites(other_values, sites.PREEMPT)
    if "fill" not in values and "step" not in values:
        entered = sites.parse_layout(values, slots)
        known = values.get("known") or infer_known_doses(entered, values.get("units"))
        if known == KnownDoses.SITES:
            return values | {"known": known}
        if known == KnownDoses.LAST and previous:
            return other_values | {
                "units": "" if previous.units is None else format(previous.units.normalize(), "f"),
                **sites.layout_form_values(sites.build_layout(previous.injections.all())),
            }
        return other_values | {"known": known} | ({} if known == KnownDoses.TOTAL else {"units": ""})
    layout = get_preset_layout(values.get("fill", ""), previous)
    if layout is None:
        layout = sites.parse_layout(values, slots)
        for slot in slots:
            for sign, step in (("+", 1), ("-", -1)):
                if values.get("step") == f"{slot.code}{sign}":
                    layout = sites.change_sites(layout, slot, step)
    return fill_sites(other_values, layout)


def save_forms(
    record: Record, form: SessionForm, sites_form: SitesForm, stored_layout: Layout, now: datetime
) -> bool | None:
    """Save both forms. Return whether a booking was closed, or None if the forms have errors."""
    if not (form.is_valid() and sites_form.is_valid()):
        return None
    layout, known = sites_form.layout(), form.cleaned_data["known"]
    if known == KnownDoses.SITES and not layout and form.instance.units is None:
        form.add_error("known", _("No site and no total is entered. Enter one, or choose “Nothing more”."))
        return None
    counted_units = sites.compute_totals(layout).units
    if counted_units and layout != stored_layout and known == KnownDoses.SITES:
        form.instance.units = counted_units
    results: list[bool] = []
    is_saved = save_form(
        form,
        lambda: results.append(
            actions.save_session(record=record, session=form.instance, now=now, layout=layout)
        ),
    )
    return results[0] if is_saved else None


def add_saved_message(
    request: PersonRequest, session: InjectionSession, state: SessionFormState, is_booking_closed: bool
) -> None:
    """Add the messages about a saved session."""
    doses = sites.describe_known_doses(state.layout, session.units)
    messages.success(request, _("Session saved: %(totals)s.") % {"totals": doses}
                     if doses else _("Session saved."))  # fmt: skip
    remark_texts = [remark.label for remark in state.remarked]
    if remark_texts:
        heading = ngettext("Saved with a remark:", "Saved with remarks:", len(remark_texts))
        messages.warning(request, " ".join([heading, *remark_texts]))
    if is_booking_closed:
        messages.info(
            request,
            _(
                "The appointment for this session is over and has been removed. Enter the next one when you "
                "have it."
            ),
        )


@require_http_methods(["GET", "HEAD", "POST"])
def session(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Record a session, or correct one."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    edited = (
        get_own_or_404(record, InjectionSession, pk=pk) if pk else InjectionSession(record=record, date=today)
    )
    stored_layout = sites.build_layout(edited.injections.all()) if pk else {}
    slots = sites.list_slots(stored_layout)
    posted = request.POST if request.method == "POST" else None
    is_saving = posted is not None and "fill" not in posted and "step" not in posted
    shown_date = edited.date if posted is None else parse_iso_date(posted.get("date", "")) or today
    earlier = record.sessions.filter(date__lt=shown_date).exclude(pk=pk or 0)
    previous = earlier.prefetch_related("injections").last()
    if previous and not pk:
        edited.product = previous.product
    values = (
        build_stored_values(edited, stored_layout)
        if posted is None
        else build_posted_values(posted, slots, previous)
    )
    data = values if is_saving else None
    form = SessionForm(data, instance=edited, today=today, previous=previous, initial=values)
    sites_form = SitesForm(data, slots=slots, initial=values)
    if is_saving and values["known"] == KnownDoses.LAST and previous:
        refuse_other_last_time(form, values.get("last_date", ""), previous)
    is_booking_closed = save_forms(record, form, sites_form, stored_layout, now) if is_saving else None
    pressed = posted.get("step", "") if posted is not None else ""
    state = build_form_state(values, sites_form, previous, pressed)
    if is_booking_closed is not None:
        drafts.discard_draft(request, now)
        add_saved_message(request, edited, state, is_booking_closed)
        return redirect("sessions")
    has_errors = bool(form.errors or sites_form.errors)
    context = page_context(form, sites_form, state, previous, record)
    return render(request, "treatments/session.html", context | {"pk": pk}, status=422 if has_errors else 200)


def refuse_other_last_time(form: SessionForm, last_date: str, previous: InjectionSession) -> None:
    """Add an error if the page showed another session as the last one than the one before the chosen date."""
    if last_date and last_date != previous.date.isoformat():
        day = formatting.day(previous.date)
        text = _("On this date, the session before is that of %(day)s. Check what you know, and save again.")
        form.add_error("known", text % {"day": day})


def page_context(
    form: SessionForm,
    sites_form: SitesForm,
    state: SessionFormState,
    previous: InjectionSession | None,
    record: Record,
) -> dict[str, Any]:
    """Build the context of the page."""
    other_dates = record.sessions.exclude(pk=form.instance.pk or 0).values_list("date", flat=True)
    return {
        "form": form,
        "sites_form": sites_form,
        "state": state,
        "previous": previous,
        "products": PRODUCTS,
        "script": {
            "fills": {
                name: layout_numbers(layout)
                for name in (PREEMPT, FOLLOW, LAST, CLEAR)
                if (layout := get_preset_layout(name, previous)) is not None
            },
            "then": layout_numbers(state.previous_layout),
            "earlier": [day.isoformat() for day in other_dates],
            "before": previous.date.isoformat() if previous else None,
        },
    }


def layout_numbers(layout: Layout) -> dict[str, list[float | None]]:
    """Return sites and units by slot, for static/js/forms/sites.js."""
    return {
        slot.code: [dose.sites, None if dose.units is None else float(dose.units)]
        for slot, dose in layout.items()
    }
