"""How often the diary asks: every day, weekly, or daily in the weeks around a session. Pure: dates in, words out."""

from datetime import date, timedelta
from typing import Final

DAILY: Final = "daily"
WEEKLY: Final = "weekly"
BURST: Final = "burst"
# Before and after each session, where before and after are compared.
BURST_DAYS: Final = 28


def in_burst(on: date, last: date | None, target: date | None) -> bool:
    """Whether a day lies in the four weeks before or after a session: one that was, or the one to come."""
    return any(
        session - timedelta(BURST_DAYS) <= on < session + timedelta(BURST_DAYS)
        for session in (last, target)
        if session
    )


def rhythm_on(on: date, rhythm: str, last: date | None, target: date | None) -> str:
    """How the diary asks on one day: daily or weekly. Burst is daily around sessions, weekly otherwise."""
    if rhythm != BURST:
        return rhythm
    return DAILY if in_burst(on, last, target) else WEEKLY
