"""How soon after their day the entries of the last 28 days were first written. Pure except for _().

Shown with the completeness and without blame: a day written from memory counts as recorded.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

MAX_DELAY: Final = timedelta(hours=48)


def describe_timeliness(entries: Iterable[tuple[date, datetime]], zone: ZoneInfo) -> str:
    """Count entries, each a day and the instant it was first written, in one sentence; "" without an entry.

    zone: of the patient. The 48 hours are elapsed time from the end of the day, whatever the clock changes in between.
    """
    same_day = soon = later = 0
    for day, written_at in entries:
        end = datetime.combine(day + timedelta(1), time.min, zone)
        if written_at.astimezone(zone).date() <= day:
            same_day += 1
        elif written_at.timestamp() - end.timestamp() <= MAX_DELAY.total_seconds():
            soon += 1
        else:
            later += 1
    if not same_day + soon + later:
        return ""
    return _(
        "Entries of the last 28 days: %(same_day)s written the same day, %(soon)s within 48 hours, %(later)s later."
    ) % {"same_day": same_day, "soon": soon, "later": later}
