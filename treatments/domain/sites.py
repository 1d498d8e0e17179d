"""The sites of a session (Rules, section 10): the usual scheme, totals, remarks, differences from last time.

Pure: no queries, no clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from treatments.models import InjectionSite

Muscle, Side = InjectionSite.Muscle, InjectionSite.Side
UNITS_A_SITE: Final = 5
USUAL_UNITS: Final = (155, 195)
USUAL_SITES: Final = (31, 39)
USUAL_DAYS: Final = 84
MAX_SITES: Final = 100

# Sites a side in the fixed scheme, and additional ones when following the pain.
FIXED_SITES: Final[dict[str, int]] = {
    Muscle.CORRUGATOR: 1, Muscle.PROCERUS: 1, Muscle.FRONTALIS: 2, Muscle.TEMPORALIS: 4, Muscle.OCCIPITALIS: 3,
    Muscle.CERVICAL_PARASPINAL: 2, Muscle.TRAPEZIUS: 3,
}  # fmt: skip
EXTRA_SITES: Final[dict[str, int]] = {Muscle.TEMPORALIS: 1, Muscle.OCCIPITALIS: 1, Muscle.TRAPEZIUS: 2}


class Slot(NamedTuple):
    """One muscle on one side."""

    muscle: str
    side: str

    @property
    def code(self) -> str:
        """A name for form fields and pictures, such as cervical_paraspinal_left."""
        return "_".join(filter(None, (self.muscle.replace(" ", "_"), self.side)))

    @property
    def label(self) -> str:
        """A label such as "Trapezius, left"."""
        muscle = str(Muscle(self.muscle).label)
        muscle = muscle[:1].upper() + muscle[1:]
        if not self.side:
            return _("%(muscle)s, side not given") % {"muscle": muscle}
        return _("%(muscle)s, %(side)s") % {"muscle": muscle, "side": Side(self.side).label}


@dataclass(frozen=True, slots=True)
class SiteDose:
    """The dose of a slot; None means not entered, never 0."""

    sites: int | None
    units: Decimal | None

    @property
    def is_uneven(self) -> bool:
        """Whether a site did not get 5 units."""
        return self.sites is not None and self.units is not None and self.units != UNITS_A_SITE * self.sites

    @property
    def label(self) -> str:
        """A label such as "3 sites, 15 units"."""
        parts = []
        if self.sites is not None:
            parts.append(ngettext("%(count)s site", "%(count)s sites", self.sites) % {"count": self.sites})
        if self.units is not None:
            parts.append(_("%(count)s units") % {"count": describe_units(self.units)})
        return _(", ").join(parts) or _("no number given")


Layout = Mapping[Slot, SiteDose]


def describe_units(units: Decimal) -> str:
    """Return "155" or "2.5"."""
    return formatting.decimal(float(units), 0 if units == units.to_integral_value() else 1)


SLOTS: Final = tuple(
    Slot(muscle, side)
    for muscle in Muscle.values
    for side in ((Side.MIDLINE,) if muscle == Muscle.PROCERUS else (Side.LEFT, Side.RIGHT))
)


def build_preempt_layout(extra: Mapping[str, int] | None = None) -> dict[Slot, SiteDose]:
    """Build the fixed sites of PREEMPT at 5 units each. extra: additional sites a side by muscle."""
    layout = {}
    for slot in SLOTS:
        sites = FIXED_SITES[slot.muscle] + (extra or {}).get(slot.muscle, 0)
        layout[slot] = SiteDose(sites, Decimal(UNITS_A_SITE * sites))
    return layout


PREEMPT: Final[Layout] = build_preempt_layout()
FOLLOW_THE_PAIN: Final[Layout] = build_preempt_layout(EXTRA_SITES)


def build_layout(sites: Iterable[InjectionSite]) -> dict[Slot, SiteDose]:
    """Build the layout of the stored sites of one session."""
    return {Slot(site.muscle, site.side): SiteDose(site.sites, site.units) for site in sites}


def list_slots(*layouts: Layout) -> list[Slot]:
    """List the usual slots, then others of these layouts (such as a muscle without a side)."""
    unusual = {slot for layout in layouts for slot in layout} - set(SLOTS)
    return [*SLOTS, *sorted(unusual)]


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of sites and units, and how many of them exceed the fixed scheme."""

    sites: int
    units: Decimal
    more_sites: int
    more_units: Decimal

    @property
    def label(self) -> str:
        """A label such as "155 units · 31 sites"."""
        return _("%(units)s units · %(sites)s sites") % {
            "units": describe_units(self.units),
            "sites": self.sites,
        }


def compute_totals(layout: Layout) -> Totals:
    sites = sum(dose.sites or 0 for dose in layout.values())
    units = sum((dose.units or Decimal(0) for dose in layout.values()), Decimal(0))
    beyond = [(dose, PREEMPT[slot]) for slot, dose in layout.items() if slot in PREEMPT]
    more_sites = sum(max(0, (dose.sites or 0) - (usual.sites or 0)) for dose, usual in beyond)
    more_units = sum(
        (max(Decimal(0), (dose.units or Decimal(0)) - (usual.units or Decimal(0))) for dose, usual in beyond),
        Decimal(0),
    )
    return Totals(sites, units, more_sites, more_units)


def describe_known_doses(layout: Layout, units: Decimal | None) -> str:
    """Return "155 units · 31 sites", "155 units", "31 sites", or "" if neither is known."""
    site_count = compute_totals(layout).sites
    parts = [
        _("%(count)s units") % {"count": describe_units(units)} if units else "",
        ngettext("%(count)s site", "%(count)s sites", site_count) % {"count": site_count}
        if site_count
        else "",
    ]
    return " · ".join(filter(None, parts))


def is_botox(product: str) -> bool:
    """Whether the usual numbers of units apply to this product; units of others are not interchangeable."""
    name = product.lower()
    return not name or "onabotulinum" in name or name.startswith("botox")


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark on something outside the usual scheme; not an error, because clinics differ.

    `pattern` contains {count} or {names}, so that static/js/forms/sites.js can build the same sentence.
    """

    code: str
    is_shown: bool
    pattern: str
    count: str = ""
    names: str = ""

    @property
    def label(self) -> str:
        return self.pattern.replace("{count}", self.count).replace("{names}", self.names)


def build_remarks(layout: Layout, *, product: str, units: Decimal | None, days: int | None) -> list[Remark]:
    """Build all remarks on a session; those that do not apply are hidden.

    units: the total of the session if it has no sites. days: since the session before, or None.
    """
    totals, is_onabotulinum = compute_totals(layout), is_botox(product)
    all_units = totals.units or units
    uneven = [slot for slot, dose in layout.items() if dose.is_uneven]
    return [
        Remark(
            "units",
            is_onabotulinum and bool(all_units) and not USUAL_UNITS[0] <= (all_units or 0) <= USUAL_UNITS[1],
            _("{count} units in all. 155 to 195 are usual."),
            describe_units(all_units) if all_units else "",
        ),
        Remark(
            "sites",
            bool(totals.sites) and not USUAL_SITES[0] <= totals.sites <= USUAL_SITES[1],
            _("{count} sites in all. 31 to 39 are usual."),
            str(totals.sites),
        ),
        Remark(
            "each",
            is_onabotulinum and bool(uneven),
            _("Not 5 units a site: {names}."),
            names=_("; ").join(slot.label for slot in uneven),
        ),
        Remark(
            "days",
            days is not None and days < USUAL_DAYS,
            _("{count} days since the session before. 84 or more are usual."),
            str(days),
        ),
        Remark(
            "product",
            not is_onabotulinum,
            _(
                "The usual 155 to 195 units are units of onabotulinumtoxinA. Units of another product cannot "
                "be compared with them."
            ),
        ),
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """A slot that differs from last time. change_label: +5, −10, or ≠ if the units are equal."""

    slot: Slot
    now: str
    then: str
    change_label: str


def find_differences(now: Layout, then: Layout) -> list[Difference]:
    """Find what differs from the session before; [] if one of them has no sites."""
    if not then or not now:
        return []
    differences = []
    for slot in list_slots(now, then):
        dose, earlier = now.get(slot), then.get(slot)
        if dose == earlier:
            continue
        change = ((dose and dose.units) or Decimal(0)) - ((earlier and earlier.units) or Decimal(0))
        change_label = formatting.signed(float(change), 1 if change % 1 else 0) if change else "≠"
        label, earlier_label = (known.label if known else _("nothing") for known in (dose, earlier))
        differences.append(Difference(slot, label, earlier_label, change_label))
    return differences


def parse_number(text: str) -> Decimal | None:
    """Parse a possibly incomplete number; None unless it is from 0 to 2000."""
    try:
        number = Decimal(text.strip() or "x")
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number <= 2000 else None


def parse_layout(values: Mapping[str, str], slots: Iterable[Slot]) -> dict[Slot, SiteDose]:
    """Parse the layout of a form that may be incomplete or invalid."""
    layout = {}
    for slot in slots:
        sites, units = (parse_number(values.get(field_name(slot, kind)) or "") for kind in ("sites", "units"))
        if sites or units:
            layout[slot] = SiteDose(int(sites) if sites else None, units or None)
    return layout


def field_name(slot: Slot, kind: str) -> str:
    """Return the name of a form field. kind: sites or units."""
    return f"{slot.code}-{kind}"


def layout_form_values(layout: Layout) -> dict[str, str]:
    """Return the values of the form fields of a layout."""
    return {
        field_name(slot, kind): "" if number is None else format(Decimal(number).normalize(), "f")
        for slot, dose in layout.items()
        for kind, number in (("sites", dose.sites), ("units", dose.units))
    }


def change_sites(layout: Layout, slot: Slot, step: int) -> dict[Slot, SiteDose]:
    """Add or remove sites of a slot with their 5 units each; a slot without sites is removed."""
    dose = layout.get(slot, SiteDose(0, Decimal(0)))
    sites = min(MAX_SITES, max(0, (dose.sites or 0) + step))
    units = max(Decimal(0), (dose.units or Decimal(0)) + UNITS_A_SITE * (sites - (dose.sites or 0)))
    others = {other: other_dose for other, other_dose in layout.items() if other != slot}
    return others | {slot: SiteDose(sites, units)} if sites else others
