"""How many days of this month a medicine was taken, near a published line: counts only (clinical rules, section 7)."""

from collections import defaultdict
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


def count_medicine_days(record: Record, day: date) -> dict[str, int]:
    """Return the distinct days with an intake of each group in the calendar month up to `day`. One query."""
    intakes = Intake.objects.filter(day__record=record, day__date__range=(day.replace(day=1), day))
    days = defaultdict(set)
    for drug_class, date_taken in intakes.order_by().values_list("drug_class", "day__date").distinct():
        days[group_of(drug_class)].add(date_taken)
    return {group: len(dates) for group, dates in days.items()}


def describe_medicine_days(record: Record, day: date) -> list[str]:
    """Return a sentence for each group that is near its published line, or at it; [] if it is switched off."""
    if not record.show_medicine_days:
        return []
    counts = count_medicine_days(record, day)
    return [
        _("%(days)s %(group)s days this month; the published line is %(limit)s.")
        % {"days": counts[group], "group": group_name(group), "limit": limit}
        for group, limit in LIMITS.items()
        if counts.get(group, 0) >= limit - DAYS_BEFORE_LINE
    ]
