"""Days with acute medication by calendar month and group (Rules, section 7; ICHD-3 8.2)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from progress.figures.values import Record

NON_OPIOID: Final = "non-opioid"
_NON_OPIOID_CLASSES: Final = frozenset({"simple", "nsaid"})
LIMITS: Final = {"triptan": 10, "ergot": 10, "opioid": 10, "combination": 10, NON_OPIOID: 15}  # days a month


@dataclass(frozen=True, slots=True)
class Overuse:
    """Distinct days of one calendar month ("YYYY-MM") with any intake of one group.

    `limit` is the ICHD-3 8.2 threshold in days a month, None for a group without one; so is `at_or_above`.
    """

    group: str
    month: str
    days: int
    limit: int | None
    at_or_above: bool | None


def group_of(drug_class: str) -> str:
    """The group that a class is counted in: `non-opioid` for simple and nsaid, else the class itself."""
    return NON_OPIOID if drug_class in _NON_OPIOID_CLASSES else drug_class


def overuse(record: Record, as_of: date) -> tuple[Overuse, ...]:
    """A row for each group and month up to `as_of` with at least one such day, by group and month."""
    counted: dict[tuple[str, str], int] = {}
    for at, day in record.days.items():
        if not day.intakes or at > as_of:
            continue
        month = at.isoformat()[:7]
        for group in {group_of(taken.drug_class) for taken in day.intakes}:
            counted[group, month] = counted.get((group, month), 0) + 1
    return tuple(_row(group, month, counted[group, month]) for group, month in sorted(counted))


def _row(group: str, month: str, days: int) -> Overuse:
    limit = LIMITS.get(group)
    return Overuse(group, month, days, limit, None if limit is None else days >= limit)
