"""What a person chooses about her letters."""

from datetime import date, time
from typing import Any

from django import forms
from django.utils import dates
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formatting
from core.fields import FriendlyErrorsMixin
from reminders.models import ALL_DAYS, ReminderPreference
from reminders.rules import SESSION_KINDS, SWITCHES

LONGEST_PAUSE = 366
SESSION_SWITCHES = tuple(SWITCHES[kind] for kind in SESSION_KINDS)


def hour_choices() -> list[tuple[int, str]]:
    """Every full hour, as the language writes it."""
    return [(hour, formatting.clock(time(hour))) for hour in range(24)]


def weekday_choices() -> list[tuple[int, str]]:
    return [(number, str(name)) for number, name in dates.WEEKDAYS.items()]


class PreferencesForm(FriendlyErrorsMixin, forms.ModelForm[ReminderPreference]):
    """One page for everything: kinds, hours, days, pause, detail, channels. Shows a patient and a clinician only what
    concerns them."""

    hour = forms.TypedChoiceField(label=gettext_lazy("Time"), coerce=int, choices=hour_choices)
    diary_hour = forms.TypedChoiceField(label=gettext_lazy("Time"), coerce=int, choices=hour_choices)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Day of the weekly letter"), coerce=int, choices=weekday_choices
    )
    diary_days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days of the daily letter"),
        coerce=int,
        choices=weekday_choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("No day is ticked. Tick at least one.")},
    )
    pause_until = forms.DateField(
        label=gettext_lazy("No letters before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Leave it empty to get them now. They begin again by themselves on this day."),
    )

    class Meta:
        model = ReminderPreference
        fields = (
            *SESSION_SWITCHES, "hour", "remind_to_write", "diary_days", "diary_hour", "weekday",
            "send_summary", "send_digest", "allow_detail", "by_email", "pause_until",
        )  # fmt: skip

    def __init__(self, *args: Any, is_patient: bool, is_clinician: bool, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.is_patient = today, is_patient
        self.initial["diary_days"] = [day for day in range(7) if self.instance.diary_days >> day & 1]
        if self.instance.pause_until and self.instance.pause_until <= today:
            self.initial["pause_until"] = None
        not_theirs = (
            set()
            if is_patient
            else set(self.fields) - {"hour", "weekday", "send_digest", "by_email", "pause_until"}
        )
        for name in not_theirs | (set() if is_clinician else {"send_digest"}):
            del self.fields[name]

    def clean_diary_days(self) -> int:
        """Seven ticks as one number; a week without any is refused by the field."""
        ticked: list[int] = self.cleaned_data["diary_days"]
        return sum(1 << day for day in ticked) & ALL_DAYS

    def clean_pause_until(self) -> date | None:
        on: date | None = self.cleaned_data["pause_until"]
        if on is None:
            return None
        if on <= self.today:
            raise forms.ValidationError(_("This day has come. Enter a later one, or leave it empty."))
        if (on - self.today).days > LONGEST_PAUSE:
            raise forms.ValidationError(_("This is more than a year away. Check the year."))
        return on


class DeviceForm(FriendlyErrorsMixin, forms.Form):
    """What a browser says when it agrees to show letters (PushSubscription.toJSON)."""

    endpoint = forms.URLField(max_length=1000, assume_scheme="https")
    p256dh = forms.RegexField(r"^[A-Za-z0-9_-]{87}=?$")
    auth = forms.RegexField(r"^[A-Za-z0-9_-]{22}(==)?$")
    name = forms.CharField(max_length=80, required=False)
