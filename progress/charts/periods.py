"""A metric by 28-day period: bars where they are wide enough, points joined by a line on a phone."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from django.utils.translation import gettext as _

from core import formatting
from progress.charts.base import (
    DESK_PLOT,
    MARK_WIDTH,
    NARROW_PLOT,
    TICK_WIDTH,
    WORDS_HEIGHT,
    Axis,
    Bracket,
    Chart,
    Frame,
    Item,
    Note,
    Placement,
    Rule,
    Series,
    Tick,
    Tone,
    Value,
    covered,
    lift_over,
    number_ticks,
    step,
    thin_out,
)
from progress.presentation.confounders import Annotation, place_on_axis
from progress.presentation.periods import (
    BEFORE,
    FEW,
    FULL,
    MOST_POINTS,
    MOST_SHOWN,
    RUNNING,
    Period,
    describe_value,
)

BARS: Final = Frame(top=30, plot=202, bottom=104)
POINTS: Final = Frame(top=30, plot=148, bottom=54)
# Pixels: between two numbered points, and up to the upper edge of a dash on the axis.
NUMBER_WIDTH: Final = 30
DASH_HEIGHT: Final = 16
TONES: Final[dict[str, Tone]] = {BEFORE: "before", FEW: "few", FULL: "after", RUNNING: "running"}


def period_charts(rows: Sequence[Period], found: Sequence[Annotation]) -> tuple[Chart, Chart]:
    """The chart for a desk and the one for a phone. rows: the baseline first; found: other preventives that changed."""
    narrow = drawn_periods(rows, MOST_POINTS)
    words = [describe_value(row) for row in narrow]
    wide, its_words = drawn_periods(narrow, MOST_SHOWN), drawn_periods(words, MOST_SHOWN)
    return bar_chart(wide, its_words, found), point_chart(narrow, words, found)


def drawn_periods(rows: Sequence[Item], most: int) -> list[Item]:
    """The baseline and the latest periods that fit."""
    return [*rows[:1], *rows[1:][-most:]]


def height(row: Period) -> float:
    """The height of a bar: the figure, or the bare count where there is none."""
    return row.per_28 if row.per_28 is not None else row.count


def highest(rows: Sequence[Period]) -> float:
    return max([1.0, *(height(row) for row in rows)])


def bar_label(row: Period) -> tuple[str, ...]:
    """The number above a bar, and of how many days where they are too few for a figure."""
    number = formatting.whole(height(row))
    return (number, _("of %(known)s") % {"known": row.known}) if row.state == FEW else (number,)


def mark_positions(found: Sequence[Annotation], rows: Sequence[Period]) -> list[float]:
    return sorted({at for mark in found if (at := place_on_axis(mark, rows)) is not None})


def mark_rules(positions: Sequence[float], high: float) -> tuple[Rule, ...]:
    """A thin line where another preventive was started or ended."""
    return tuple(Rule(at, 0, at, high, "grid") for at in positions)


def mark_notes(positions: Sequence[float], number: int, width: int) -> tuple[Note, ...]:
    """Triangles above the plot, where they have room beside each other."""
    return tuple(Note(at, None, ("▽",)) for at in thin_out(positions, number * MARK_WIDTH / width))


# ---------- bars ----------


def bar_chart(rows: Sequence[Period], words: Sequence[str], found: Sequence[Annotation]) -> Chart:
    """Bars, the baseline as a line behind them, brackets for the sessions below. words: of each row."""
    marks, right = mark_positions(found, rows), len(rows) - 0.5
    # Room for a number of two lines above the highest bar, for the words of the baseline, and for triangles.
    high = highest(rows) * (1.32 if marks else 1.18)
    return Chart(
        name="periods",
        kind="bars",
        frame=BARS,
        x=Axis(-0.5, right, tuple(bar_tick(index, row) for index, row in enumerate(rows))),
        y=Axis(0, high, number_ticks(0, high, step(highest(rows)))),
        series=(Series("bars", bars(rows, words, high)),),
        rules=baseline_rules(rows[0], 0.33, right) + mark_rules(marks, high),
        notes=baseline_notes(rows, right, bar_lift(rows, high)) + mark_notes(marks, len(rows), DESK_PLOT),
        brackets=brackets(rows),
    )


def bars(rows: Sequence[Period], words: Sequence[str], high: float) -> tuple[Value, ...]:
    return tuple(
        Value(
            index,
            height(row),
            said,
            TONES[row.state],
            bar_label(row),
            "inside" if is_crossed(row, rows[0], high) else "above",
        )
        for index, (row, said) in enumerate(zip(rows, words, strict=True))
    )


def bar_tick(index: int, row: Period) -> Tick:
    return Tick(index, (row.tick, f"{row.recorded}/{row.days}"))


def pixels(value: float, high: float, frame: Frame) -> float:
    """From the axis up to a value."""
    return value / high * frame.plot


def is_crossed(row: Period, before: Period, high: float) -> bool:
    """Whether the baseline would strike through the number above a bar; it then stands inside."""
    if before.per_28 is None or row.state in (FEW, RUNNING, BEFORE):
        return False
    return 0 < pixels(before.per_28 - height(row), high, BARS) < WORDS_HEIGHT


def baseline_rules(before: Period, left: float, right: float) -> tuple[Rule, ...]:
    """The figure before treatment as a line through the years after it."""
    if before.per_28 is None:
        return ()
    return (Rule(left, before.per_28, right, before.per_28, "before"),)


def baseline_notes(rows: Sequence[Period], right: float, lift: int) -> tuple[Note, ...]:
    """The words of that line, at its right end."""
    before = rows[0].per_28
    if before is None:
        return ()
    return (Note(right, before, (baseline_words(before),), "end", strong=True, lift=lift),)


def baseline_words(before: float) -> str:
    return _("before Botox: %(count)s") % {"count": formatting.whole(before)}


def bar_lift(rows: Sequence[Period], high: float) -> int:
    """How far the words of the baseline stand above it: clear of the last bars and their numbers."""
    before = rows[0].per_28 or 0
    tops = [
        pixels(height(row), high, BARS)
        + (0 if is_crossed(row, rows[0], high) else WORDS_HEIGHT * len(bar_label(row)))
        for row in covered(rows, baseline_words(before), DESK_PLOT)
    ]
    return lift_over(pixels(before, high, BARS), tops)


def brackets(rows: Sequence[Period]) -> tuple[Bracket, ...]:
    """Which session the bars belong to, a diamond where it was."""
    spans = groupby(range(1, len(rows)), key=lambda index: rows[index].session)
    return tuple(bracket(rows, list(span), number) for number, span in spans)


def bracket(rows: Sequence[Period], span: Sequence[int], number: int) -> Bracket:
    first, is_wide = rows[span[0]], len(span) > 1
    words = _("Session %(number)s") % {"number": number} if is_wide else str(number)
    on = formatting.abbreviated_day(first.session_date) if first.session_date and is_wide else ""
    diamond = "◆ " if first.start == first.session_date else ""
    return Bracket(span[0] - 0.42, span[-1] + 0.42, f"{diamond}{words}", on)


# ---------- points ----------


def point_chart(rows: Sequence[Period], words: Sequence[str], found: Sequence[Annotation]) -> Chart:
    """Points joined by a line that breaks where entries lack, with the first, the lowest and the last numbered."""
    marks, right = mark_positions(found, rows), len(rows) - 0.4
    top = highest([row for row in rows if row.per_28 is not None])
    high = top * (1.32 if marks else 1.18)
    return Chart(
        name="periods",
        kind="points",
        frame=POINTS,
        x=Axis(-0.6, right, session_ticks(rows)),
        y=Axis(0, high, number_ticks(0, high, step(top))),
        series=point_series(rows, words, high),
        rules=baseline_rules(rows[0], 0, right) + mark_rules(marks, high),
        notes=baseline_notes(rows, right, point_lift(rows, high))
        + tuple(Note(index, 0, ("–",), lift=4) for index, row in enumerate(rows) if row.per_28 is None)
        + mark_notes(marks, len(rows), NARROW_PLOT),
    )


def point_lift(rows: Sequence[Period], high: float) -> int:
    """The same over the last points, their numbers and the dashes on the axis."""
    before, numbered = rows[0].per_28 or 0, numbered_points(rows)
    tops = [
        point_top(row, high)
        + (WORDS_HEIGHT if index in numbered and is_label_above(index, row, numbered, high) else 0)
        for index, row in covered(list(enumerate(rows)), baseline_words(before), NARROW_PLOT)
    ]
    return lift_over(pixels(before, high, POINTS), tops, lift=10)


def point_top(row: Period, high: float) -> float:
    """Pixels up to the upper edge of a point, or of the dash in its place."""
    return DASH_HEIGHT if row.per_28 is None else pixels(row.per_28, high, POINTS) + 5


def session_ticks(rows: Sequence[Period]) -> tuple[Tick, ...]:
    """A diamond and the number of each session whose first period is drawn."""
    begun = [index for index in range(1, len(rows)) if rows[index].start == rows[index].session_date]
    shown = thin_out(begun, len(rows) * TICK_WIDTH / NARROW_PLOT)
    return tuple(Tick(index, ("◆", str(rows[index].session))) for index in shown)


def point_series(rows: Sequence[Period], words: Sequence[str], high: float) -> tuple[Series, Series]:
    """The baseline alone, then what came after it."""
    numbered = numbered_points(rows)
    points = [
        Value(index, row.per_28, said, point_tone(row), *point_label(index, row, numbered, high))
        for index, (row, said) in enumerate(zip(rows, words, strict=True))
    ]
    return Series("points", tuple(points[:1])), Series("points", tuple(points[1:]), line="after")


def point_tone(row: Period) -> Tone:
    return "before" if row.state == BEFORE or not row.session else TONES[row.state]


def point_label(
    index: int, row: Period, numbered: Sequence[int], high: float
) -> tuple[tuple[str, ...], Placement]:
    """The number of a point and where it stands: above the first, below the others unless the axis is near."""
    if index not in numbered:
        return (), "above"
    is_above = is_label_above(index, row, numbered, high)
    return (formatting.whole(height(row)),), "above" if is_above else "below"


def is_label_above(index: int, row: Period, numbered: Sequence[int], high: float) -> bool:
    return index == numbered[0] or height(row) < high * 0.2


def numbered_points(rows: Sequence[Period]) -> list[int]:
    """Which points carry their number: the first, the last, and the lowest where there is room for it."""
    known = [index for index, row in enumerate(rows) if index and row.per_28 is not None]
    if not known:
        return []
    ends = [known[0], known[-1]]
    lowest = min(known, key=lambda index: height(rows[index]))
    has_room = all(abs(lowest - index) * NARROW_PLOT / len(rows) >= NUMBER_WIDTH for index in ends)
    return [*ends, lowest] if has_room else ends
