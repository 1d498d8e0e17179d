"""The chart of a metric by 28-day period: bars on a wide screen, points joined by a line on a phone."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from django.utils.translation import gettext as _

from core import formatting
from progress.charts.base import (
    DESK_PLOT,
    MARK_WIDTH,
    NARROW_PLOT,
    TEXT_HEIGHT,
    TICK_WIDTH,
    Axis,
    Bracket,
    Chart,
    Frame,
    Item,
    Placement,
    Rule,
    Series,
    TextNote,
    Tick,
    Tone,
    Value,
    compute_lift,
    grid_step,
    number_ticks,
    thin_out,
    values_under_text,
)
from progress.presentation.confounders import Annotation, position_on_axis
from progress.presentation.periods import (
    BEFORE,
    FEW,
    FULL,
    MAX_BARS,
    MAX_POINTS,
    RUNNING,
    Period,
    describe_period,
)

BARS: Final = Frame(top=30, plot=202, bottom=104)
POINTS: Final = Frame(top=30, plot=148, bottom=54)
# Pixels: between two numbered points, and up to the upper edge of a dash on the axis.
NUMBER_WIDTH: Final = 30
DASH_HEIGHT: Final = 16
TONES: Final[dict[str, Tone]] = {BEFORE: "before", FEW: "few", FULL: "after", RUNNING: "running"}


def period_charts(periods: Sequence[Period], annotations: Sequence[Annotation]) -> tuple[Chart, Chart]:
    """Build the wide chart and the one for a phone. periods: the baseline first; annotations: other preventives."""
    narrow = latest_periods(periods, MAX_POINTS)
    texts = [describe_period(period) for period in narrow]
    wide, wide_texts = latest_periods(narrow, MAX_BARS), latest_periods(texts, MAX_BARS)
    return bar_chart(wide, wide_texts, annotations), point_chart(narrow, texts, annotations)


def latest_periods(items: Sequence[Item], max_number: int) -> list[Item]:
    """Return the first item (the baseline) and the last ones, at most `max_number` of them."""
    return [*items[:1], *items[1:][-max_number:]]


def bar_height(period: Period) -> float:
    """Return the height of a bar: the rate, or the count of days if there is no rate."""
    return period.per_28 if period.per_28 is not None else period.count


def highest(periods: Sequence[Period]) -> float:
    return max([1.0, *(bar_height(period) for period in periods)])


def bar_label(period: Period) -> tuple[str, ...]:
    """Return the number above a bar, and the number of known days if they are too few for a rate."""
    number = formatting.whole(bar_height(period))
    return (number, _("of %(known)s") % {"known": period.known}) if period.state == FEW else (number,)


def mark_positions(annotations: Sequence[Annotation], periods: Sequence[Period]) -> list[float]:
    return sorted(
        {
            position
            for annotation in annotations
            if (position := position_on_axis(annotation, periods)) is not None
        }
    )


def mark_rules(positions: Sequence[float], high: float) -> tuple[Rule, ...]:
    """Build a thin line where another preventive was started or ended."""
    return tuple(Rule(position, 0, position, high, "grid") for position in positions)


def mark_notes(positions: Sequence[float], number: int, width: int) -> tuple[TextNote, ...]:
    """Build triangles above the plot where they fit beside each other."""
    return tuple(
        TextNote(position, None, ("▽",)) for position in thin_out(positions, number * MARK_WIDTH / width)
    )


# ---------- bars ----------


def bar_chart(periods: Sequence[Period], texts: Sequence[str], annotations: Sequence[Annotation]) -> Chart:
    """Build bars with the baseline as a line behind them and the sessions as brackets below. texts: of each period."""
    marks, right = mark_positions(annotations, periods), len(periods) - 0.5
    # Leave space above the highest bar for a number of two lines, the text of the baseline, and triangles.
    high = highest(periods) * (1.32 if marks else 1.18)
    return Chart(
        name="periods",
        kind="bars",
        frame=BARS,
        x=Axis(-0.5, right, tuple(bar_tick(index, period) for index, period in enumerate(periods))),
        y=Axis(0, high, number_ticks(0, high, grid_step(highest(periods)))),
        series=(Series("bars", bars(periods, texts, high)),),
        rules=baseline_rules(periods[0], 0.33, right) + mark_rules(marks, high),
        notes=baseline_notes(periods, right, bar_lift(periods, high))
        + mark_notes(marks, len(periods), DESK_PLOT),
        brackets=brackets(periods),
    )


def bars(periods: Sequence[Period], texts: Sequence[str], high: float) -> tuple[Value, ...]:
    return tuple(
        Value(
            index,
            bar_height(period),
            text,
            TONES[period.state],
            bar_label(period),
            "inside" if is_crossed(period, periods[0], high) else "above",
        )
        for index, (period, text) in enumerate(zip(periods, texts, strict=True))
    )


def bar_tick(index: int, period: Period) -> Tick:
    return Tick(index, (period.short_name, f"{period.recorded}/{period.days}"))


def pixels(value: float, high: float, frame: Frame) -> float:
    """Return the pixels from the axis up to a value."""
    return value / high * frame.plot


def is_crossed(period: Period, before: Period, high: float) -> bool:
    """Whether the baseline would cross the number above a bar, which is then written inside."""
    if before.per_28 is None or period.state in (FEW, RUNNING, BEFORE):
        return False
    return 0 < pixels(before.per_28 - bar_height(period), high, BARS) < TEXT_HEIGHT


def baseline_rules(before: Period, start: float, end: float) -> tuple[Rule, ...]:
    """Build the rate before treatment as a line across the chart."""
    if before.per_28 is None:
        return ()
    return (Rule(start, before.per_28, end, before.per_28, "before"),)


def baseline_notes(periods: Sequence[Period], right: float, lift: int) -> tuple[TextNote, ...]:
    """Build the text of the baseline, at its right end."""
    before = periods[0].per_28
    if before is None:
        return ()
    return (TextNote(right, before, (baseline_text(before),), "end", strong=True, lift=lift),)


def baseline_text(before: float) -> str:
    return _("before Botox: %(count)s") % {"count": formatting.whole(before)}


def bar_lift(periods: Sequence[Period], high: float) -> int:
    """Return how far the text of the baseline is above it, clear of the last bars and their numbers."""
    before = periods[0].per_28 or 0
    tops = [
        pixels(bar_height(period), high, BARS)
        + (0 if is_crossed(period, periods[0], high) else TEXT_HEIGHT * len(bar_label(period)))
        for period in values_under_text(periods, baseline_text(before), DESK_PLOT)
    ]
    return compute_lift(pixels(before, high, BARS), tops)


def brackets(periods: Sequence[Period]) -> tuple[Bracket, ...]:
    """Build a bracket below the bars of each session, with a diamond at the first period of a cycle."""
    spans = groupby(range(1, len(periods)), key=lambda index: periods[index].session)
    return tuple(bracket(periods, list(span), number) for number, span in spans)


def bracket(periods: Sequence[Period], span: Sequence[int], number: int) -> Bracket:
    first, is_wide = periods[span[0]], len(span) > 1
    title = _("Session %(number)s") % {"number": number} if is_wide else str(number)
    day = formatting.abbreviated_day(first.session_date) if first.session_date and is_wide else ""
    diamond = "◆ " if first.start == first.session_date else ""
    return Bracket(span[0] - 0.42, span[-1] + 0.42, f"{diamond}{title}", day)


# ---------- points ----------


def point_chart(periods: Sequence[Period], texts: Sequence[str], annotations: Sequence[Annotation]) -> Chart:
    """Build points joined by a line that breaks at missing rates; the first, the lowest and the last have numbers."""
    marks, right = mark_positions(annotations, periods), len(periods) - 0.4
    top = highest([period for period in periods if period.per_28 is not None])
    high = top * (1.32 if marks else 1.18)
    return Chart(
        name="periods",
        kind="points",
        frame=POINTS,
        x=Axis(-0.6, right, session_ticks(periods)),
        y=Axis(0, high, number_ticks(0, high, grid_step(top))),
        series=point_series(periods, texts, high),
        rules=baseline_rules(periods[0], 0, right) + mark_rules(marks, high),
        notes=baseline_notes(periods, right, point_lift(periods, high))
        + tuple(
            TextNote(index, 0, ("–",), lift=4)
            for index, period in enumerate(periods)
            if period.per_28 is None
        )
        + mark_notes(marks, len(periods), NARROW_PLOT),
    )


def point_lift(periods: Sequence[Period], high: float) -> int:
    """Return the lift of the text of the baseline over the last points, their numbers and dashes."""
    before, numbered = periods[0].per_28 or 0, numbered_points(periods)
    tops = [
        point_top(period, high)
        + (TEXT_HEIGHT if index in numbered and is_label_above(index, period, numbered, high) else 0)
        for index, period in values_under_text(list(enumerate(periods)), baseline_text(before), NARROW_PLOT)
    ]
    return compute_lift(pixels(before, high, POINTS), tops, lift=10)


def point_top(period: Period, high: float) -> float:
    """Return the pixels up to the upper edge of a point, or of the dash in its place."""
    return DASH_HEIGHT if period.per_28 is None else pixels(period.per_28, high, POINTS) + 5


def session_ticks(periods: Sequence[Period]) -> tuple[Tick, ...]:
    """Build a diamond and the number for each session whose first period is drawn."""
    begun = [index for index in range(1, len(periods)) if periods[index].start == periods[index].session_date]
    ticked = thin_out(begun, len(periods) * TICK_WIDTH / NARROW_PLOT)
    return tuple(Tick(index, ("◆", str(periods[index].session))) for index in ticked)


def point_series(periods: Sequence[Period], texts: Sequence[str], high: float) -> tuple[Series, Series]:
    """Build the baseline as one series and the periods after it as another."""
    numbered = numbered_points(periods)
    points = [
        Value(index, period.per_28, text, point_tone(period), *point_label(index, period, numbered, high))
        for index, (period, text) in enumerate(zip(periods, texts, strict=True))
    ]
    return Series("points", tuple(points[:1])), Series("points", tuple(points[1:]), line="after")


def point_tone(period: Period) -> Tone:
    return "before" if period.state == BEFORE or not period.session else TONES[period.state]


def point_label(
    index: int, period: Period, numbered: Sequence[int], high: float
) -> tuple[tuple[str, ...], Placement]:
    """Return the number of a point and its placement: above the first, below the others unless near the axis."""
    if index not in numbered:
        return (), "above"
    is_above = is_label_above(index, period, numbered, high)
    return (formatting.whole(bar_height(period)),), "above" if is_above else "below"


def is_label_above(index: int, period: Period, numbered: Sequence[int], high: float) -> bool:
    return index == numbered[0] or bar_height(period) < high * 0.2


def numbered_points(periods: Sequence[Period]) -> list[int]:
    """Return the points with a number: the first, the last, and the lowest if it is far enough from them."""
    with_rate = [index for index, period in enumerate(periods) if index and period.per_28 is not None]
    if not with_rate:
        return []
    ends = [with_rate[0], with_rate[-1]]
    lowest = min(with_rate, key=lambda index: bar_height(periods[index]))
    has_room = all(abs(lowest - index) * NARROW_PLOT / len(periods) >= NUMBER_WIDTH for index in ends)
    return [*ends, lowest] if has_room else ends
