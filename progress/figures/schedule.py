"""When the next session is due (Rules, section 8). Dates only: 84 days is calendar arithmetic."""

from datetime import date, timedelta
from typing import Final

INTERVAL_DAYS: Final = 84
LEEWAY: Final = timedelta(days=7)


def due(last_session: date, interval_days: int = INTERVAL_DAYS, *, booked: date | None = None) -> date:
    """The date of the next session: the booked one when there is one, else the last plus the interval."""
    return last_session + timedelta(days=interval_days) if booked is None else booked


def usual_window(due: date) -> tuple[date, date]:
    """First and last day of the usual window, both included: 7 days around `due`."""
    return due - LEEWAY, due + LEEWAY


def is_late(due: date, today: date) -> bool:
    """Whether the session is late: from `due` + 7 days on, the last day of the usual window included."""
    return today >= due + LEEWAY


def weeks_since(session: date, today: date) -> int:
    """Whole weeks from `session` to `today`: 0 in the first seven days, the session day included."""
    return (today - session).days // 7
