"""Forms of the treatment."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import OwnedForm
from accounts.models import Record
from treatments.actions import check_booking, check_session_date
from treatments.models import InjectionSession, Preventive


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


class BookingForm(forms.Form):
    date = forms.DateField(label=_("Date of the appointment"), widget=date_input())

    def __init__(self, *args: Any, record: Record, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.today = record, today
        self.fields["date"].widget.attrs["min"] = today.isoformat()

    def clean_date(self) -> dt.date:
        on: dt.date = self.cleaned_data["date"]
        check_booking(self.record, on, self.today)
        return on


class PreventiveForm(forms.ModelForm[Preventive]):
    class Meta:
        model = Preventive
        fields = ("name", "dose", "started", "ended", "outcome", "note")
        widgets = {"started": date_input(), "ended": date_input(), "note": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "dose": _("As it was reached, such as 80 mg daily."),
            "outcome": _("No effect, not tolerated, other. Empty while it is taken."),
        }
