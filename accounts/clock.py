"""A day is the patient's day: instants are kept in UTC, dates in her own time zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from accounts.models import User


def day_of(user: User, instant: datetime) -> date:
    """The calendar day it is for this person at an instant."""
    return instant.astimezone(ZoneInfo(user.time_zone)).date()
