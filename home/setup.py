"""The three questions after sign-up: how today was, the last session, an old diary. Each may be skipped."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Record
from core.fields import FriendlyErrorsMixin
from headaches.models import DiaryDay
from headaches.today import answer_choices
from treatments.actions import save_session
from treatments.models import InjectionSession
from treatments.session_forms import SessionForm

TODAY, SESSION, OLD_DIARY = 1, 2, 3
STEPS: Final = (TODAY, SESSION, OLD_DIARY)
DONE: Final = 0
NEVER, ON_DAY, UNSURE = "never", "day", "unsure"
FILE, MEMORY, NONE = "file", "memory", "none"
FIRST_WEEK: Final = 7  # recorded days
FIRST_MONTH: Final = dt.timedelta(28)


class TodayForm(forms.Form):
    """How today was: one of the four answers."""

    answer = forms.ChoiceField(error_messages={"required": gettext_lazy("Choose an answer, or skip.")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [(value, label) for value, label, _is_current in answer_choices(None)]  # type: ignore[attr-defined]  # a ChoiceField


class LastSessionForm(FriendlyErrorsMixin, forms.Form):
    """When the last session was. The date is only needed where she knows it."""

    answer = forms.ChoiceField(
        label=gettext_lazy("When was your last Botox?"),
        choices=(
            (NEVER, gettext_lazy("Not yet")),
            (ON_DAY, gettext_lazy("On a day I know")),
            (UNSURE, gettext_lazy("I don’t know exactly")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose an answer, or skip.")},
    )
    date = forms.DateField(
        label=gettext_lazy("Day of the injections"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, today: dt.date, record: Record, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.record = today, record
        self.fields["date"].widget.attrs["max"] = today.isoformat()

    def clean(self) -> dict[str, Any]:
        """Check the date as the form of a session does."""
        values = super().clean() or {}
        if values.get("answer") != ON_DAY or "date" in self.errors:
            return values
        if not values.get("date"):
            self.add_error("date", _("Enter the day, or choose another answer."))
            return values
        session = SessionForm(
            {"date": values["date"]}, instance=InjectionSession(record=self.record), today=self.today
        )
        for message in session.errors.get("date", []):
            self.add_error("date", message)
        return values


class OldDiaryForm(FriendlyErrorsMixin, forms.Form):
    """Whether there is an old diary, or a number of headache days from memory."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Do you have an old diary?"),
        choices=(
            (FILE, gettext_lazy("Yes, as a file")),
            (MEMORY, gettext_lazy("No, but I remember")),
            (NONE, gettext_lazy("No")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose an answer, or skip.")},
    )
    recalled_baseline = forms.DecimalField(
        label=gettext_lazy("Headache days a month, before Botox"),
        help_text=gettext_lazy("Memory is often too low, so we show this apart and do not compare it."),
        required=False,
        min_value=0,
        max_value=28,
        max_digits=3,
        decimal_places=1,
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if (
            values.get("answer") == MEMORY
            and "recalled_baseline" not in self.errors
            and values.get("recalled_baseline") is None
        ):
            self.add_error("recalled_baseline", _("Enter a number, or choose another answer."))
        return values


def save_last_session(*, record: Record, form: LastSessionForm, now: dt.datetime) -> None:
    """Save the session, of which only the day is known. Raise ValidationError if there is one on that day."""
    if form.cleaned_data["answer"] == ON_DAY:
        session = InjectionSession(record=record, date=form.cleaned_data["date"], units=None)
        try:
            save_session(record=record, session=session, now=now)
        except ValidationError as error:
            raise ValidationError(error.messages) from error


def save_step(*, record: Record, step: int) -> None:
    """Store the question that is open next."""
    record.setup_step = step if step in STEPS else DONE
    record.save(update_fields=["setup_step"])


def save_recalled_baseline(*, record: Record, form: OldDiaryForm) -> None:
    if form.cleaned_data["answer"] == MEMORY:
        record.recalled_baseline = form.cleaned_data["recalled_baseline"]
        record.save(update_fields=["recalled_baseline"])


def count_first_week(record: Record, now: dt.datetime) -> int | None:
    """Return how many days are recorded while the first seven are not; None later, and for older records."""
    if now - record.created_at >= FIRST_MONTH:
        return None
    recorded = DiaryDay.objects.filter(record=record).count()
    return recorded if recorded < FIRST_WEEK else None
