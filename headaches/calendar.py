"""Days arranged for a page: the last seven days, the weeks of a month."""

import datetime as dt
from calendar import Calendar, monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Record
from headaches.models import DayState, DiaryDay, Intake


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of a calendar."""

    date: dt.date
    state: str
    is_today: bool
    is_later: bool
    took_medicine: bool = False

    @property
    def label(self) -> str:
        return str(DayState(self.state).label)


class RecordedDay(NamedTuple):
    """What a calendar shows of a recorded day."""

    state: str = DayState.UNRECORDED
    took_medicine: bool = False


def load_recorded_days(record: Record, start: dt.date, end: dt.date) -> dict[dt.date, RecordedDay]:
    """Return each recorded day from start to end, both included. One query."""
    has_intake = Exists(Intake.objects.filter(day=OuterRef("pk")))
    days = record.days.filter(date__range=(start, end)).annotate(took_medicine=has_intake)
    return {day.date: RecordedDay(day.state, day.took_medicine) for day in days}


def load_recent_days(record: Record, today: dt.date) -> dict[dt.date, DiaryDay]:
    """Return the recorded days of this month and of the last seven days, with their medicines. Two queries."""
    start = min(today.replace(day=1), today - dt.timedelta(6))
    days = record.days.filter(date__range=(start, today)).prefetch_related("intakes")
    return {day.date: day for day in days}


def mark_days(days: Mapping[dt.date, DiaryDay]) -> dict[dt.date, RecordedDay]:
    """Return what a calendar shows of days that were read with their medicines."""
    return {date: RecordedDay(day.state, bool(day.intakes.all())) for date, day in days.items()}


def month_range(month: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day of a month."""
    return month.replace(day=1), month.replace(day=monthrange(month.year, month.month)[1])


def build_days(
    recorded: Mapping[dt.date, RecordedDay], start: dt.date, end: dt.date, today: dt.date
) -> list[CalendarDay]:
    """Return every day from start to end, both included."""
    dates = (start + dt.timedelta(offset) for offset in range((end - start).days + 1))
    unrecorded = RecordedDay()
    return [
        CalendarDay(date, day.state, date == today, date > today, day.took_medicine)
        for date in dates
        for day in [recorded.get(date, unrecorded)]
    ]


def month_weeks(
    recorded: Mapping[dt.date, RecordedDay], month: dt.date, today: dt.date
) -> list[list[CalendarDay | None]]:
    """Return the weeks of a month, Monday first; None where a week reaches into another month."""
    days = {day.date: day for day in build_days(recorded, *month_range(month), today)}
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
