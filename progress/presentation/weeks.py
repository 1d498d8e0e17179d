"""Weeks since the injection: the sentences about wear-off, and the rows of the table."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from figures.wear_off import KEYS, LATER, WearOff, WeekCount
from figures.windows import MIN_KNOWN_DAYS
from progress.presentation.sentences import describe_difference, describe_range

# A week is drawn from so many known days on, as 28 days have a rate from 20 on.
MIN_KNOWN_DAYS_OF_A_WEEK = 5
FOUR_WEEK_KEYS = (("1", "2", "3", "4"), ("5", "6", "7", "8"), ("9", "10", "11", "12"))


@dataclass(frozen=True, slots=True)
class WeekRow:
    """Headache days of one week since the injection over all cycles; `per_week` is None under five known days."""

    name: str
    count: float
    known: int
    per_week: float | None


def week_name(key: str) -> str:
    return _("Week 13 on") if key == LATER else _("Week %(number)s") % {"number": key}


def weekly_rate(week: WeekCount) -> float | None:
    """Return the days a week as pages show them; None under five known days."""
    return week.per_week if week.known >= MIN_KNOWN_DAYS_OF_A_WEEK else None


def describe_week(row: WeekRow) -> str:
    """Describe one dot of the chart, or why there is none."""
    if not row.known:
        return _("%(name)s: no day filled in") % {"name": row.name}
    if row.per_week is None:
        text = _("%(name)s: %(count)s in %(known)s counted days, too few for a number")
        return text % {"name": row.name, "count": formatting.whole(row.count), "known": row.known}
    text = _("%(name)s: %(figure)s headache days a week, from %(known)s counted days")
    return text % {"name": row.name, "figure": formatting.decimal(row.per_week), "known": row.known}


def four_week_means(wear_off: WearOff) -> list[float | None]:
    """Return headache days a week in weeks 1-4, 5-8 and 9-12 over all cycles; None under 20 known days."""
    means = []
    for keys in FOUR_WEEK_KEYS:
        count = sum(wear_off.weeks[key].count for key in keys)
        known_days = sum(wear_off.weeks[key].known for key in keys)
        means.append(count * 7 / known_days if known_days >= MIN_KNOWN_DAYS else None)
    return means


def describe_wear_off(wear_off: WearOff) -> tuple[str, str]:
    """Return a sentence such as "In weeks 9 to 12, 5 more headache days a month than in weeks 5 to 8.", and another.

    The other states the likely range, the number of cycles, and whether the difference could be chance; "" if nothing
    can be compared.
    """
    if wear_off.difference is None or wear_off.interval is None:
        return _("In no cycle are enough days of weeks 5 to 8 and 9 to 12 filled in to compare them yet."), ""
    if formatting.rounded(wear_off.difference):
        finding = _("In weeks 9 to 12, %(amount)s headache days a month than in weeks 5 to 8.") % {
            "amount": describe_difference(wear_off.difference)
        }
    else:
        finding = _("As many headache days a month in weeks 9 to 12 as in weeks 5 to 8.")
    detail = ngettext(
        "The real difference is probably %(range)s, over %(cycles)s cycle.",
        "The real difference is probably %(range)s, over %(cycles)s cycles.",
        wear_off.cycles,
    ) % {"range": describe_range(wear_off.interval), "cycles": wear_off.cycles}
    if wear_off.interval[0] <= 0 <= wear_off.interval[1]:
        detail = _("%(words)s This could be chance.") % {"words": detail}
    return finding, detail


def has_weeks(wear_off: WearOff | None) -> bool:
    """Whether any week has a known day."""
    return wear_off is not None and any(wear_off.weeks[key].known for key in KEYS)
