"""Forms for the reminder settings."""

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

MAX_PAUSE_DAYS = 366
SESSION_SWITCHES = tuple(SWITCHES[kind] for kind in SESSION_KINDS)


def hour_choices() -> list[tuple[int, str]]:
    """Return every full hour, as the language writes it."""
    return [(hour, formatting.clock(time(hour))) for hour in range(24)]


def weekday_choices() -> list[tuple[int, str]]:
    return [(number, str(name)) for number, name in dates.WEEKDAYS.items()]


class PreferencesForm(FriendlyErrorsMixin, forms.ModelForm[ReminderPreference]):
    """All reminder settings: kinds, hours, days, pause, detail, channels.

    A patient and a clinician each see only what concerns them.
    """

    hour = forms.TypedChoiceField(label=gettext_lazy("Time"), coerce=int, choices=hour_choices)
    diary_hour = forms.TypedChoiceField(label=gettext_lazy("Time"), coerce=int, choices=hour_choices)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Day of the weekly reminder"), coerce=int, choices=weekday_choices
    )
    diary_days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days of the daily reminder"),
        coerce=int,
        choices=weekday_choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("No day is ticked. Tick at least one.")},
    )
    pause_until = forms.DateField(
        label=gettext_lazy("No reminders before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Leave it empty for no pause. Reminders start again on this day."),
    )

    class Meta:
        model = ReminderPreference
        fields = (
            *SESSION_SWITCHES, "hour", "remind_to_write", "diary_days", "diary_hour", "weekday",
            "remind_of_medicine_days", "send_summary", "send_digest", "allow_detail", "by_email", "pause_until",
        )  # fmt: skip

    def __init__(self, *args: Any, is_patient: bool, is_clinician: bool, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.is_patient = today, is_patient
        self.initial["diary_days"] = [day for day in range(7) if self.instance.diary_days >> day & 1]
        if self.instance.pause_until and self.instance.pause_until <= today:
            self.initial["pause_until"] = None
        hidden = set() if is_clinician else {"send_digest"}
        if not is_patient:
            hidden |= set(self.fields) - {"hour", "weekday", "send_digest", "by_email", "pause_until"}
        for name in hidden:
            del self.fields[name]

    def clean_diary_days(self) -> int:
        """Return the ticked weekdays as bits of one number; the field itself refuses a week without any."""
        ticked: list[int] = self.cleaned_data["diary_days"]
        return sum(1 << day for day in ticked) & ALL_DAYS

    def clean_pause_until(self) -> date | None:
        day: date | None = self.cleaned_data["pause_until"]
        if day is None:
            return None
        if day <= self.today:
            raise forms.ValidationError(
                _("This day is not in the future. Enter a later one, or leave it empty.")
            )
        if (day - self.today).days > MAX_PAUSE_DAYS:
            raise forms.ValidationError(_("This is more than a year away. Check the year."))
        return day


class DeviceForm(FriendlyErrorsMixin, forms.Form):
    """What a browser sends when it agrees to show notifications (PushSubscription.toJSON)."""

    endpoint = forms.URLField(max_length=1000, assume_scheme="https")
    p256dh = forms.RegexField(r"^[A-Za-z0-9_-]{87}=?$")
    auth = forms.RegexField(r"^[A-Za-z0-9_-]{22}(==)?$")
    name = forms.CharField(max_length=80, required=False)
