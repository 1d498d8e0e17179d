"""Any period against any other: two date ranges, or two cycles, every metric with its interval."""

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
from progress.figures.change import autocorrelations, compute_change
from progress.figures.engine import Figures
from progress.figures.metric_index import MetricIndex
from progress.figures.values import METRICS
from progress.figures.windows import Window, build_window, cycle_spans
from progress.presentation.sentences import (
    MetricChange,
    build_metric_change,
    describe_difference,
    describe_range,
)

FIRST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two windows and what changed from the first to the second."""

    first: Window
    second: Window
    changes: tuple[MetricChange, ...]
    sentence: str
    overlap: bool


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
            if start and start < FIRST:
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
    words: str


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
    query: Mapping[str, Any], answers: MetricIndex
) -> tuple[tuple[date, date], tuple[date, date]] | None:
    """The spans of the two cycles the address asks for, or None."""
    spans = cycle_spans(answers) if answers.sessions else []
    found = [
        spans[int(text) - 1]
        for text in (query.get("a", ""), query.get("b", ""))
        if is_cycle_number(text, len(spans))
    ]
    return (found[0], found[1]) if len(found) == 2 else None


def is_cycle_number(text: str, highest: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= highest


def compare(
    answers: MetricIndex, figures: Figures, first: tuple[date, date], second: tuple[date, date]
) -> Comparison:
    """What changed from one span to another; r as everywhere else, 0 without a session."""
    one, two = build_window(answers, *first), build_window(answers, *second)
    alike = autocorrelations(answers, figures.baseline, figures.cycles) if figures.baseline else {}
    changes = {
        metric: compute_change(metric, one.metrics[metric], two.metrics[metric], alike.get(metric, 0.0))
        for metric in METRICS
    }
    return Comparison(
        first=one,
        second=two,
        changes=tuple(build_metric_change(metric, one, two, changes[metric]) for metric in METRICS),
        sentence=sentence(one, two, changes[METRICS[0]]),
        overlap=first[0] <= second[1] and second[0] <= first[1],
    )


def sentence(one: Window, two: Window, found: Any) -> str:
    """Headache days first, in words."""
    if found is None:
        return _("Not enough entries to compare headache days: %(first)s known days, and %(second)s.") % {
            "first": one.metrics[METRICS[0]].known,
            "second": two.metrics[METRICS[0]].known,
        }
    words = _("%(difference)s headache days in 28 days in the second period. Likely range: %(range)s.") % {
        "difference": describe_difference(found.difference),
        "range": describe_range(found.interval),
    }
    words = words[:1].upper() + words[1:]
    if found.interval[0] <= 0 <= found.interval[1]:
        words = _("%(sentence)s This could be chance.") % {"sentence": words}
    return words
