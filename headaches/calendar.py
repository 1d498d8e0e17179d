"""Days arranged for a page: the last seven days, the weeks of a month."""

import datetime as dt
from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Record
from headaches.models import DayState


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of a calendar."""

    date: dt.date
    state: str
    is_today: bool
    is_later: bool

    @property
    def label(self) -> str:
        return str(DayState(self.state).label)


def load_states(record: Record, start: dt.date, end: dt.date) -> dict[dt.date, str]:
    """Return the state of each recorded day from start to end, both included. One query."""
    return {day.date: day.state for day in record.days.filter(date__range=(start, end))}


def build_days(
    states: Mapping[dt.date, str], start: dt.date, end: dt.date, today: dt.date
) -> list[CalendarDay]:
    """Return every day from start to end, both included."""
    dates = (start + dt.timedelta(offset) for offset in range((end - start).days + 1))
    return [
        CalendarDay(date, states.get(date, DayState.UNRECORDED), date == today, date > today)
        for date in dates
    ]


def month_weeks(record: Record, month: dt.date, today: dt.date) -> list[list[CalendarDay | None]]:
    """Return the weeks of a month, Monday first; None where a week reaches into another month."""
    dates = [date for date in Calendar().itermonthdates(month.year, month.month) if date.month == month.month]
    states = load_states(record, dates[0], dates[-1])
    days = {day.date: day for day in build_days(states, dates[0], dates[-1], today)}
    return [
        [days.get(date) for date in week] for week in Calendar().monthdatescalendar(month.year, month.month)
    ]


def weekday_names() -> list[tuple[str, str]]:
    """Return short and full names of the weekdays, Monday first."""
    return [
        (pgettext("weekday", "Mo"), _("Monday")),
        (pgettext("weekday", "Tu"), _("Tuesday")),
        (pgettext("weekday", "We"), _("Wednesday")),
        (pgettext("weekday", "Th"), _("Thursday")),
        (pgettext("weekday", "Fr"), _("Friday")),
        (pgettext("weekday", "Sa"), _("Saturday")),
        (pgettext("weekday", "Su"), _("Sunday")),
    ]
