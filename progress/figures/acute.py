"""Days with acute medication by calendar month and group (Rules, section 7; ICHD-3 8.2)."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from progress.figures.answers import MetricIndex
from progress.figures.facts import GROUP, GROUPS, NON_OPIOID

LIMITS: Final = {"triptan": 10, "ergot": 10, "opioid": 10, "combination": 10, NON_OPIOID: 15}  # days a month
# For each group a table from what Facts hold of a day to whether the group was taken.
_HAS: Final = {group: bytes(held >> place & 1 for held in range(256)) for place, group in enumerate(GROUPS)}


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


def compute_overuse(answers: MetricIndex) -> tuple[Overuse, ...]:
    """A row for each group and month up to as_of with at least one such day, by group and month."""
    counted = [
        (group, month, taken) for month, days in _months(answers) for group, taken in _by_group(days).items()
    ]
    return tuple(_row(*one) for one in sorted(counted))


def _months(answers: MetricIndex) -> Iterator[tuple[str, bytes]]:
    """Each calendar month with an intake, and the groups of its days as Facts hold them."""
    column, first = answers.facts.columns[GROUP], answers.facts.first
    place = _next_taken(column, 0)
    while place < len(column):
        at = date.fromordinal(first + place)
        end = place + monthrange(at.year, at.month)[1] - at.day + 1
        yield at.isoformat()[:7], column[place:end]
        place = _next_taken(column, end)


def _next_taken(column: bytes, place: int) -> int:
    """The next day with an intake, or the end."""
    rest = column[place:]
    return len(column) - len(rest.lstrip(b"\0"))


def _by_group(days: bytes) -> dict[str, int]:
    """Days with an intake of each group that was taken."""
    counted = {group: days.translate(has).count(1) for group, has in _HAS.items()}
    return {group: taken for group, taken in counted.items() if taken}


def _row(group: str, month: str, days: int) -> Overuse:
    limit = LIMITS.get(group)
    return Overuse(group, month, days, limit, None if limit is None else days >= limit)
