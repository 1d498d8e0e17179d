"""How many days of this month a medicine was taken, near a published line: counts only (clinical rules, section 7)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Record
from figures.acute import LIMITS
from figures.packed_diary import NON_OPIOID, group_of
from headaches.models import Intake

# From so many days before a published line on, the count is shown.
DAYS_BEFORE_LINE = 2
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


def count_medicine_days(days: Mapping[int, date]) -> dict[int, dict[str, int]]:
    """Return by record and group the distinct days with an intake in the calendar month up to a day. One query.

    days: that day by primary key of the record; without any there is no query.
    """
    dates: dict[int, dict[str, set[date]]] = {record: defaultdict(set) for record in days}
    if not days:
        return {}
    start, end = min(days.values()).replace(day=1), max(days.values())
    intakes = Intake.objects.filter(day__record__in=days, day__date__range=(start, end)).order_by()
    for record, drug_class, day in intakes.values_list("day__record", "drug_class", "day__date").distinct():
        if days[record].replace(day=1) <= day <= days[record]:
            dates[record][group_of(drug_class)].add(day)
    return {
        record: {group: len(taken) for group, taken in groups.items()} for record, groups in dates.items()
    }


def select_near_line(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of the groups that are near their published line, or at it, in the order of the lines."""
    return {
        group: counts[group]
        for group, limit in LIMITS.items()
        if counts.get(group, 0) >= limit - DAYS_BEFORE_LINE
    }


def describe_near_line(near_line: Mapping[str, int]) -> list[str]:
    """Return a sentence for each group: days and published line, nothing else."""
    text = _("%(days)s %(group)s days this month; the published line is %(limit)s.")
    sentences = [
        text % {"days": days, "group": group_name(group), "limit": LIMITS[group]}
        for group, days in near_line.items()
    ]
    # In some languages the group comes first.
    return [sentence[0].upper() + sentence[1:] for sentence in sentences]


def describe_medicine_days(
    record: Record, day: date, intakes: Iterable[tuple[str, date]] | None = None
) -> list[str]:
    """Return a sentence for each group that is near its published line, or at it; [] if it is switched off.

    intakes: class and day of what was taken in the calendar month up to `day`; None to read them.
    """
    if not record.show_medicine_days:
        return []
    if intakes is None:
        counts = count_medicine_days({record.pk: day})[record.pk]
    else:
        groups: dict[str, set[date]] = defaultdict(set)
        for drug_class, date_taken in intakes:
            groups[group_of(drug_class)].add(date_taken)
        counts = {group: len(dates) for group, dates in groups.items()}
    return describe_near_line(select_near_line(counts))
