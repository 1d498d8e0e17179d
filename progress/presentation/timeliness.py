"""How soon after their day the entries of the last 28 days were first written. Pure except for _().

Shown with the completeness and without blame: a day written from memory counts as recorded.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

SAME_DAY, WITHIN_48_HOURS, LATER = "same day", "within 48 hours", "later"
MAX_DELAY: Final = timedelta(hours=48)


def classify_entry(day: date, written_at: datetime, zone: ZoneInfo) -> str:
    """Return SAME_DAY, WITHIN_48_HOURS or LATER, in the patient's time zone.

    The 48 hours are elapsed time from the end of the day, whatever the clock changes in between.
    """
    if written_at.astimezone(zone).date() <= day:
        return SAME_DAY
    end = datetime.combine(day + timedelta(1), time.min, zone)
    return WITHIN_48_HOURS if written_at.timestamp() - end.timestamp() <= MAX_DELAY.total_seconds() else LATER


def describe_timeliness(entries: Iterable[tuple[date, datetime]], zone: ZoneInfo) -> str:
    """Count entries, each a day and the instant it was first written, in one sentence; "" without an entry."""
    counted = Counter(classify_entry(day, written_at, zone) for day, written_at in entries)
    if not counted:
        return ""
    return _(
        "Entries of the last 28 days: %(same_day)s written the same day, %(soon)s within 48 hours, %(later)s later."
    ) % {"same_day": counted[SAME_DAY], "soon": counted[WITHIN_48_HOURS], "later": counted[LATER]}
