"""Other preventives that were started or ended between the two sides of a comparison: drawn, not hidden. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core import formatting
from progress.figures.engine import Figures
from progress.presentation.periods import Period


@dataclass(frozen=True, slots=True)
class Course:
    """One course of a preventive."""

    name: str
    started: date | None
    ended: date | None


@dataclass(frozen=True, slots=True)
class Annotation:
    """A preventive started or ended on a day."""

    on: date
    name: str
    started: bool

    @property
    def words(self) -> str:
        words = _("%(day)s: %(name)s started") if self.started else _("%(day)s: %(name)s ended")
        return words % {"day": formatting.day(self.on), "name": self.name}


def annotations(courses: Iterable[Course], figures: Figures) -> list[Annotation]:
    """What changed from the first day of the baseline to as_of, in order."""
    if figures.baseline is None:
        return []
    first, last = figures.baseline.start, figures.as_of
    found = [
        Annotation(on, course.name, started)
        for course in courses
        for on, started in ((course.started, True), (course.ended, False))
        if on is not None and first <= on <= last
    ]
    return sorted(found, key=lambda mark: (mark.on, mark.name, mark.started))


def caveat(found: Sequence[Annotation]) -> str:
    """The sentence below a before-and-after that spans such a change."""
    if not found:
        return ""
    names = ", ".join(dict.fromkeys(mark.name for mark in found))
    return _(
        "Between before and now other preventives changed too (%(names)s): "
        "the comparison cannot tell their part from that of Botox."
    ) % {"names": names}


def place_on_axis(mark: Annotation, rows: Sequence[Period]) -> float | None:
    """Where a mark stands on the axis of periods, None outside of them."""
    for index, row in enumerate(rows):
        if row.start <= mark.on <= row.end:
            return index - 0.5 + ((mark.on - row.start).days + 0.5) / ((row.end - row.start).days + 1)
    return None
