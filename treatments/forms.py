"""Forms of the treatment."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.clock import day_of
from accounts.fields import PlainWords
from accounts.forms import OwnedForm
from accounts.models import Record
from headaches.models import FIRST_DATE
from treatments.actions import check_booking, check_session_date
from treatments.models import InjectionSession, Preventive

YEAR_AHEAD = dt.timedelta(days=366)
FIFTY_YEARS_AHEAD = dt.timedelta(days=18263)


def date_input() -> forms.DateInput:
    """The device's own date picker; the value is ISO."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SessionForm(OwnedForm[InjectionSession]):
    class Meta:
        model = InjectionSession
        fields = ("date", "product", "units", "injector", "discomfort", "note")
        widgets = {
            "date": date_input(),
            "units": forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.5"}),
            "discomfort": forms.NumberInput(attrs={"inputmode": "numeric", "min": "0", "max": "10"}),
            "note": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "units": _("155 units at 31 sites is the usual scheme."),
            "discomfort": _("During the injections: 0 none, 10 the worst. May be left empty."),
        }

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["date"].widget.attrs["max"] = today.isoformat()

    def clean_date(self) -> dt.date:
        on: dt.date = self.cleaned_data["date"]
        check_session_date(on, self.today)
        return on


class BookingForm(PlainWords, forms.Form):
    date = forms.DateField(label=_("Date of the appointment"), widget=date_input())

    def __init__(self, *args: Any, record: Record, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.today = record, today
        self.fields["date"].widget.attrs["min"] = today.isoformat()

    def clean_date(self) -> dt.date:
        on: dt.date = self.cleaned_data["date"]
        check_booking(self.record, on, self.today)
        return on


class PreventiveForm(PlainWords, forms.ModelForm[Preventive]):
    class Meta:
        model = Preventive
        fields = ("name", "dose", "started", "ended", "outcome", "note")
        widgets = {"started": date_input(), "ended": date_input(), "note": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "dose": _("As it was reached, such as 80 mg daily."),
            "outcome": _("No effect, not tolerated, other. Empty while it is taken."),
        }

    def checked(self, name: str, reach: dt.timedelta, too_far: str) -> dt.date | None:
        """The date of a field, unless it lies before 1900 or further ahead than it can mean."""
        on: dt.date | None = self.cleaned_data[name]
        if on and on < FIRST_DATE:
            raise ValidationError(_("The date lies before 1900. Check the year."))
        if on and on > day_of(self.instance.record.user, timezone.now()) + reach:
            raise ValidationError(too_far)
        return on

    def clean_started(self) -> dt.date | None:
        return self.checked(
            "started", YEAR_AHEAD, str(_("The start lies more than a year ahead. Check the year."))
        )

    def clean_ended(self) -> dt.date | None:
        return self.checked(
            "ended", FIFTY_YEARS_AHEAD, str(_("The end lies more than 50 years ahead. Check the year."))
        )
