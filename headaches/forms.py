"""Forms of the diary."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import FriendlyErrorsMixin, HalvesField, HoursField
from core.forms import OwnedForm
from headaches import times
from headaches.actions import IntakeData
from headaches.models import FEATURE_LABELS, DiaryDay, DrugClass, Feature, Intake, Medicine

NO_FEATURES = 0
NOT_ANSWERED = gettext_lazy("not answered")


class FeaturesField(forms.TypedMultipleChoiceField):
    """Features as one number; "none of these" is 0, nothing ticked is None."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        choices = [(int(feature), label) for feature, label in FEATURE_LABELS.items()]
        kwargs |= {"choices": [*choices, (NO_FEATURES, gettext_lazy("none of these"))], "coerce": int}
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return [int(feature) for feature in Feature if value & feature] or [NO_FEATURES]

    def clean(self, value: Any) -> Any:
        ticked: list[int] = super().clean(value)
        if not ticked:
            return None
        if NO_FEATURES in ticked and len(ticked) > 1:
            raise ValidationError(_("Tick features, or “none of these”, not both."))
        return sum(ticked)


class DayForm(FriendlyErrorsMixin, forms.ModelForm[DiaryDay]):
    """All fields of a day. Only "headache" is required."""

    headache = forms.TypedChoiceField(
        label=gettext_lazy("Headache"),
        choices=[("yes", gettext_lazy("headache")), ("no", gettext_lazy("no headache"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    hours = HoursField(label=gettext_lazy("Hours of headache"), required=False)
    features = FeaturesField(label=gettext_lazy("Other symptoms"))
    menstruation = forms.NullBooleanField(
        label=gettext_lazy("Menstruation"),
        required=False,
        widget=forms.NullBooleanSelect(),
    )

    class Meta:
        model = DiaryDay
        fields = ("headache", "intensity", "hours", "features", "lost", "menstruation", "triggers", "note")
        widgets = {
            "intensity": forms.RadioSelect,
            "lost": forms.RadioSelect,
            "note": forms.Textarea(attrs={"rows": 3}),
            "triggers": forms.TextInput(attrs={"autocomplete": "off"}),
        }
        help_texts = {"triggers": gettext_lazy("Separate several with a semicolon.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.headache is not None:
            self.initial["headache"] = "yes" if self.instance.headache else "no"
        for name, choices in (("intensity", DiaryDay.Intensity), ("lost", DiaryDay.Lost)):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = [("", NOT_ANSWERED), *choices.choices]

    def clean_triggers(self) -> str:
        return "; ".join(part.strip() for part in self.cleaned_data["triggers"].split(";") if part.strip())


class IntakeForm(FriendlyErrorsMixin, forms.Form):
    """One medicine of a day. An offered medicine without doses was not taken; one typed by hand needs doses."""

    name = forms.CharField(label=gettext_lazy("Medicine"), max_length=120, required=False)
    drug_class = forms.ChoiceField(
        label=gettext_lazy("Class"),
        choices=[("", gettext_lazy("choose")), *DrugClass.choices],
        required=False,
    )
    doses = HalvesField(
        label=gettext_lazy("Doses"),
        highest=100,
        sentence=gettext_lazy("Enter 0.5 to 100 doses, in halves."),
        required=False,
    )
    relief = forms.ChoiceField(
        label=gettext_lazy("Relief"), choices=[("", NOT_ANSWERED), *Intake.Relief.choices], required=False
    )

    times = forms.CharField(
        label=gettext_lazy("Times"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Such as 9:30; 14:00. You can leave this empty."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_times(self) -> str:
        return times.parse_times(self.cleaned_data["times"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "doses" in self.errors:
            return values
        if values.get("doses") is None:
            typed = () if self.initial.get("name") else ("name", "drug_class")
            if any(values.get(name) for name in (*typed, "relief", "times")):
                self.add_error("doses", _("How many doses did you take?"))
            return values
        if not values.get("name") and "name" not in self.errors:
            self.add_error("name", _("Which medicine did you take?"))
        if not values.get("drug_class") and "drug_class" not in self.errors:
            self.add_error("drug_class", _("Choose a class; “other” if you are not sure."))
        # A dose may be taken in two halves. Imported times are not checked until they are changed.
        is_changed = {"times", "doses"} & set(self.changed_data)
        if is_changed and len((values.get("times") or "").split(";")) > 2 * values["doses"]:
            self.add_error("times", _("A dose has at most two times."))
        return values


class IntakeForms(BaseFormSet[IntakeForm]):
    def intakes(self) -> list[IntakeData]:
        """Return the medicines taken, in the order of the form."""
        rows = (form.cleaned_data for form in self.forms if form.cleaned_data.get("doses") is not None)
        return [
            IntakeData(row["name"], row["drug_class"], row["doses"], row["relief"], row["times"])
            for row in rows
        ]


IntakeFormSet: type[IntakeForms] = cast(
    type[IntakeForms],
    formset_factory(IntakeForm, formset=IntakeForms, extra=1, max_num=60, absolute_max=80),
)


def initial_intakes(day: DiaryDay | None, medicines: Iterable[Medicine]) -> list[dict[str, Any]]:
    """Return the initial data of the medicine forms: what was taken, then the rest of the patient's list."""
    intakes = list(day.intakes.all()) if day and day.pk else []
    initial: list[dict[str, Any]] = [
        {
            "name": intake.name,
            "drug_class": intake.drug_class,
            # 1 instead of 1.0, and 10 instead of 1E+1.
            "doses": intake.doses.quantize(Decimal(1)) if not intake.doses % 1 else intake.doses,
            "relief": intake.relief,
            "times": times.format_times(intake.times, "; "),
        }
        for intake in intakes
    ]
    names = {intake.name for intake in intakes}
    return initial + [
        {"name": medicine.name, "drug_class": medicine.drug_class}
        for medicine in medicines
        if medicine.name not in names
    ]


class MedicineForm(OwnedForm[Medicine]):
    class Meta:
        model = Medicine
        fields = ("name", "drug_class")
