"""The chart of a questionnaire: totals as joined points over time, with a thin line and a diamond at each session."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from charts.model import (
    MARK_WIDTH,
    NARROW_PLOT,
    WIDE_PLOT,
    Axis,
    Chart,
    Frame,
    Rule,
    Series,
    TextNote,
    Tick,
    Value,
    number_ticks,
    thin_out,
)
from core import formatting
from core.dates import list_months
from treatments.domain.scores import ScoreCourse, describe_band, format_score
from treatments.models import Score

FRAME: Final = Frame(top=30, plot=164, bottom=50)
# Pixels: of a total with its decimal, and between session lines so that they do not look like stripes.
LABEL_WIDTH: Final = 48
LINE_GAP: Final = 30
MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)


def scores_chart(course: ScoreCourse, sessions: Sequence[date]) -> Chart:
    """Build the chart. sessions: the dates of all sessions, ascending."""
    totals = [float(score.score) for score in course.scores]
    low, top = (36.0, 78.0) if course.instrument == Score.Instrument.HIT6 else (0.0, max([100.0, *totals]))
    span = top - low
    y_low, y_high = low - span * 0.04, top + span * 0.12
    session_days = [day.toordinal() for day in sessions]
    dates = [*(score.date.toordinal() for score in course.scores), *session_days]
    margin = max(7, (max(dates) - min(dates)) // 12)
    first, last = min(dates) - margin, max(dates) + margin
    rules, diamonds = mark_sessions(session_days, (y_low, y_high), last - first)
    return Chart(
        name=f"score-data-{course.instrument}{course.scale}",
        kind="single",
        frame=FRAME,
        x=Axis(first, last, month_ticks(first, last)),
        y=Axis(y_low, y_high, number_ticks(y_low, y_high, 10 if span < 60 else 50)),
        series=(Series("points", total_values(course, last - first), line="after"),),
        rules=rules,
        notes=diamonds,
    )


def mark_sessions(
    positions: list[int], edges: tuple[float, float], days: int
) -> tuple[tuple[Rule, ...], tuple[TextNote, ...]]:
    """Build a thin line for each session, unless they would be too close, and a diamond where one has space."""
    rules: tuple[Rule, ...] = ()
    if thin_out(positions, LINE_GAP * days / WIDE_PLOT) == positions:
        has_room = thin_out(positions, LINE_GAP * days / NARROW_PLOT) == positions
        rules = tuple(
            Rule(position, edges[0], position, edges[1], "grid", only="" if has_room else "wide")
            for position in positions
        )
    wide = thin_out(positions, MARK_WIDTH * days / WIDE_PLOT)
    narrow = set(thin_out(wide, MARK_WIDTH * days / NARROW_PLOT))
    diamonds = tuple(
        TextNote(position, None, ("◆",), only="" if position in narrow else "wide") for position in wide
    )
    return rules, diamonds


def month_ticks(first: int, last: int) -> tuple[Tick, ...]:
    """Build ticks at first days of months between two ordinals: at most eight in a wide chart, four in a narrow one."""
    start, end = date.fromordinal(first), date.fromordinal(last)
    number_of_months = (end.year - start.year) * 12 + end.month - start.month
    months = [day for day in list_months(end, number_of_months + 1) if day >= start]
    wide = month_step(months, 8, 1)
    narrow = month_step(months, 4, wide)
    return tuple(
        Tick(
            day.toordinal(),
            (formatting.short_month(day), str(day.year)),
            "" if is_multiple(day, narrow) else "wide",
        )
        for day in months
        if is_multiple(day, wide)
    )


def month_step(months: Sequence[date], max_number: int, multiple_of: int) -> int:
    """Return the least step of months that leaves at most `max_number` of them."""
    steps = [size for size in MONTH_STEPS if size % multiple_of == 0]
    return next(
        (size for size in steps if sum(is_multiple(day, size) for day in months) <= max_number), steps[-1]
    )


def is_multiple(day: date, step: int) -> bool:
    """Whether a month is a multiple of `step` months, counted from January of year 0."""
    return (day.year * 12 + day.month - 1) % step == 0


def total_values(course: ScoreCourse, days: int) -> tuple[Value, ...]:
    """Build the totals, each with its published band as text.

    The last one has a number, and those before it that have enough space.
    """
    positions = [score.date.toordinal() for score in course.scores]
    wide = numbered_positions(positions, LABEL_WIDTH * days / WIDE_PLOT)
    narrow = numbered_positions(wide, LABEL_WIDTH * days / NARROW_PLOT)
    values = []
    for index, (position, score) in enumerate(zip(positions, course.scores, strict=True)):
        total, band_name = format_score(score.score), describe_band(score.instrument, score.score)
        text = _("%(day)s: %(score)s") % {"day": formatting.day(score.date), "score": total}
        if band_name:
            text = _("%(words)s, %(band)s") % {"words": text, "band": band_name}
        values.append(
            Value(
                position,
                float(score.score),
                text,
                "after",
                (total,) if position in wide else (),
                # The number of the first point avoids the numbers of the axis.
                "above" if index else "right",
                "" if position in narrow else "wide",
            )
        )
    return tuple(values)


def numbered_positions(positions: Sequence[int], gap: float) -> list[int]:
    """Return the last position, and those before it that are a gap away from it and from each other."""
    chosen = thin_out(positions[:-1], gap)
    return [*(position for position in chosen if positions[-1] - position >= gap), positions[-1]]
