"""The details of a day, one question a screen: which questions a day has, and the form of each."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.models import Record
from core.fields import FriendlyErrorsMixin, HoursField
from headaches.actions import IntakeData
from headaches.forms import FeaturesField
from headaches.models import DiaryDay, Intake

STRENGTH, HOURS, FEATURES, MEDICINE, RELIEF, LOST, NOTE = (
    "strength", "hours", "features", "medicine", "relief", "lost", "note",
)  # fmt: skip
QUESTIONS = {
    STRENGTH: gettext_lazy("How bad was it at its worst?"),
    HOURS: gettext_lazy("For how many hours?"),
    FEATURES: gettext_lazy("What other symptoms?"),
    MEDICINE: gettext_lazy("Did you take anything?"),
    RELIEF: gettext_lazy("Did it help?"),
    LOST: gettext_lazy("How much of the day was lost?"),
    NOTE: gettext_lazy("Anything to remember?"),
}
STEPS = tuple(QUESTIONS)
# Answered by a form that is submitted; the others by one tap (the hours by either).
TYPED = (FEATURES, RELIEF, NOTE)
# Offered as one tap; others can be typed.
USUAL_HOURS = (1, 2, 4, 6, 8, 12, 16, 24)


def steps_of(day: DiaryDay) -> list[str]:
    """Return the questions this day has, in their order."""
    steps = [HOURS, FEATURES] if day.headache else []
    if day.headache and not day.intensity:
        steps.insert(0, STRENGTH)
    steps.append(MEDICINE)
    if day.intakes.all():
        steps.append(RELIEF)
    return [*steps, LOST, NOTE]


def next_step(step: str, day: DiaryDay) -> str | None:
    """Return the question that follows a step; None after the last."""
    later = STEPS[STEPS.index(step) + 1 :]
    return next((name for name in steps_of(day) if name in later), None)


class StepForm(FriendlyErrorsMixin, forms.ModelForm[DiaryDay]):
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
    hours = HoursField(label=gettext_lazy("Hours of headache"))

    class Meta:
        model = DiaryDay
        fields = ("hours",)


class FeaturesForm(StepForm):
    features = FeaturesField(
        label=gettext_lazy("Other symptoms"),
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


class ReliefForm(FriendlyErrorsMixin, forms.Form):
    """How much each medicine of the day helped."""

    def __init__(self, *args: Any, day: DiaryDay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.intakes = list(day.intakes.all())
        for position, intake in enumerate(self.intakes):
            self.fields[f"relief-{position}"] = forms.ChoiceField(
                label=intake.name,
                choices=Intake.Relief.choices,
                widget=forms.RadioSelect,
                initial=intake.relief,
                required=False,
            )

    def with_relief(self) -> list[IntakeData]:
        """Return the same medicines, each with the relief that was chosen."""
        return [
            IntakeData(
                intake.name,
                intake.drug_class,
                intake.doses,
                self.cleaned_data[f"relief-{position}"],
                intake.times,
            )
            for position, intake in enumerate(self.intakes)
        ]


FORMS: dict[str, type[StepForm]] = {
    STRENGTH: StrengthForm, HOURS: HoursForm, FEATURES: FeaturesForm, LOST: LostForm, NOTE: NoteForm,
}  # fmt: skip


def get_last_features(record: Record, date: dt.date) -> int | None:
    """Return the features of the last headache before a day that has any answered."""
    earlier = record.days.filter(date__lt=date, features__isnull=False)
    return earlier.order_by("-date").values_list("features", flat=True).first()


def get_last_medicine(record: Record, date: dt.date) -> list[IntakeData]:
    """Return what was taken on the last day with medicine before a day, without its relief."""
    earlier = record.days.filter(date__lt=date, intakes__isnull=False).order_by("-date")
    day = earlier.prefetch_related("intakes").first()
    intakes = day.intakes.all() if day else []
    return [IntakeData(intake.name, intake.drug_class, intake.doses, "") for intake in intakes]
