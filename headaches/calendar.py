"""Days laid out for a page: the strip of a week, the weeks of a month."""

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import Record
from headaches.models import DiaryDay

UNKNOWN = "unknown"


STATE_WORDS = {
    "free": gettext_lazy("no headache"),
    "mild": gettext_lazy("mild headache"),
    "moderate": gettext_lazy("moderate headache"),
    "severe": gettext_lazy("severe headache"),
    "headache": gettext_lazy("headache, strength not given"),
    UNKNOWN: gettext_lazy("not recorded"),
}


def state_words(state: str) -> str:
    return str(STATE_WORDS[state])


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a calendar."""

    date: date
    state: str
    is_today: bool
    is_later: bool

    @property
    def words(self) -> str:
        return state_words(self.state)


def states(record: Record, start: date, end: date) -> dict[date, str]:
    """The state of each recorded day from start to end, both included. One query."""
    return {day.date: day.state for day in DiaryDay.objects.filter(record=record, date__range=(start, end))}


def cells(known: Mapping[date, str], start: date, end: date, today: date) -> list[Cell]:
    """A cell for each day from start to end, both included."""
    days = (start + timedelta(offset) for offset in range((end - start).days + 1))
    return [Cell(on, known.get(on, UNKNOWN), on == today, on > today) for on in days]


def strip(known: Mapping[date, str], today: date) -> list[Cell]:
    """The last seven days, today last."""
    return cells(known, today - timedelta(6), today, today)


def weeks(record: Record, month: date, today: date) -> list[list[Cell | None]]:
    """The weeks of a month, Monday first; None where a week reaches into another month."""
    dates = [on for on in Calendar().itermonthdates(month.year, month.month) if on.month == month.month]
    known = states(record, dates[0], dates[-1])
    laid_out = {cell.date: cell for cell in cells(known, dates[0], dates[-1], today)}
    return [
        [laid_out.get(on) for on in week] for week in Calendar().monthdatescalendar(month.year, month.month)
    ]


def weekday_heads() -> list[tuple[str, str]]:
    """Short and full names of the days, Monday first."""
    return [
        (pgettext("weekday", "Mo"), _("Monday")),
        (pgettext("weekday", "Tu"), _("Tuesday")),
        (pgettext("weekday", "We"), _("Wednesday")),
        (pgettext("weekday", "Th"), _("Thursday")),
        (pgettext("weekday", "Fr"), _("Friday")),
        (pgettext("weekday", "Sa"), _("Saturday")),
        (pgettext("weekday", "Su"), _("Sunday")),
    ]
