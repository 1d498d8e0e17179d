"""Totals of a questionnaire as joined points over time, with a thin line and a diamond at each session."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from core import formatting
from core.dates import list_months
from progress.charts.base import (
    MARK_WIDTH,
    NARROW_PLOT,
    WIDE_PLOT,
    Axis,
    Chart,
    Frame,
    Note,
    Only,
    Rule,
    Series,
    Tick,
    Value,
    number_ticks,
    thin_out,
)
from treatments.domain.scores import ScoreCourse, band, number
from treatments.models import Score

FRAME: Final = Frame(top=30, plot=164, bottom=50)
# Pixels: of a total with its decimal, and between lines that are no stripes.
LABEL_WIDTH: Final = 48
LINE_GAP: Final = 30
MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)


def scores_chart(course: ScoreCourse, sessions: Sequence[date]) -> Chart:
    """sessions: the dates of all, in order."""
    totals = [float(row.score) for row in course.rows]
    low, top = (36.0, 78.0) if course.instrument == Score.Instrument.HIT6 else (0.0, max([100.0, *totals]))
    span = top - low
    y_low, y_high = low - span * 0.04, top + span * 0.12
    first, last = reach(course, sessions)
    marked = [on.toordinal() for on in sessions]
    return Chart(
        name=f"score-data-{course.instrument}{course.scale}",
        kind="single",
        frame=FRAME,
        x=Axis(first, last, month_ticks(first, last)),
        y=Axis(y_low, y_high, number_ticks(y_low, y_high, 10 if span < 60 else 50)),
        series=(Series("points", total_values(course, last - first), line="after"),),
        rules=session_rules(marked, (y_low, y_high), last - first),
        notes=session_notes(marked, last - first),
    )


def reach(course: ScoreCourse, sessions: Sequence[date]) -> tuple[int, int]:
    """From the first to the last of totals and sessions, as ordinals, with room on both sides."""
    days = [row.date.toordinal() for row in course.rows] + [on.toordinal() for on in sessions]
    room = max(7, (max(days) - min(days)) // 12)
    return min(days) - room, max(days) + room


def thinned(positions: Sequence[int], width: int, days: int) -> dict[int, Only]:
    """The positions that are so many pixels apart, and whether they are so in a wide chart alone."""
    wide = thin_out(positions, width * days / WIDE_PLOT)
    narrow = set(thin_out(wide, width * days / NARROW_PLOT))
    return {position: "" if position in narrow else "wide" for position in wide}


def session_rules(positions: Sequence[int], edges: tuple[float, float], days: int) -> tuple[Rule, ...]:
    """A thin line for each session where lines would not be stripes."""
    if thin_out(positions, LINE_GAP * days / WIDE_PLOT) != list(positions):
        return ()
    has_room = thin_out(positions, LINE_GAP * days / NARROW_PLOT) == list(positions)
    return tuple(
        Rule(position, edges[0], position, edges[1], "grid", only="" if has_room else "wide")
        for position in positions
    )


def session_notes(positions: Sequence[int], days: int) -> tuple[Note, ...]:
    """A diamond for each session that has room."""
    found = thinned(positions, MARK_WIDTH, days)
    return tuple(Note(position, None, ("◆",), only=only) for position, only in found.items())


def month_ticks(first: int, last: int) -> tuple[Tick, ...]:
    """The first days of months between two ordinals: at most eight where it is wide, at most four where it is not."""
    start, end = date.fromordinal(first), date.fromordinal(last)
    number_of_months = (end.year - start.year) * 12 + end.month - start.month
    months = [day for day in list_months(end, number_of_months + 1) if day >= start]
    wide = month_step(months, 8, 1)
    narrow = month_step(months, 4, wide)
    return tuple(
        Tick(
            day.toordinal(),
            (formatting.short_month(day), str(day.year)),
            "" if is_on(day, narrow) else "wide",
        )
        for day in months
        if is_on(day, wide)
    )


def month_step(months: Sequence[date], most: int, multiple_of: int) -> int:
    """Every how many months so few remain that there are not more than `most`."""
    steps = [size for size in MONTH_STEPS if size % multiple_of == 0]
    return next((size for size in steps if sum(is_on(day, size) for day in months) <= most), steps[-1])


def is_on(day: date, step: int) -> bool:
    """Whether a month is one of every so many, counted from January of year 0."""
    return (day.year * 12 + day.month - 1) % step == 0


def total_values(course: ScoreCourse, days: int) -> tuple[Value, ...]:
    """The totals; numbered are the last one and those before it that have room."""
    positions = [row.date.toordinal() for row in course.rows]
    wide = numbered(positions, LABEL_WIDTH * days / WIDE_PLOT)
    narrow = numbered(wide, LABEL_WIDTH * days / NARROW_PLOT)
    return tuple(
        Value(
            position,
            float(row.score),
            describe_value(row),
            "after",
            (number(row.score),) if position in wide else (),
            # The first one leans away from the numbers of the axis.
            "above" if index else "right",
            "" if position in narrow else "wide",
        )
        for index, (position, row) in enumerate(zip(positions, course.rows, strict=True))
    )


def numbered(positions: Sequence[int], gap: float) -> list[int]:
    """The last position, and before it those that are a gap from it and from each other."""
    taken = thin_out(positions[:-1], gap)
    return [*(position for position in taken if positions[-1] - position >= gap), positions[-1]]


def describe_value(row: Score) -> str:
    """One total in words."""
    words = _("%(day)s: %(score)s") % {"day": formatting.day(row.date), "score": number(row.score)}
    said = band(row.instrument, row.score)
    return _("%(words)s, %(band)s") % {"words": words, "band": said} if said else words
