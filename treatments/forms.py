"""Forms of bookings, side effects, goals and preventives."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Record
from core.dates import local_date
from core.fields import FriendlyErrorsMixin
from core.forms import OwnedForm, date_input
from headaches.models import FIRST_DATE
from treatments.domain.side_effects import OFFERED
from treatments.ics import local_time_exists
from treatments.models import Booking, CalendarFeed, Goal, Preventive, SideEffect

YEAR_AHEAD = dt.timedelta(days=366)
FIFTY_YEARS_AHEAD = dt.timedelta(days=18263)


class BookingForm(OwnedForm[Booking]):
    class Meta:
        model = Booking
        fields = ("date", "time", "place", "note")
        labels = {"date": _("Date of the appointment")}
        widgets = {
            "date": date_input(),
            "time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "note": forms.TextInput(),
        }
        help_texts = {"time": _("Your local time. May be left empty."), "note": _("Only you see it.")}
        error_messages = {"time": {"invalid": _("This is no time. Write it like 09:30.")}}

    def __init__(
        self,
        data: Any = None,
        *,
        record: Record,
        today: dt.date,
        instance: Booking | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, instance=instance or Booking(record=record), **kwargs)
        self.record, self.today = record, today
        self.fields["date"].widget.attrs["min"] = today.isoformat()
        self.fields["time"].input_formats = ["%H:%M"]  # type: ignore[attr-defined]  # a TimeField

    def clean_date(self) -> dt.date:
        date: dt.date = self.cleaned_data["date"]
        if date < self.today:
            raise ValidationError(_("This date has passed. Enter the date of the next session."))
        if date > self.today + YEAR_AHEAD:
            raise ValidationError(_("This date is more than a year away. Check the year."))
        if self.record.sessions.filter(date=date).exists():
            raise ValidationError(_("A session on this date is recorded already."))
        return date

    def clean_time(self) -> dt.time | None:
        """Refuse a time that the clock skips on that day."""
        time: dt.time | None = self.cleaned_data["time"]
        date = self.cleaned_data.get("date")
        if time and date and not local_time_exists(date, time, ZoneInfo(self.record.user.time_zone)):
            raise ValidationError(
                _("The clocks go forward that day, so this time does not exist. Choose another time.")
            )
        return time


OTHER = "other"


class EffectForm(FriendlyErrorsMixin, forms.ModelForm[SideEffect]):
    """One side effect: from the list, or in the patient's own words."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[*OFFERED.items(), (OTHER, _("Something else"))],
        widget=forms.RadioSelect,
    )
    other = forms.CharField(label=_("In your own words"), max_length=120, required=False)
    severity = forms.ChoiceField(
        label=_("How bad?"),
        choices=[("", _("not given")), *SideEffect.Severity.choices],
        required=False,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = SideEffect
        fields = ("kind", "other", "severity", "started", "ended", "note")
        widgets = {"started": date_input(), "ended": date_input(), "note": forms.Textarea(attrs={"rows": 2})}
        help_texts = {"ended": _("The last day. Leave it empty while it goes on.")}

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        stored = self.instance.effect
        if stored:
            is_listed = stored in OFFERED
            self.initial["kind"] = stored if is_listed else OTHER
            self.initial["other"] = "" if is_listed else stored

    def clean_day_after_session(self, name: str) -> dt.date | None:
        """Return a day from the session up to today, or None. Raise ValidationError for another one."""
        day: dt.date | None = self.cleaned_data[name]
        if day and day > self.today:
            raise ValidationError(_("This day has not come yet. Leave it empty."))
        if day and day < self.instance.session.date:
            raise ValidationError(_("This is before the session. Enter a day from the session on."))
        return day

    def clean_started(self) -> dt.date | None:
        return self.clean_day_after_session("started")

    def clean_ended(self) -> dt.date | None:
        return self.clean_day_after_session("ended")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        kind, other = values.get("kind"), (values.get("other") or "").strip()
        if kind == OTHER and not other:
            self.add_error("other", _("Say in a few words what it is."))
        self.instance.effect = other if kind == OTHER else (kind or "")
        return values


class GoalsForm(FriendlyErrorsMixin, forms.Form):
    """Three goals in the patient's own words."""

    def __init__(self, *args: Any, goals: Sequence[Goal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = {goal.number: goal.goal for goal in goals}
        for number in range(1, Goal.MAX_PER_SESSION + 1):
            self.fields[f"goal_{number}"] = forms.CharField(
                label=_("Goal %(number)s") % {"number": number},
                max_length=200,
                required=False,
                initial=stored.get(number, ""),
            )

    def goals(self) -> dict[int, str]:
        """Return the goals of a valid form by number."""
        return {
            number: self.cleaned_data[f"goal_{number}"].strip()
            for number in range(1, Goal.MAX_PER_SESSION + 1)
        }


class ReviewForm(FriendlyErrorsMixin, forms.Form):
    """The outcomes of the goals of the session before."""

    def __init__(self, *args: Any, goals: Sequence[Goal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {f"went_{goal.number}": goal for goal in goals}
        for name, goal in self.names.items():
            self.fields[name] = forms.ChoiceField(
                label=goal.goal,
                choices=[("", _("not answered")), *Goal.Outcome.choices],
                required=False,
                widget=forms.RadioSelect,
                initial=goal.outcome,
            )

    def outcomes(self) -> dict[int, str]:
        """Return the outcomes of a valid form by primary key of the goal."""
        return {goal.pk: self.cleaned_data[name] for name, goal in self.names.items()}


class FeedForm(FriendlyErrorsMixin, forms.ModelForm[CalendarFeed]):
    class Meta:
        model = CalendarFeed
        fields = ("title",)
        help_texts = {
            "title": _("“Appointment” when left empty. Others may see your calendar, so keep it neutral.")
        }

    def clean_title(self) -> str:
        """Put the title on one line, as the name of a calendar must be."""
        return " ".join(self.cleaned_data["title"].split())


# Stored values and their labels; own words may follow a stored value.
REASONS_ENDED = {"no effect": _("no effect"), "not tolerated": _("not tolerated"), OTHER: _("another reason")}


class PreventiveForm(FriendlyErrorsMixin, forms.ModelForm[Preventive]):
    drug_class = forms.ChoiceField(
        label=_("Class"), choices=[("", _("not given")), *Preventive.DrugClass.choices], required=False
    )
    why = forms.ChoiceField(
        label=_("Why it ended"),
        choices=[("", _("not given")), *REASONS_ENDED.items()],
        required=False,
        widget=forms.RadioSelect,
    )
    outcome = forms.CharField(label=_("In your own words"), max_length=180, required=False)

    class Meta:
        model = Preventive
        fields = ("name", "drug_class", "dose", "started", "ended", "why", "outcome", "note")
        widgets = {"started": date_input(), "ended": date_input(), "note": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "dose": _("The dose you reached, such as 80 mg daily."),
            "ended": _("Leave it empty if you still take it or do not remember."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        why, _colon, own_reason = self.instance.outcome.partition(": ")
        if why in REASONS_ENDED:
            self.initial["why"], self.initial["outcome"] = why, own_reason

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        parts = (values.get("why") or "", (values.get("outcome") or "").strip())
        values["outcome"] = ": ".join(filter(None, parts))
        return values

    def clean_date_range(self, name: str, max_ahead: dt.timedelta, message: str) -> dt.date | None:
        """Return the date of a field. Raise ValidationError before 1900, or more than `max_ahead` in the future."""
        date: dt.date | None = self.cleaned_data[name]
        if date and date < FIRST_DATE:
            raise ValidationError(_("The date lies before 1900. Check the year."))
        if date and date > local_date(self.instance.record.user, timezone.now()) + max_ahead:
            raise ValidationError(message)
        return date

    def clean_started(self) -> dt.date | None:
        return self.clean_date_range(
            "started", YEAR_AHEAD, str(_("The start lies more than a year ahead. Check the year."))
        )

    def clean_ended(self) -> dt.date | None:
        return self.clean_date_range(
            "ended", FIFTY_YEARS_AHEAD, str(_("The end lies more than 50 years ahead. Check the year."))
        )
