"""Weeks since the injection: the wear-off in words, and the rows of its table."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from progress.figures.wear_off import KEYS, LATER, CycleWeeks, WearOff, WeekCount
from progress.figures.windows import MIN_KNOWN_DAYS
from progress.presentation.sentences import describe_difference, describe_range

FOUR_WEEKS = (("1", "2", "3", "4"), ("5", "6", "7", "8"), ("9", "10", "11", "12"))


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One week over all cycles; month is the same as days in 28."""

    name: str
    count: float
    known: int
    per_week: float | None


def build_week_rows(found: WearOff) -> list[WeekRow]:
    return [WeekRow(week_name(key), one.count, one.known, one.per_week) for key, one in found.weeks.items()]


def week_name(key: str) -> str:
    return _("Week 13 on") if key == LATER else _("Week %(number)s") % {"number": key}


def four_week_means(found: WearOff) -> list[float | None]:
    """Headache days a week, over weeks 1-4, 5-8 and 9-12 of all cycles together; None under 20 known days."""
    return [four_week_mean([found.weeks[key] for key in keys]) for keys in FOUR_WEEKS]


def four_week_mean(weeks: Sequence[WeekCount]) -> float | None:
    known = sum(week.known for week in weeks)
    return sum(week.count for week in weeks) * 7 / known if known >= MIN_KNOWN_DAYS else None


def describe_weeks(found: WearOff) -> str:
    """ "In weeks 9 to 12, 5 more headache days a month than in weeks 5 to 8." """
    if found.difference is None or found.interval is None:
        return _("No cycle has enough entries in weeks 5 to 8 and 9 to 12 to compare them yet.")
    amount = describe_difference(found.difference)
    if formatting.rounded(found.difference):
        words = _("In weeks 9 to 12, %(amount)s headache days a month than in weeks 5 to 8.") % {
            "amount": amount
        }
    else:
        words = _("As many headache days a month in weeks 9 to 12 as in weeks 5 to 8.")
    return words


def describe_weeks_detail(found: WearOff) -> str:
    """Likely range, over how many cycles, and whether it could be chance."""
    if found.interval is None:
        return ""
    words = ngettext(
        "Likely range: %(range)s, over %(cycles)s cycle.",
        "Likely range: %(range)s, over %(cycles)s cycles.",
        found.cycles,
    ) % {"range": describe_range(found.interval), "cycles": found.cycles}
    if found.interval[0] <= 0 <= found.interval[1]:
        words = _("%(words)s This could be chance.") % {"words": words}
    return words


def describe_value(row: WeekRow) -> str:
    """One dot of the chart in words."""
    if row.per_week is None:
        return _("%(name)s: no known day") % {"name": row.name}
    return _("%(name)s: %(figure)s headache days a week, from %(known)s known days") % {
        "name": row.name,
        "figure": formatting.decimal(row.per_week),
        "known": row.known,
    }


def has_weeks(found: WearOff | None) -> bool:
    """Whether there is a week to draw."""
    return found is not None and any(found.weeks[key].known for key in KEYS)


def build_cycle_lines(cycles: Sequence[CycleWeeks]) -> list[list[float | None]]:
    """Each cycle's weeks 1 to 12, None where nothing is known."""
    return [
        [cycle.weeks[key].per_week if key in cycle.weeks else None for key in KEYS if key != LATER]
        for cycle in cycles
    ]
