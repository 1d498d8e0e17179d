"""How many days of this month a medicine was taken, near a published line: counts only (clinical rules, section 7)."""

from collections import defaultdict
from collections.abc import Iterable
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


def load_intakes(record: Record, day: date) -> Iterable[tuple[str, date]]:
    """Return class and day of what was taken in the calendar month up to `day`. One query."""
    intakes = Intake.objects.filter(day__record=record, day__date__range=(day.replace(day=1), day))
    return intakes.order_by().values_list("drug_class", "day__date").distinct()


def describe_medicine_days(
    record: Record, day: date, intakes: Iterable[tuple[str, date]] | None = None
) -> list[str]:
    """Return a sentence for each group that is near its published line, or at it; [] if it is switched off.

    intakes: class and day of what was taken in the calendar month up to `day`; None to read them.
    """
    if not record.show_medicine_days:
        return []
    days = defaultdict(set)
    for drug_class, date_taken in load_intakes(record, day) if intakes is None else intakes:
        days[group_of(drug_class)].add(date_taken)
    counts = {group: len(dates) for group, dates in days.items()}
    return [
        _("%(days)s %(group)s days this month; the published line is %(limit)s.")
        % {"days": counts[group], "group": group_name(group), "limit": limit}
        for group, limit in LIMITS.items()
        if counts.get(group, 0) >= limit - DAYS_BEFORE_LINE
    ]
