"""Acute medication by month: the last six months of each group, with the published line (rules, section 7)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import formatting
from core.dates import list_months
from progress.figures.acute import LIMITS
from progress.figures.engine import Figures
from progress.figures.metric_index import MetricIndex
from progress.figures.packed_diary import NON_OPIOID

MONTHS = 6


@dataclass(frozen=True, slots=True)
class Month:
    """Distinct days with any medicine of a group in one calendar month."""

    first: date
    days: int
    recorded: int
    length: int
    running: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One group of medicines over the last months; limit is the published number of days, or None."""

    key: str
    name: str
    limit: int | None
    months: tuple[Month, ...]
    finding: str


GROUP_NAMES = {
    "triptan": gettext_lazy("triptan"),
    "ergot": gettext_lazy("ergot"),
    "opioid": gettext_lazy("opioid"),
    "combination": gettext_lazy("combination painkiller"),
    NON_OPIOID: gettext_lazy("simple painkiller"),
    "gepant": gettext_lazy("gepant"),
    "ditan": gettext_lazy("ditan"),
    "other": gettext_lazy("other medicine"),
}


def group_name(key: str) -> str:
    return str(GROUP_NAMES[key])


def last_months(as_of: date) -> list[date]:
    """The first days of the last months, the running one last."""
    return list_months(as_of, MONTHS)


def groups(figures: Figures, answers: MetricIndex) -> list[Group]:
    """Every group taken in the last months, the one with most days first."""
    months = last_months(figures.as_of)
    recorded = {first: answers.recorded(first, month_end(first)) for first in months}
    counted = {(row.group, row.month): row.days for row in figures.overuse}
    keys = sorted({row.group for row in figures.overuse if row.month >= f"{months[0]:%Y-%m}"})
    found = []
    for key in keys:
        rows = tuple(
            build_month(first, counted.get((key, f"{first:%Y-%m}"), 0), recorded, figures.as_of)
            for first in months
        )
        limit = LIMITS.get(key)
        found.append(Group(key, group_name(key), limit, rows, describe_medication(key, limit, rows)))
    return sorted(found, key=lambda group: -sum(month.days for month in group.months))


def describe_value(month: Month) -> str:
    """One bar of the chart in words."""
    words = ngettext(
        "%(month)s: %(number)s day; %(recorded)s of %(length)s days have an entry",
        "%(month)s: %(number)s days; %(recorded)s of %(length)s days have an entry",
        month.days,
    )
    return words % {
        "month": formatting.month_year(month.first),
        "number": month.days,
        "recorded": month.recorded,
        "length": month.length,
    }


def build_month(first: date, days: int, recorded: dict[date, int], as_of: date) -> Month:
    last = month_end(first)
    running = last > as_of
    return Month(first, days, recorded[first], as_of.day if running else last.day, running)


def month_end(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


def describe_medication(key: str, limit: int | None, months: tuple[Month, ...]) -> str:
    """ "10 or more triptan days in 2 of the last six months." """
    name = group_name(key)
    if limit is None:
        most = max(month.days for month in months)
        return _("At most %(most)s %(name)s days in each of the last six months. No line is published.") % {
            "most": most,
            "name": name,
        }
    reached = [month for month in months if month.days >= limit]
    if not reached:
        words = _("Below %(limit)s %(name)s days in each of the last six months.")
        return words % {"limit": limit, "name": name}
    words = ngettext(
        "%(limit)s or more %(name)s days in %(number)s of the last six months.",
        "%(limit)s or more %(name)s days in %(number)s of the last six months.",
        len(reached),
    )
    named = ", ".join(formatting.month_year(month.first) for month in reached)
    return f"{words % {'limit': limit, 'name': name, 'number': len(reached)}} {named}."
