"""Forms of the diary."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import HalvesField, PlainWords
from core.forms import OwnedForm
from headaches import times
from headaches.actions import Taken
from headaches.models import FEATURE_LABELS, DiaryDay, DrugClass, Feature, Intake, Medicine

NO_FEATURES = 0
NOTHING = gettext_lazy("not answered")


class FeaturesField(forms.TypedMultipleChoiceField):
    """The features as one number; "none of these" is 0, nothing ticked is None."""

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


class DayForm(PlainWords, forms.ModelForm[DiaryDay]):
    """A whole day. Only "headache" is needed."""

    headache = forms.TypedChoiceField(
        label=gettext_lazy("Headache"),
        choices=[("yes", gettext_lazy("headache")), ("no", gettext_lazy("no headache"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    hours = HalvesField(
        label=gettext_lazy("Hours of headache"),
        highest=24,
        sentence=gettext_lazy("A day has 24 hours. Enter 0.5 to 24, in halves."),
        required=False,
    )
    features = FeaturesField(label=gettext_lazy("What went with it"))
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
        for name, words in (("intensity", DiaryDay.Intensity), ("lost", DiaryDay.Lost)):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = [("", NOTHING), *words.choices]

    def clean_triggers(self) -> str:
        return "; ".join(part.strip() for part in self.cleaned_data["triggers"].split(";") if part.strip())


class IntakeForm(PlainWords, forms.Form):
    """One medicine of a day. A row offered by name was not taken unless it has doses; a free row needs them."""

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
        label=gettext_lazy("Relief"), choices=[("", NOTHING), *Intake.Relief.choices], required=False
    )

    times = forms.CharField(
        label=gettext_lazy("Times"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Such as 9:30; 14:00. May stay empty."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_times(self) -> str:
        return times.read(self.cleaned_data["times"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "doses" in self.errors:
            return values
        if values.get("doses") is None:
            own = () if self.initial.get("name") else ("name", "drug_class")
            written = (*own, "relief", "times")
            if any(values.get(name) for name in written):
                self.add_error("doses", _("How many doses did you take?"))
            return values
        if not values.get("name") and "name" not in self.errors:
            self.add_error("name", _("Which medicine did you take?"))
        if not values.get("drug_class") and "drug_class" not in self.errors:
            self.add_error("drug_class", _("Choose a class; “other” if you are not sure."))
        # A dose may be taken in two halves. What came with an import stays until it is changed.
        is_changed = {"times", "doses"} & set(self.changed_data)
        if is_changed and len((values.get("times") or "").split(";")) > 2 * values["doses"]:
            self.add_error("times", _("A dose has at most two times."))
        return values


class IntakeForms(BaseFormSet[IntakeForm]):
    def taken(self) -> list[Taken]:
        """The medicines taken, in the order of the form."""
        rows = (form.cleaned_data for form in self.forms if form.cleaned_data.get("doses") is not None)
        return [
            Taken(row["name"], row["drug_class"], row["doses"], row["relief"], row["times"]) for row in rows
        ]


IntakeFormSet: type[IntakeForms] = cast(
    type[IntakeForms],
    formset_factory(IntakeForm, formset=IntakeForms, extra=1, max_num=60, absolute_max=80),
)


def plain_number(value: Decimal) -> Decimal:
    """1 and 1.5 instead of 1.0 and 1.5; 10 instead of 1E+1."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def intake_rows(day: DiaryDay | None, medicines: Iterable[Medicine]) -> list[dict[str, Any]]:
    """What the medicine form starts with: what was taken, then the own list."""
    taken = list(day.intakes.all()) if day and day.pk else []
    rows: list[dict[str, Any]] = [
        {
            "name": row.name,
            "drug_class": row.drug_class,
            "doses": plain_number(row.doses),
            "relief": row.relief,
            "times": times.typed_again(row.times),
        }
        for row in taken
    ]
    names = {row.name for row in taken}
    own = [medicine for medicine in medicines if medicine.name not in names]
    return rows + [{"name": medicine.name, "drug_class": medicine.drug_class} for medicine in own]


class MedicineForm(OwnedForm[Medicine]):
    class Meta:
        model = Medicine
        fields = ("name", "drug_class")
