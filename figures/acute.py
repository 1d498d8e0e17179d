"""Days with acute medication by calendar month and group (Rules, section 7; ICHD-3 8.2)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

from figures.metric_index import MetricIndex
from figures.packed_diary import GROUP, GROUPS, NON_OPIOID

LIMITS: Final = {"triptan": 10, "ergot": 10, "opioid": 10, "combination": 10, NON_OPIOID: 15}  # days a month
# For each group, a translation table from the packed byte of a day to 1 if the group was taken.
_HAS_GROUP: Final = {group: bytes(byte >> bit & 1 for byte in range(256)) for bit, group in enumerate(GROUPS)}


@dataclass(frozen=True, slots=True)
class Overuse:
    """Distinct days of one calendar month ("YYYY-MM") with any intake of one group.

    `limit` is the ICHD-3 8.2 threshold in days a month. `limit` and `at_or_above` are None for a group without one.
    """

    group: str
    month: str
    days: int
    limit: int | None
    at_or_above: bool | None


def compute_overuse(index: MetricIndex) -> tuple[Overuse, ...]:
    """Count the days of each group and month up to as_of, sorted by group and month (Rules, section 7)."""
    column, first = index.diary.columns[GROUP], index.diary.first
    counted = []
    offset = _next_intake(column, 0)
    while offset < len(column):
        day = date.fromordinal(first + offset)
        end = offset + monthrange(day.year, day.month)[1] - day.day + 1
        for group, has_group in _HAS_GROUP.items():
            days, limit = column[offset:end].translate(has_group).count(1), LIMITS.get(group)
            if days:
                reached = None if limit is None else days >= limit
                counted.append(Overuse(group, day.isoformat()[:7], days, limit, reached))
        offset = _next_intake(column, end)
    return tuple(sorted(counted, key=lambda overuse: (overuse.group, overuse.month)))


def _next_intake(column: bytes, offset: int) -> int:
    """Return the offset of the next day with an intake, or the end."""
    rest = column[offset:]
    return len(column) - len(rest.lstrip(b"\0"))
