"""The form of a questionnaire's total."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import OwnedForm, date_input
from treatments.models import MIDAS_COUNTS, MIDAS_MONTHS, Score

# Questionnaire and scale in one choice.
SCORE_KINDS = [
    ("hit6", "HIT-6"),
    ("midas", "MIDAS"),
    *((f"msq:{scale}", format_lazy(_("MSQ: {scale}"), scale=label)) for scale, label in Score.Scale.choices),
]


class ScoreForm(OwnedForm[Score]):
    """The total of a questionnaire filled in elsewhere, or the five counts of MIDAS; never the questions."""

    kind = forms.ChoiceField(label=_("Questionnaire"), choices=SCORE_KINDS)

    class Meta:
        model = Score
        fields = ("date", "kind", "score", *MIDAS_COUNTS)
        widgets = {
            "date": date_input(),
            "score": forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.1", "min": "0"}),
            **{
                name: forms.NumberInput(attrs={"inputmode": "numeric", "min": "0", "max": MIDAS_MONTHS})
                for name in MIDAS_COUNTS
            },
        }
        help_texts = {
            "score": _("The total on the sheet. HIT-6: 36 to 78. MIDAS: 0 to 270. MSQ: 0 to 100."),
            "midas_a": _(
                "MIDAS only: days in the last three months, as on the sheet. The total is their sum."
            ),
        }

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["score"].required = False
        if self.instance.pk:
            self.initial["kind"] = ":".join(filter(None, (self.instance.instrument, self.instance.scale)))
            if self.instance.midas_a is not None:  # the total is computed again
                self.initial["score"] = None

    def clean_date(self) -> dt.date:
        date: dt.date = self.cleaned_data["date"]
        if date > self.today:
            raise ValidationError(_("This day has not come yet. Enter the day the sheet was filled in."))
        return date

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        instrument, _colon, scale = (values.get("kind") or "").partition(":")
        self.instance.instrument, self.instance.scale = instrument, scale
        counts = [values.get(name) for name in MIDAS_COUNTS]
        given = [count for count in counts if count is not None]
        if any(name in self.errors for name in ("score", *MIDAS_COUNTS)):
            return values
        if given and instrument and instrument != Score.Instrument.MIDAS:
            self.add_error("midas_a", _("Only MIDAS has the five counts."))
        elif given and values.get("score") is not None:
            self.add_error("score", _("Leave the total empty: it is the sum of the five counts."))
        elif given and len(given) < len(counts):
            self.add_error(
                MIDAS_COUNTS[counts.index(None)], _("Enter all five counts, or none and the total.")
            )
        elif given:
            values["score"] = Decimal(sum(given))
        elif values.get("score") is None:
            self.add_error("score", _("Enter the total, or the five counts of MIDAS."))
        return values

    def _get_validation_exclusions(self) -> set[str]:
        # The field `kind` sets both, so their constraints are checked too, once a kind is chosen.
        chosen = {"instrument", "scale"} if self.instance.instrument else set()
        return super()._get_validation_exclusions() - chosen
