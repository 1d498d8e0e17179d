"""Dates: instants are stored in UTC; days of diary and sessions are those of the user's time zone."""

import re
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class HasTimeZone(Protocol):
    """Anything with an IANA time zone, such as a user."""

    time_zone: str


def parse_iso_date(text: str) -> date | None:
    """Parse a date written like 2026-05-06; None for anything else."""
    try:
        return date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError:
        return None


def list_months(last: date, number: int) -> list[date]:
    """Return the first days of the `number` calendar months that end with the month of `last`, oldest first."""
    index = last.year * 12 + last.month - 1
    return [date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(number - 1, -1, -1)]


def local_date(person: HasTimeZone, instant: datetime) -> date:
    """Return the calendar day of an instant in the person's time zone."""
    return instant.astimezone(ZoneInfo(person.time_zone)).date()
