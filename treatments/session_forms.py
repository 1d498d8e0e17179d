"""The forms of a session: what is known of its doses, and its sites."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from core import formatting
from core.fields import FriendlyErrorsMixin
from core.forms import OwnedForm, date_input
from treatments.domain import sites
from treatments.domain.sites import Layout, SiteDose, Slot
from treatments.models import InjectionSession


class KnownDoses(TextChoices):
    """What the patient knows of the doses of a session."""

    NOTHING = "nothing", _("Nothing more")
    TOTAL = "total", _("The total units")
    LAST = "last", _("Same as last time")
    SITES = "sites", _("The sites, from the clinic’s note")


def infer_known_doses(layout: Layout, units: object) -> KnownDoses:
    """Return what is known of a session with these sites and this total."""
    return KnownDoses.SITES if layout else KnownDoses.TOTAL if units else KnownDoses.NOTHING


def last_time_label(previous: InjectionSession) -> str:
    """Return a label such as "Same as last time: 155 units · 31 sites, 5 May 2026"; "" if nothing was known then."""
    layout = sites.build_layout(previous.injections.all())
    dose = sites.describe_known_doses(layout, previous.units)
    values = {"dose": dose, "day": formatting.day(previous.date)}
    return str(_("Same as last time: %(dose)s, %(day)s")) % values if dose else ""


class SessionForm(OwnedForm[InjectionSession]):
    """A session. What is not known of its doses stays unknown. previous: the session before, if there is one."""

    known = forms.ChoiceField(
        label=_("What do you know of the doses?"),
        choices=KnownDoses.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("What you do not know stays unknown. You can add it later."),
    )

    class Meta:
        model = InjectionSession
        fields = (
            "date", "product", "known", "units", "injector", "clinic", "discomfort", "lot", "vial", "dilution",
            "wasted", "note",
        )  # fmt: skip
        widgets = {
            "date": date_input(),
            "product": forms.TextInput(attrs={"list": "products", "autocomplete": "off"}),
            "units": forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.5"}),
            "wasted": forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.5", "min": "0"}),
            "discomfort": forms.NumberInput(attrs={"inputmode": "numeric", "min": "0", "max": "10"}),
            "note": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "units": _("All units of the session. If you enter sites, their units are added up here."),
            "lot": _("It is on the vial and in the clinic’s papers."),
            "vial": _("Such as 200 units."),
            "dilution": _("Such as 5 units in 0.1 ml."),
            "discomfort": _("During the injections: 0 none, 10 the worst. May be left empty."),
        }

    def __init__(
        self, *args: Any, today: dt.date, previous: InjectionSession | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["date"].widget.attrs["max"] = today.isoformat()
        last = last_time_label(previous) if previous else ""
        labels = [(value, last if value == KnownDoses.LAST else label) for value, label in KnownDoses.choices]
        self.fields["known"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (value, label) for value, label in labels if label
        ]

    def clean_date(self) -> dt.date:
        date: dt.date = self.cleaned_data["date"]
        if date > self.today:
            raise ValidationError(
                _(
                    "This date lies in the future. Enter the day of the injections, and a planned session as an "
                    "appointment."
                )
            )
        return date

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        is_empty = values.get("units") is None and "units" not in self.errors
        if values.get("known") == KnownDoses.TOTAL and is_empty:
            self.add_error("units", _("This is empty. Enter the units, or choose “Nothing more”."))
        return values


class SitesForm(FriendlyErrorsMixin, forms.Form):
    """Sites and units of each muscle and side, all optional."""

    def __init__(self, *args: Any, slots: Sequence[Slot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slots = list(slots)
        for slot in self.slots:
            self.fields[sites.field_name(slot, "sites")] = self.sites_field(slot)
            self.fields[sites.field_name(slot, "units")] = self.units_field(slot)

    @staticmethod
    def sites_field(slot: Slot) -> forms.IntegerField:
        widget = forms.NumberInput(attrs={"inputmode": "numeric", "min": "0", "max": str(sites.MAX_SITES)})
        label = _("%(slot)s: sites") % {"slot": slot.label}
        return forms.IntegerField(
            label=label, min_value=0, max_value=sites.MAX_SITES, required=False, widget=widget
        )

    @staticmethod
    def units_field(slot: Slot) -> forms.DecimalField:
        widget = forms.NumberInput(attrs={"inputmode": "decimal", "min": "0", "max": "2000", "step": "0.5"})
        label = _("%(slot)s: units") % {"slot": slot.label}
        return forms.DecimalField(
            label=label, min_value=0, max_value=2000, max_digits=5, decimal_places=1, required=False,
            widget=widget,
            error_messages=dict.fromkeys(("min_value", "max_value"), _("Enter 0 to 2000 units.")),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for slot in self.slots:
            number, units = (
                values.get(sites.field_name(slot, "sites")),
                values.get(sites.field_name(slot, "units")),
            )
            if number == 0 and units:
                text = _("0 sites cannot have units. Enter the sites, or leave them empty.")
                self.add_error(sites.field_name(slot, "sites"), text)
            if units == 0 and number:
                text = _("These sites got 0 units. Enter the units, or leave them empty.")
                self.add_error(sites.field_name(slot, "units"), text)
        return values

    def layout(self) -> dict[Slot, SiteDose]:
        """Return the layout of a valid form."""
        layout = {}
        for slot in self.slots:
            number, units = (self.cleaned_data[sites.field_name(slot, what)] for what in ("sites", "units"))
            if number or units:
                layout[slot] = SiteDose(number or None, units or None)
        return layout
