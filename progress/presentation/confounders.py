"""Other preventives that were started or ended during a comparison, which may explain part of a change. Pure."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core import formatting
from progress.figures.engine import Figures
from progress.presentation.periods import Period


@dataclass(frozen=True, slots=True)
class Course:
    """One course of a preventive."""

    name: str
    started: dt.date | None
    ended: dt.date | None


@dataclass(frozen=True, slots=True)
class Annotation:
    """A preventive started or ended on a day."""

    date: dt.date
    name: str
    started: bool

    @property
    def label(self) -> str:
        text = _("%(day)s: %(name)s started") if self.started else _("%(day)s: %(name)s ended")
        return text % {"day": formatting.day(self.date), "name": self.name}


def find_annotations(courses: Iterable[Course], figures: Figures) -> list[Annotation]:
    """Find the starts and ends from the first day of the baseline to as_of, in order."""
    if figures.baseline is None:
        return []
    first, last = figures.baseline.start, figures.as_of
    changes = [
        Annotation(date_of_change, course.name, started)
        for course in courses
        for date_of_change, started in ((course.started, True), (course.ended, False))
        if date_of_change is not None and first <= date_of_change <= last
    ]
    return sorted(changes, key=lambda change: (change.date, change.name, change.started))


def describe_caveat(annotations: Sequence[Annotation]) -> str:
    """Return the caveat below a comparison during which other preventives changed; "" if none did."""
    if not annotations:
        return ""
    names = ", ".join(dict.fromkeys(annotation.name for annotation in annotations))
    return _(
        "Between before and now other preventives changed too (%(names)s): "
        "the comparison cannot tell their part from that of Botox."
    ) % {"names": names}


def position_on_axis(annotation: Annotation, periods: Sequence[Period]) -> float | None:
    """Return the position of an annotation on the axis of periods; None outside of them."""
    for index, period in enumerate(periods):
        if period.start <= annotation.date <= period.end:
            return (
                index
                - 0.5
                + ((annotation.date - period.start).days + 0.5) / ((period.end - period.start).days + 1)
            )
    return None
