"""Other preventives that were started or ended during a comparison, which may explain part of a change. Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core import formatting
from figures.engine import Figures


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
