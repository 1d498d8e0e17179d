"""How complete the diary is, and how soon its days were written."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Record
from figures.metric_index import MetricIndex
from figures.windows import MONTH
from headaches.models import DiaryDay
from progress.presentation.timeliness import describe_timeliness


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the days since the first entry are recorded, and the oldest gap worth filling."""

    recorded: int
    days: int
    gap: date | None


def completeness_context(record: Record, index: MetricIndex, *, is_today: bool) -> dict[str, Any]:
    """Return how many days from the first entry to as_of are recorded, the oldest gap, and how soon they were written.

    The last is about the entries of the last 28 days.
    """
    as_of, recorded_dates = index.as_of, index.diary.recorded_dates()
    start, completeness = as_of - timedelta(MONTH - 1), Completeness(0, 0, None)
    if recorded_dates is not None:
        first, gap = recorded_dates[0], None
        if is_today:  # the patient may still remember these days, and a comparison uses them
            days_back = range(min((as_of - first).days, MONTH - 1), 0, -1)
            days = (as_of - timedelta(back) for back in days_back)
            gap = next((day for day in days if not index.diary.state_on(day)), None)
        completeness = Completeness(index.recorded(first, as_of), (as_of - first).days + 1, gap)
    entries = DiaryDay.objects.filter(record=record, date__range=(start, as_of))
    written = entries.values_list("date", "written_at")
    return {
        "completeness": completeness,
        "timeliness": describe_timeliness(written, ZoneInfo(record.user.time_zone)),
    }
