"""The details of a day, one question a screen: which questions there are, and the form of each."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Record
from core.fields import HalvesField, PlainWords
from headaches.actions import Taken
from headaches.forms import FeaturesField
from headaches.models import DiaryDay, Intake

STRENGTH, HOURS, FEATURES, MEDICINE, RELIEF, LOST, NOTE = (
    "strength", "hours", "features", "medicine", "relief", "lost", "note",
)  # fmt: skip
STEPS = (STRENGTH, HOURS, FEATURES, MEDICINE, RELIEF, LOST, NOTE)
# Answered by a form that is filled in and sent; the others by one tap. (The hours by either.)
TYPED = (FEATURES, RELIEF, NOTE)
# Offered as one tap; any other half can be typed.
USUAL_HOURS = (1, 2, 4, 6, 8, 12, 16, 24)


def steps_of(day: DiaryDay) -> list[str]:
    """The questions this day has, in their order."""
    found = [HOURS, FEATURES] if day.headache else []
    if day.headache and not day.intensity:
        found.insert(0, STRENGTH)
    found.append(MEDICINE)
    if day.intakes.all():
        found.append(RELIEF)
    return [*found, LOST, NOTE]


def after(step: str, day: DiaryDay) -> str | None:
    """The question behind one that has just been answered or skipped; None behind the last."""
    later = STEPS[STEPS.index(step) + 1 :]
    return next((one for one in steps_of(day) if one in later), None)


def before(step: str, day: DiaryDay) -> str | None:
    earlier = STEPS[: STEPS.index(step)]
    return next((one for one in reversed(steps_of(day)) if one in earlier), None)


def question(step: str) -> str:
    return {
        STRENGTH: _("How bad was it at its worst?"),
        HOURS: _("For how many hours?"),
        FEATURES: _("What went with it?"),
        MEDICINE: _("Did you take anything?"),
        RELIEF: _("Did it help?"),
        LOST: _("How much of the day was lost?"),
        NOTE: _("Anything to remember?"),
    }[step]


class StepForm(PlainWords, forms.ModelForm[DiaryDay]):
    """One field of a day."""


class StrengthForm(StepForm):
    class Meta:
        model = DiaryDay
        fields = ("intensity",)
        widgets = {"intensity": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["intensity"].required = True


class HoursForm(StepForm):
    hours = HalvesField(
        label=gettext_lazy("Hours of headache"),
        highest=24,
        sentence=gettext_lazy("A day has 24 hours. Enter 0.5 to 24, in halves."),
    )

    class Meta:
        model = DiaryDay
        fields = ("hours",)


class FeaturesForm(StepForm):
    features = FeaturesField(
        label=gettext_lazy("What went with it"),
        required=True,
        error_messages={"required": gettext_lazy("Nothing is ticked. Tick what fits, or “none of these”.")},
    )

    class Meta:
        model = DiaryDay
        fields = ("features",)


class LostForm(StepForm):
    class Meta:
        model = DiaryDay
        fields = ("lost",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lost"].required = True


class NoteForm(StepForm):
    class Meta:
        model = DiaryDay
        fields = ("note",)
        widgets = {"note": forms.Textarea(attrs={"rows": 5})}


class ReliefForm(PlainWords, forms.Form):
    """How much each medicine of the day helped."""

    def __init__(self, *args: Any, day: DiaryDay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.intakes = list(day.intakes.all())
        for place, taken in enumerate(self.intakes):
            self.fields[f"relief-{place}"] = forms.ChoiceField(
                label=taken.name,
                choices=Intake.Relief.choices,
                widget=forms.RadioSelect,
                initial=taken.relief,
                required=False,
            )

    def taken(self) -> list[Taken]:
        """The same medicines, each with its relief."""
        return [
            Taken(one.name, one.drug_class, one.doses, self.cleaned_data[f"relief-{place}"], one.times)
            for place, one in enumerate(self.intakes)
        ]


FORMS: dict[str, type[StepForm]] = {
    STRENGTH: StrengthForm, HOURS: HoursForm, FEATURES: FeaturesForm, LOST: LostForm, NOTE: NoteForm,
}  # fmt: skip


def last_features(record: Record, on: date) -> int | None:
    """What went with the last headache before a day."""
    earlier = DiaryDay.objects.filter(record=record, date__lt=on, features__isnull=False)
    return earlier.order_by("-date").values_list("features", flat=True).first()


def last_medicine(record: Record, on: date) -> list[Taken]:
    """What was taken on the last day with medicine before a day; the relief is asked anew."""
    earlier = DiaryDay.objects.filter(record=record, date__lt=on, intakes__isnull=False).order_by("-date")
    day = earlier.prefetch_related("intakes").first()
    return as_taken(day.intakes.all()) if day else []


def as_taken(intakes: Iterable[Intake]) -> list[Taken]:
    return [Taken(one.name, one.drug_class, one.doses, "") for one in intakes]
