"""Several days at once: the last seven, one tap each; and a stretch of days with one answer, taken back as one."""

from datetime import date, datetime, timedelta
from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access import hold
from accounts.models import Record
from core.fields import PlainWords
from headaches import actions
from headaches.models import DayChange, DiaryDay

MOST_DAYS: Final = 31
WEEK: Final = 7


class StretchForm(PlainWords, forms.Form):
    """From a day to a day, both included, and the answer for each of them that is not recorded."""

    start = forms.DateField(label=gettext_lazy("From"))
    end = forms.DateField(label=gettext_lazy("to"))
    answer = forms.ChoiceField(
        label=gettext_lazy("Each of these days"),
        choices=[
            ("free", gettext_lazy("no headache")),
            ("mild", gettext_lazy("mild headache")),
            ("moderate", gettext_lazy("moderate headache")),
            ("severe", gettext_lazy("severe headache")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
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
        elif start and end and (end - start).days >= MOST_DAYS:
            self.add_error("end", _("At most %(most)s days at once.") % {"most": MOST_DAYS})
        return values


@transaction.atomic
def answer_stretch(
    *, record: Record, start: date, end: date, said: str, today: date, now: datetime
) -> list[DayChange]:
    """Give each day from start to end that is not recorded the same answer; what is recorded stays as it is."""
    hold(record)
    recorded = set(
        DiaryDay.objects.filter(record=record, date__range=(start, end)).values_list("date", flat=True)
    )
    days = (start + timedelta(place) for place in range((end - start).days + 1))
    return [
        actions.answer(record=record, on=on, said=said, today=today, now=now)
        for on in days
        if on not in recorded
    ]


@transaction.atomic
def undo_stretch(*, changes: list[DayChange], now: datetime) -> int:
    """Take the answers of a stretch back; a day that was changed since keeps its newer entry. Gives how many went."""
    gone = 0
    for change in changes:
        try:
            actions.undo(change=change, now=now)
        except ValidationError:
            continue
        gone += 1
    return gone


def stretch_words(number: int, asked: int) -> str:
    """What was recorded of a stretch of so many days."""
    if not number:
        return _("All of these days are recorded already; nothing was changed.")
    words = ngettext("%(number)s day recorded.", "%(number)s days recorded.", number) % {"number": number}
    if number < asked:
        left = asked - number
        kept = ngettext(
            "%(left)s was recorded already and stays as it is.",
            "%(left)s were recorded already and stay as they are.",
            left,
        )
        words = f"{words} {kept % {'left': left}}"
    return words
