"""Catching up: one answer for a range of days, undone as one."""

import datetime as dt
from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access import lock_record
from accounts.models import Record
from core.fields import FriendlyErrorsMixin
from headaches import actions
from headaches.actions import LockedDay
from headaches.models import DayChange, DayState

MAX_DAYS: Final = 31
WEEK: Final = 7


class RangeForm(FriendlyErrorsMixin, forms.Form):
    """First and last day, both included, and the answer for each day between that is unrecorded."""

    start = forms.DateField(label=gettext_lazy("From"))
    end = forms.DateField(label=gettext_lazy("to"))
    answer = forms.ChoiceField(
        label=gettext_lazy("Each of these days"),
        choices=[
            (state.value, state.label)
            for state in (DayState.FREE, DayState.MILD, DayState.MODERATE, DayState.SEVERE)
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: object, today: dt.date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as forms.Form takes them
        self.today = today
        for name in ("start", "end"):
            self.fields[name].widget = forms.DateInput(
                attrs={"type": "date", "max": today.isoformat()}, format="%Y-%m-%d"
            )

    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        start, end = values.get("start"), values.get("end")
        for name in ("start", "end"):
            if values.get(name):
                try:
                    actions.check_date(values[name], self.today)
                except ValidationError as error:
                    self.add_error(name, error)
        if start and end and end < start:
            self.add_error("end", _("The end lies before the start."))
        elif start and end and (end - start).days >= MAX_DAYS:
            self.add_error("end", _("At most %(most)s days at once.") % {"most": MAX_DAYS})
        return values


@transaction.atomic
def fill_range(
    *, record: Record, start: dt.date, end: dt.date, answer: str, today: dt.date, now: dt.datetime
) -> list[DayChange]:
    """Give each unrecorded day from start to end, both included, the same answer. Recorded days stay as they are."""
    lock_record(record)
    recorded = set(record.days.filter(date__range=(start, end)).values_list("date", flat=True))
    dates = (start + dt.timedelta(offset) for offset in range((end - start).days + 1))
    return [
        actions.record_answer(
            record=record, date=date, answer=answer, today=today, now=now, locked_day=LockedDay(None, None)
        ).change
        for date in dates
        if date not in recorded
    ]


@transaction.atomic
def undo_range(*, changes: list[DayChange], now: dt.datetime) -> int:
    """Undo the answers of a range and return how many were undone. A day changed since keeps its newer entry."""
    undone = 0
    for change in changes:
        try:
            actions.undo_change(change=change, now=now)
        except ValidationError:
            continue
        undone += 1
    return undone


def describe_range(recorded: int, days: int) -> str:
    """Say how many of the days of a range were recorded."""
    if not recorded:
        return _("All of these days are already recorded. Nothing was changed.")
    text = ngettext("%(number)s day recorded.", "%(number)s days recorded.", recorded) % {"number": recorded}
    left = days - recorded
    if left:
        unchanged = ngettext(
            "%(left)s was recorded already and stays as it is.",
            "%(left)s were recorded already and stay as they are.",
            left,
        )
        text = f"{text} {unchanged % {'left': left}}"
    return text
