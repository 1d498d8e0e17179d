"""The last twelve months in one sentence, above the table that shows each day. Pure except for _()."""

from datetime import date

from django.utils.translation import gettext as _

from core import formatting
from core.dates import list_months
from figures.metric_index import MetricIndex
from figures.values import HEADACHE_DAYS


def describe_year(index: MetricIndex) -> str:
    """Count the headache days of the last twelve calendar months, and the days that are known."""
    start = max(list_months(index.as_of, 12)[0], date.fromordinal(index.diary.first))
    count, known = index.tally(HEADACHE_DAYS, start, index.as_of)
    return _("Headache on %(count)s of %(known)s days filled in; %(days)s days since %(start)s.") % {
        "count": formatting.whole(count),
        "known": known,
        "days": (index.as_of - start).days + 1,
        "start": formatting.day(start),
    }
