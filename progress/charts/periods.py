"""The chart of a metric by 28-day period: bars on a wide screen, points joined by a line on a phone."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from django.utils.translation import gettext as _

from charts.model import (
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
from core import formatting
from progress.presentation.confounders import Annotation
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
# On the overview, which has two screens of a phone.
LOW_POINTS: Final = Frame(top=30, plot=96, bottom=54)
# Pixels: between two numbered points, and up to the upper edge of a dash on the axis.
NUMBER_WIDTH: Final = 30
DASH_HEIGHT: Final = 16
TONES: Final[dict[str, Tone]] = {BEFORE: "before", FEW: "few", FULL: "after", RUNNING: "running"}


def period_charts(
    periods: Sequence[Period], annotations: Sequence[Annotation], points: Frame = POINTS
) -> tuple[Chart, Chart]:
    """Build the wide chart and the one for a phone, which has the frame `points`.

    periods: the baseline first; annotations: other preventives.
    """
    narrow = latest_periods(periods, MAX_POINTS)
    texts = [describe_period(period) for period in narrow]
    wide, wide_texts = latest_periods(narrow, MAX_BARS), latest_periods(texts, MAX_BARS)
    return bar_chart(wide, wide_texts, annotations), point_chart(narrow, texts, annotations, points)


def latest_periods(items: Sequence[Item], max_number: int) -> list[Item]:
    """Return the first item (the baseline) and the last ones, at most `max_number` of them."""
    return [*items[:1], *items[1:][-max_number:]]


def bar_height(period: Period) -> float:
    """Return the height of a bar: the rate, or the count of days if there is no rate."""
    return period.per_28 if period.per_28 is not None else period.count


def highest(periods: Sequence[Period]) -> float:
    return max([1.0, *(bar_height(period) for period in periods)])


def mark_positions(annotations: Sequence[Annotation], periods: Sequence[Period]) -> list[float]:
    """Return where annotations are on the axis of periods; those outside of them are left out."""
    positions = set()
    for annotation in annotations:
        for index, period in enumerate(periods):
            if period.start <= annotation.date <= period.end:
                days, length = (annotation.date - period.start).days, (period.end - period.start).days + 1
                positions.add(index - 0.5 + (days + 0.5) / length)
                break
    return sorted(positions)


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
    before, marks, right = periods[0], mark_positions(annotations, periods), len(periods) - 0.5
    # Leave space above the highest bar for a number of two lines, the text of the baseline, and triangles.
    high = highest(periods) * (1.32 if marks else 1.18)
    bars, tops = build_bars(periods, texts, high)
    level = pixels(before.per_28 or 0, high, BARS)
    ticks = tuple(
        Tick(index, (period.short_name, f"{period.recorded}/{period.days}"))
        for index, period in enumerate(periods)
    )
    brackets = []  # below the bars of each session, with a diamond at the first period of a cycle
    for number, group in groupby(range(1, len(periods)), key=lambda index: periods[index].session):
        span = list(group)
        first, is_wide = periods[span[0]], len(span) > 1
        title = _("Session %(number)s") % {"number": number} if is_wide else str(number)
        day = formatting.abbreviated_day(first.session_date) if first.session_date and is_wide else ""
        diamond = "◆ " if first.start == first.session_date else ""
        brackets.append(Bracket(span[0] - 0.42, span[-1] + 0.42, f"{diamond}{title}", day))
    return Chart(
        name="periods",
        kind="bars",
        frame=BARS,
        x=Axis(-0.5, right, ticks),
        y=Axis(0, high, number_ticks(0, high, grid_step(highest(periods)))),
        series=(Series("bars", tuple(bars)),),
        rules=baseline_rules(before, 0.33, right) + mark_rules(marks, high),
        notes=baseline_notes(before, right, level, tops, DESK_PLOT)
        + mark_notes(marks, len(periods), DESK_PLOT),
        brackets=tuple(brackets),
    )


def build_bars(
    periods: Sequence[Period], texts: Sequence[str], high: float
) -> tuple[list[Value], list[float]]:
    """Build the bars, and the pixels up to the top of each with its number.

    With too few known days for a rate the label says how many they are. If the baseline would cross the number above
    a bar, it is written inside.
    """
    before = periods[0].per_28
    bars, tops = [], []
    for index, (period, text) in enumerate(zip(periods, texts, strict=True)):
        height = bar_height(period)
        label: tuple[str, ...] = (formatting.whole(height),)
        if period.state == FEW:
            label += (_("of %(known)s") % {"known": period.known},)
        is_crossed = (
            before is not None
            and period.state == FULL
            and 0 < pixels(before - height, high, BARS) < TEXT_HEIGHT
        )
        placement: Placement = "inside" if is_crossed else "above"
        bars.append(Value(index, height, text, TONES[period.state], label, placement))
        tops.append(pixels(height, high, BARS) + (0 if is_crossed else TEXT_HEIGHT * len(label)))
    return bars, tops


def pixels(value: float, high: float, frame: Frame) -> float:
    """Return the pixels from the axis up to a value."""
    return value / high * frame.plot


def baseline_rules(before: Period, start: float, end: float) -> tuple[Rule, ...]:
    """Build the rate before treatment as a line across the chart."""
    if before.per_28 is None:
        return ()
    return (Rule(start, before.per_28, end, before.per_28, "before"),)


def baseline_notes(
    before: Period, right: float, level: float, tops: Sequence[float], width: int, lift: int = 6
) -> tuple[TextNote, ...]:
    """Build the text of the baseline at its right end, clear of the last values and their numbers.

    In pixels: level: of the baseline, tops: of each value with its number, width: of the plot, lift: at least.
    """
    if before.per_28 is None:
        return ()
    text = _("before Botox: %(count)s") % {"count": formatting.whole(before.per_28)}
    lift = compute_lift(level, values_under_text(tops, text, width), lift)
    return (TextNote(right, before.per_28, (text,), "end", strong=True, lift=lift),)


# ---------- points ----------


def point_chart(
    periods: Sequence[Period], texts: Sequence[str], annotations: Sequence[Annotation], frame: Frame
) -> Chart:
    """Build points joined by a line that breaks at missing rates; the first, the lowest and the last have numbers."""
    before, marks, right = periods[0], mark_positions(annotations, periods), len(periods) - 0.4
    top = highest([period for period in periods if period.per_28 is not None])
    high = top * (1.32 if marks else 1.18)
    points, tops = build_points(periods, texts, high, frame)
    # A diamond and the number for each session whose first period is drawn.
    begun = [index for index in range(1, len(periods)) if periods[index].start == periods[index].session_date]
    ticked = thin_out(begun, len(periods) * TICK_WIDTH / NARROW_PLOT)
    ticks = tuple(Tick(index, ("◆", str(periods[index].session))) for index in ticked)
    dashes = tuple(
        TextNote(index, 0, ("–",), lift=4) for index, period in enumerate(periods) if period.per_28 is None
    )
    level = pixels(before.per_28 or 0, high, frame)
    return Chart(
        name="periods",
        kind="points",
        frame=frame,
        x=Axis(-0.6, right, ticks),
        y=Axis(0, high, number_ticks(0, high, grid_step(top))),
        # The baseline is one series, the periods after it are another.
        series=(Series("points", tuple(points[:1])), Series("points", tuple(points[1:]), line="after")),
        rules=baseline_rules(before, 0, right) + mark_rules(marks, high),
        notes=baseline_notes(before, right, level, tops, NARROW_PLOT, lift=10)
        + dashes
        + mark_notes(marks, len(periods), NARROW_PLOT),
    )


def build_points(
    periods: Sequence[Period], texts: Sequence[str], high: float, frame: Frame
) -> tuple[list[Value], list[float]]:
    """Build the points, and the pixels up to the top of each with its number, or of the dash in its place.

    The first point after the baseline has a number, the last, and the lowest if it is far enough from them.
    """
    with_rate = [index for index, period in enumerate(periods) if index and period.per_28 is not None]
    numbered = [with_rate[0], with_rate[-1]] if with_rate else []
    if with_rate:
        lowest = min(with_rate, key=lambda index: bar_height(periods[index]))
        if all(abs(lowest - index) * NARROW_PLOT / len(periods) >= NUMBER_WIDTH for index in numbered):
            numbered.append(lowest)
    points, tops = [], []
    for index, (period, text) in enumerate(zip(periods, texts, strict=True)):
        is_numbered = index in numbered
        # The number is above the first point, below the others unless near the axis.
        is_above = not is_numbered or index == numbered[0] or bar_height(period) < high * 0.2
        placement: Placement = "above" if is_above else "below"
        label = (formatting.whole(bar_height(period)),) if is_numbered else ()
        tone: Tone = "before" if period.state == BEFORE or not period.session else TONES[period.state]
        points.append(Value(index, period.per_28, text, tone, label, placement))
        top = DASH_HEIGHT if period.per_28 is None else pixels(period.per_28, high, frame) + 5
        tops.append(top + (TEXT_HEIGHT if is_numbered and is_above else 0))
    return points, tops
