"""How often the diary asks: daily, weekly, or daily in the weeks around a session. Pure: no database, no clock."""

from datetime import date, timedelta
from typing import Final

DAILY: Final = "daily"
WEEKLY: Final = "weekly"
BURST: Final = "burst"
# Before and after each session, because those weeks are compared.
BURST_DAYS: Final = 28


def rhythm_for_day(day: date, rhythm: str, last: date | None, target: date | None) -> str:
    """Return DAILY or WEEKLY for one day.

    A burst rhythm is daily in the four weeks before and after the last session and the target date of the next, and
    weekly otherwise.
    """
    if rhythm != BURST:
        return rhythm
    is_near_session = any(
        session - timedelta(BURST_DAYS) <= day < session + timedelta(BURST_DAYS)
        for session in (last, target)
        if session
    )
    return DAILY if is_near_session else WEEKLY
