"""The sites of a session: the usual scheme, totals, what lies outside it, what differs from last time.

Rules, section 10. Values in, values out: no queries, no clock.
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
MOST_SITES: Final = 100

# Sites a side in the fixed scheme, and how many more where the pain is followed.
FIXED: Final[dict[str, int]] = {
    Muscle.CORRUGATOR: 1, Muscle.PROCERUS: 1, Muscle.FRONTALIS: 2, Muscle.TEMPORALIS: 4, Muscle.OCCIPITALIS: 3,
    Muscle.CERVICAL_PARASPINAL: 2, Muscle.TRAPEZIUS: 3,
}  # fmt: skip
FOLLOWED: Final[dict[str, int]] = {Muscle.TEMPORALIS: 1, Muscle.OCCIPITALIS: 1, Muscle.TRAPEZIUS: 2}


class Slot(NamedTuple):
    """One muscle on one side."""

    muscle: str
    side: str

    @property
    def code(self) -> str:
        """A short plain name for forms and pictures: cervical_paraspinal_left."""
        return "_".join(filter(None, (self.muscle.replace(" ", "_"), self.side)))

    @property
    def words(self) -> str:
        """ "Trapezius, left" """
        muscle = str(Muscle(self.muscle).label)
        muscle = muscle[:1].upper() + muscle[1:]
        if not self.side:
            return _("%(muscle)s, side not given") % {"muscle": muscle}
        return _("%(muscle)s, %(side)s") % {"muscle": muscle, "side": Side(self.side).label}


@dataclass(frozen=True, slots=True)
class SiteDose:
    """What a slot got; None is "not given", never 0."""

    sites: int | None
    units: Decimal | None

    @property
    def words(self) -> str:
        """ "3 sites, 15 units" """
        parts = []
        if self.sites is not None:
            parts.append(ngettext("%(count)s site", "%(count)s sites", self.sites) % {"count": self.sites})
        if self.units is not None:
            parts.append(_("%(count)s units") % {"count": describe_units(self.units)})
        return _(", ").join(parts) or _("no number given")


Layout = Mapping[Slot, SiteDose]


def describe_units(units: Decimal) -> str:
    """155 or 2.5"""
    return formatting.decimal(float(units), 0 if units == units.to_integral_value() else 1)


def sides_of(muscle: str) -> tuple[str, ...]:
    return (Side.MIDLINE,) if muscle == Muscle.PROCERUS else (Side.LEFT, Side.RIGHT)


SLOTS: Final = tuple(Slot(muscle, side) for muscle in Muscle.values for side in sides_of(muscle))


def preempt_layout(extra: Mapping[str, int] | None = None) -> dict[Slot, SiteDose]:
    """The fixed sites of PREEMPT at 5 units each, with so many more a side."""
    found = {}
    for slot in SLOTS:
        sites = FIXED[slot.muscle] + (extra or {}).get(slot.muscle, 0)
        found[slot] = SiteDose(sites, Decimal(UNITS_A_SITE * sites))
    return found


PREEMPT: Final[Layout] = preempt_layout()
FOLLOW_THE_PAIN: Final[Layout] = preempt_layout(FOLLOWED)


def build_layout(rows: Iterable[InjectionSite]) -> dict[Slot, SiteDose]:
    """The rows of one session."""
    return {Slot(row.muscle, row.side): SiteDose(row.sites, row.units) for row in rows}


def session_slots(*layouts: Layout) -> list[Slot]:
    """The usual slots, and after them what these layouts have beside (such as a muscle without a side)."""
    more = {slot for layout in layouts for slot in layout} - set(SLOTS)
    return [*SLOTS, *sorted(more)]


@dataclass(frozen=True, slots=True)
class Totals:
    """All sites and units, and how many of them go beyond the fixed scheme of their muscle."""

    sites: int
    units: Decimal
    more_sites: int
    more_units: Decimal

    @property
    def words(self) -> str:
        """ "155 units · 31 sites" """
        return _("%(units)s units · %(sites)s sites") % {
            "units": describe_units(self.units),
            "sites": self.sites,
        }


def totals(layout: Layout) -> Totals:
    sites = sum(given.sites or 0 for given in layout.values())
    units = sum((given.units or Decimal(0) for given in layout.values()), Decimal(0))
    beyond = [(given, PREEMPT[slot]) for slot, given in layout.items() if slot in PREEMPT]
    more_sites = sum(max(0, (given.sites or 0) - (fixed.sites or 0)) for given, fixed in beyond)
    more_units = sum(
        (
            max(Decimal(0), (given.units or Decimal(0)) - (fixed.units or Decimal(0)))
            for given, fixed in beyond
        ),
        Decimal(0),
    )
    return Totals(sites, units, more_sites, more_units)


def is_botox(product: str) -> bool:
    """Whether the usual numbers of units are those of this product. Units of others are other units."""
    words = product.lower()
    return not words or "onabotulinum" in words or words.startswith("botox")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something outside the usual scheme; never an error, for clinics differ.

    `pattern` has {count} or {names} in it, so that static/js/forms/sites.js can write the same sentence.
    """

    code: str
    shown: bool
    pattern: str
    count: str = ""
    names: str = ""

    @property
    def words(self) -> str:
        return self.pattern.replace("{count}", self.count).replace("{names}", self.names)


def uneven_sites(layout: Layout) -> list[Slot]:
    """The slots in which a site did not get 5 units."""
    return [
        slot
        for slot, given in layout.items()
        if given.sites is not None and given.units is not None and given.units != UNITS_A_SITE * given.sites
    ]


def check_layout(layout: Layout, *, product: str, units: Decimal | None, days: int | None) -> list[Remark]:
    """Everything that may be said of a session, each shown or not.

    units: the session's total where no sites are given. days: since the session before, None without one.
    """
    found, ours = totals(layout), is_botox(product)
    all_units = found.units or units
    odd = uneven_sites(layout)
    return [
        Remark(
            "units",
            ours and bool(all_units) and not USUAL_UNITS[0] <= (all_units or 0) <= USUAL_UNITS[1],
            _("{count} units in all. 155 to 195 are usual."),
            describe_units(all_units) if all_units else "",
        ),
        Remark(
            "sites",
            bool(found.sites) and not USUAL_SITES[0] <= found.sites <= USUAL_SITES[1],
            _("{count} sites in all. 31 to 39 are usual."),
            str(found.sites),
        ),
        Remark(
            "each",
            ours and bool(odd),
            _("Not 5 units a site: {names}."),
            names=_("; ").join(slot.words for slot in odd),
        ),
        Remark(
            "days",
            days is not None and days < USUAL_DAYS,
            _("{count} days since the session before. 84 or more are usual."),
            str(days),
        ),
        Remark(
            "product",
            not ours,
            _(
                "The usual 155 to 195 units are units of onabotulinumtoxinA. Units of another product are others."
            ),
        ),
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """A slot that differs from last time; `mark` stands on the picture: +5, −10, or ≠ without units."""

    slot: Slot
    now: str
    then: str
    mark: str


def differences(now: Layout, then: Layout) -> list[Difference]:
    """What differs from the session before; [] when that one has no sites."""
    if not then or not now:
        return []
    none = _("nothing")
    return [
        Difference(
            slot,
            now[slot].words if slot in now else none,
            then[slot].words if slot in then else none,
            diff_label(now.get(slot), then.get(slot)),
        )
        for slot in session_slots(now, then)
        if now.get(slot) != then.get(slot)
    ]


def diff_label(now: SiteDose | None, then: SiteDose | None) -> str:
    """+5 or −5 units, or ≠ where only the sites differ."""
    change = ((now and now.units) or Decimal(0)) - ((then and then.units) or Decimal(0))
    if not change:
        return "≠"
    return formatting.signed(float(change), 0 if change == change.to_integral_value() else 1)


def read_number(text: str) -> Decimal | None:
    """What somebody has typed so far, None where it is no number from 0 to 2000."""
    try:
        number = Decimal(text.strip() or "x")
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number <= 2000 else None


def read_layout(values: Mapping[str, str], slots: Iterable[Slot]) -> dict[Slot, SiteDose]:
    """The layout of a form as it stands, half filled or wrong as it may be."""
    found = {}
    for slot in slots:
        sites, units = (read_number(values.get(field_name(slot, what)) or "") for what in ("sites", "units"))
        if sites or units:
            found[slot] = SiteDose(int(sites) if sites else None, units or None)
    return found


def field_name(slot: Slot, what: str) -> str:
    """The name of a slot's field in the form; what: sites or units."""
    return f"{slot.code}-{what}"


def form_values(layout: Layout) -> dict[str, str]:
    """A layout as the form's fields show it."""
    return {
        field_name(slot, what): "" if number is None else format(Decimal(number).normalize(), "f")
        for slot, given in layout.items()
        for what, number in (("sites", given.sites), ("units", given.units))
    }


def step_units(layout: Layout, slot: Slot, step: int) -> dict[Slot, SiteDose]:
    """One site more or fewer in a slot, with its 5 units; what has none left is gone."""
    old = layout.get(slot, SiteDose(0, Decimal(0)))
    sites = min(MOST_SITES, max(0, (old.sites or 0) + step))
    units = max(Decimal(0), (old.units or Decimal(0)) + UNITS_A_SITE * (sites - (old.sites or 0)))
    rest = {other: given for other, given in layout.items() if other != slot}
    return rest | {slot: SiteDose(sites, units)} if sites else rest
