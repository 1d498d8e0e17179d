"""A day is the patient's day: instants are kept in UTC, dates in her own time zone."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from accounts.models import User

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def iso_date(text: str) -> date | None:
    """2026-05-06 as a date; None for anything else."""
    try:
        return date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError:
        return None


def months_up_to(last: date, number: int) -> list[date]:
    """The first days of so many months, that of `last` at the end."""
    index = last.year * 12 + last.month - 1
    return [date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(number - 1, -1, -1)]


def day_of(user: User, instant: datetime) -> date:
    """The calendar day it is for this person at an instant."""
    return instant.astimezone(ZoneInfo(user.time_zone)).date()
