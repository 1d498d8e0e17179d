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


def until(on: date, rhythm: str, last: date | None, target: date | None) -> date | None:
    """The first later day on which burst asks otherwise than on this one; None where none is known."""
    if rhythm != BURST:
        return None
    asked = rhythm_on(on, rhythm, last, target)
    edges = [
        edge
        for session in (last, target)
        if session
        for edge in (session - timedelta(BURST_DAYS), session + timedelta(BURST_DAYS))
    ]
    return next(
        (edge for edge in sorted(edges) if edge > on and rhythm_on(edge, rhythm, last, target) != asked), None
    )
