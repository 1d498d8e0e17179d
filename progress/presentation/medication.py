"""Acute medication by month: the last six months of each group, with the published limit (Rules, section 7)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import formatting
from core.dates import list_months
from figures.acute import LIMITS
from figures.engine import Figures
from figures.metric_index import MetricIndex
from figures.packed_diary import NON_OPIOID

MONTHS = 6


@dataclass(frozen=True, slots=True)
class Month:
    """Distinct days with any medicine of a group in one calendar month."""

    first: date
    days: int
    recorded: int
    length: int
    is_running: bool

    @property
    def unrecorded(self) -> int:
        return self.length - self.recorded


@dataclass(frozen=True, slots=True)
class Group:
    """One group of medicines over the last months; `limit` is the published number of days a month, or None."""

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
    """Return the first days of the last months, the running one last."""
    return list_months(as_of, MONTHS)


def build_groups(figures: Figures, index: MetricIndex) -> list[Group]:
    """Build every group taken in the last months, the one with most days first."""
    firsts, as_of = last_months(figures.as_of), figures.as_of
    lasts = [first.replace(day=monthrange(first.year, first.month)[1]) for first in firsts]
    recorded = [index.recorded(first, last) for first, last in zip(firsts, lasts, strict=True)]
    counted = {(overuse.group, overuse.month): overuse.days for overuse in figures.overuse}
    keys = sorted({overuse.group for overuse in figures.overuse if overuse.month >= f"{firsts[0]:%Y-%m}"})
    groups = []
    for key in keys:
        months = tuple(
            Month(
                first=first,
                days=counted.get((key, f"{first:%Y-%m}"), 0),
                recorded=recorded_days,
                length=min(last, as_of).day,
                is_running=last > as_of,
            )
            for first, last, recorded_days in zip(firsts, lasts, recorded, strict=True)
        )
        limit = LIMITS.get(key)
        finding = describe_medication(key, limit, months)
        groups.append(Group(key, group_name(key), limit, months, finding))
    return sorted(groups, key=lambda group: -sum(month.days for month in group.months))


def describe_month(month: Month) -> str:
    """Describe one bar of the chart."""
    text = ngettext(
        "%(month)s: %(number)s day; %(recorded)s of %(length)s days have an entry",
        "%(month)s: %(number)s days; %(recorded)s of %(length)s days have an entry",
        month.days,
    )
    return text % {
        "month": formatting.month_year(month.first),
        "number": month.days,
        "recorded": month.recorded,
        "length": month.length,
    }


def describe_medication(key: str, limit: int | None, months: tuple[Month, ...]) -> str:
    """Return a sentence such as "10 or more triptan days in 2 of the last six months. March 2026, May 2026."

    A month is under the limit if it stays under it with every day without an entry counted as well; of others the
    sentence says that nobody knows.
    """
    name = group_name(key)
    if limit is None:
        values = {
            "most": max(month.days for month in months),
            "name": name,
            "recorded": sum(month.recorded for month in months),
            "days": sum(month.length for month in months),
        }
        return (
            _(
                "At most %(most)s %(name)s days recorded in a month, with an entry on %(recorded)s of the %(days)s "
                "days of the last six months. There is no published limit."
            )
            % values
        )
    reached = [month for month in months if month.days >= limit]
    unsure = [month for month in months if month.days < limit <= month.days + month.unrecorded]
    if not reached and not unsure:
        text = _("Under %(limit)s %(name)s days in each of the last six months.")
        return text % {"limit": limit, "name": name}
    if not reached:
        text = ngettext(
            "As far as recorded, under %(limit)s %(name)s days in each of the last six months. In %(number)s of them "
            "so many days have no entry that there may have been %(limit)s or more.",
            "As far as recorded, under %(limit)s %(name)s days in each of the last six months. In %(number)s of them "
            "so many days have no entry that there may have been %(limit)s or more.",
            len(unsure),
        )
        return text % {"limit": limit, "name": name, "number": len(unsure)}
    text = ngettext(
        "%(limit)s or more %(name)s days in %(number)s of the last six months.",
        "%(limit)s or more %(name)s days in %(number)s of the last six months.",
        len(reached),
    )
    named = ", ".join(formatting.month_year(month.first) for month in reached)
    sentence = f"{text % {'limit': limit, 'name': name, 'number': len(reached)}} {named}."
    if not unsure:
        return sentence
    text = ngettext(
        "In %(number)s more, too many days have no entry to say.",
        "In %(number)s more, too many days have no entry to say.",
        len(unsure),
    )
    return f"{sentence} {text % {'number': len(unsure)}}"
