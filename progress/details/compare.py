"""Comparison of two date ranges or two cycles: every metric with its interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formatting
from core.fields import FriendlyErrorsMixin
from figures.change import autocorrelations, compute_change
from figures.engine import Figures
from figures.metric_index import MetricIndex
from figures.values import METRICS
from figures.windows import Window, build_window, cycle_spans
from headaches.models import FIRST_DATE
from progress.presentation.missing_rates import DiarySpan
from progress.presentation.sentences import (
    MetricChange,
    build_metric_change,
    describe_difference,
    describe_range,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two windows and the change of each metric from the first to the second."""

    first: Window
    second: Window
    changes: tuple[MetricChange, ...]
    sentence: str
    is_overlapping: bool


class RangesForm(FriendlyErrorsMixin, forms.Form):
    """Two date ranges, both ends included."""

    a_from = forms.DateField(label=gettext_lazy("First period from"))
    a_to = forms.DateField(label=gettext_lazy("to"))
    b_from = forms.DateField(label=gettext_lazy("Second period from"))
    b_to = forms.DateField(label=gettext_lazy("to"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for field in self.fields.values():
            field.widget = forms.DateInput(
                attrs={"type": "date", "max": today.isoformat()}, format="%Y-%m-%d"
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for side in "ab":
            start, end = values.get(f"{side}_from"), values.get(f"{side}_to")
            if start and start < FIRST_DATE:
                self.add_error(f"{side}_from", _("The diary begins in 1900."))
            if end and end > self.today:
                self.add_error(f"{side}_to", _("This day has not come yet."))
            if start and end and end < start:
                self.add_error(f"{side}_to", ValidationError(_("The end lies before the start.")))
        return values


@dataclass(frozen=True, slots=True)
class CycleChoice:
    """A cycle offered for comparison."""

    number: int
    label: str


def cycle_choices(figures: Figures) -> list[CycleChoice]:
    return [
        CycleChoice(
            cycle.number,
            _("Cycle %(number)s, %(day)s")
            % {"number": cycle.number, "day": formatting.abbreviated_day(cycle.session)},
        )
        for cycle in figures.cycles
    ]


def parse_cycles(
    query: Mapping[str, Any], index: MetricIndex
) -> tuple[tuple[date, date], tuple[date, date]] | None:
    """Return the spans of the two cycles in the query string, or None."""
    spans = cycle_spans(index) if index.sessions else []
    chosen = []
    for text in (query.get("a", ""), query.get("b", "")):
        is_number = text.isascii() and text.isdigit() and len(text) < 5
        if is_number and 1 <= int(text) <= len(spans):
            chosen.append(spans[int(text) - 1])
    return (chosen[0], chosen[1]) if len(chosen) == 2 else None


def build_comparison(
    index: MetricIndex, figures: Figures, first_span: tuple[date, date], second_span: tuple[date, date]
) -> Comparison:
    """Compare two spans, with the autocorrelation of the whole diary; without a session it is 0."""
    first, second = build_window(index, *first_span), build_window(index, *second_span)
    autocorrelation = autocorrelations(index, figures.baseline, figures.cycles) if figures.baseline else {}
    span = DiarySpan.of(index)
    changes = {
        metric: compute_change(
            metric, first.metrics[metric], second.metrics[metric], autocorrelation.get(metric, 0.0)
        )
        for metric in METRICS
    }
    return Comparison(
        first=first,
        second=second,
        changes=tuple(
            build_metric_change(metric, first, second, changes[metric], span) for metric in METRICS
        ),
        sentence=describe_comparison(first, second, changes[METRICS[0]]),
        is_overlapping=first_span[0] <= second_span[1] and second_span[0] <= first_span[1],
    )


def describe_comparison(first: Window, second: Window, change: Any) -> str:
    """Describe the change of headache days in one sentence."""
    if change is None:
        return _(
            "Too few days filled in to compare headache days: %(first)s in the first period, %(second)s "
            "in the second."
        ) % {
            "first": first.metrics[METRICS[0]].known,
            "second": second.metrics[METRICS[0]].known,
        }
    sentence = _(
        "%(difference)s headache days in 28 days in the second period. The real change is probably %(range)s."
    ) % {
        "difference": describe_difference(change.difference),
        "range": describe_range(change.interval),
    }
    sentence = sentence[:1].upper() + sentence[1:]
    if change.interval[0] <= 0 <= change.interval[1]:
        sentence = _("%(sentence)s This could be chance.") % {"sentence": sentence}
    return sentence
