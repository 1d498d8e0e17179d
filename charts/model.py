"""The model of any chart, which svg.py draws on the server and plotly.py turns into a figure to explore.

Horizontal and vertical positions are in the units of the data; a frame says how many pixels there are from top to
bottom. The width is not known on the server: what fits only a wide chart has `only="wide"`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

Tone = Literal["before", "after", "running", "few", "weeks", "cycle", "signal", "limit", "grid"]
Only = Literal["", "wide", "narrow"]
Anchor = Literal["start", "middle", "end"]
Placement = Literal["above", "below", "right", "inside"]
Position = TypeVar("Position", bound=float)
Item = TypeVar("Item")

# Pixels across the plot: on a screen of 320 px, the least width of a "wide" chart, and a wide screen.
# static/css/charts.css switches between them at these widths.
NARROW_PLOT: Final = 232
WIDE_PLOT: Final = 380
DESK_PLOT: Final = 820
# Pixels: a character of 14 px, a line of text with its gap, a triangle or a diamond, a number below an axis.
CHARACTER_WIDTH: Final = 7.5
TEXT_HEIGHT: Final = 22
MARK_WIDTH: Final = 16
TICK_WIDTH: Final = 22

STEPS: Final = (1, 2, 5, 7, 10, 20, 50, 100, 140, 200, 500)


@dataclass(frozen=True, slots=True)
class Frame:
    """Pixels above the plot, of the plot itself, and below it for the text of the axis."""

    top: int
    plot: int
    bottom: int

    @property
    def height(self) -> int:
        return self.top + self.plot + self.bottom


@dataclass(frozen=True, slots=True)
class Tick:
    """A position on an axis and the lines of its label."""

    at: float
    lines: tuple[str, ...]
    only: Only = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of a chart in one direction; title: what the numbers mean."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    title: str = ""

    def share(self, position: float) -> float:
        """Return 0 at the low end, 1 at the high end."""
        return (position - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Value:
    """One bar or point. y: None if unknown. text: the value as it is read out. label: what is written next to it."""

    x: float
    y: float | None
    text: str
    tone: Tone
    label: tuple[str, ...] = ()
    placement: Placement = "above"
    only: Only = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Values as bars or as points; line: the tone of the line that joins points, or None. Unknown values break it."""

    kind: Literal["bars", "points"]
    values: tuple[Value, ...]
    line: Tone | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines without points over the same positions x, each broken where its y is None."""

    x: tuple[float, ...]
    lines: tuple[tuple[float | None, ...], ...]
    tone: Tone


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line between two positions. above: in front of the bars rather than behind them."""

    x0: float
    y0: float
    x1: float
    y1: float
    tone: Tone
    above: bool = False
    only: Only = ""


@dataclass(frozen=True, slots=True)
class TextNote:
    """Lines of text at a position. y: None for text above the plot. lift: pixels from y up to the text."""

    x: float
    y: float | None
    lines: tuple[str, ...]
    anchor: Anchor = "middle"
    strong: bool = False
    lift: int = 6
    only: Only = ""


@dataclass(frozen=True, slots=True)
class Bracket:
    """A line below the axis that groups some bars, with two lines of text."""

    x0: float
    x1: float
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything a chart shows. name: the start of its element ids; kind: its class in static/css/charts.css."""

    name: str
    kind: str
    frame: Frame
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    curves: tuple[Curves, ...] = ()
    rules: tuple[Rule, ...] = ()
    notes: tuple[TextNote, ...] = ()
    brackets: tuple[Bracket, ...] = ()

    @property
    def values(self) -> list[Value]:
        """Every value from left to right, in the order they are read out."""
        return sorted((value for series in self.series for value in series.values), key=lambda value: value.x)


def values_under_text(values: Sequence[Item], text: str, plot: int) -> Sequence[Item]:
    """Return the last of evenly spaced values that a right-aligned text covers. plot: width in pixels."""
    return values[-math.ceil(len(text) * CHARACTER_WIDTH * len(values) / plot) :]


def compute_lift(line: float, tops: Iterable[float], lift: int = 6) -> int:
    """Return the pixels from a line up to the foot of its text so that the text is clear of all tops."""
    return max([lift, *(round(top - line) + 4 for top in tops)])


def grid_step(top: float) -> int:
    """Return the distance of grid lines, at most five of them; 7 for days a month, since people count in weeks."""
    if top <= 28:
        return 7 if top > 7 else (2 if top > 2 else 1)
    return next((size for size in STEPS if top / size <= 5), 1000)


def number_ticks(low: float, high: float, distance: int) -> tuple[Tick, ...]:
    """Build a tick at each multiple of a distance between two numbers."""
    first = -int(-low // distance)
    return tuple(
        Tick(position, (str(position),))
        for position in range(first * distance, int(high) + 1, distance)
        if low <= position <= high
    )


def thin_out(positions: Sequence[Position], gap: float) -> list[Position]:
    """Choose from ascending positions those that are at least `gap` after the previously chosen one."""
    chosen: list[Position] = []
    for position in positions:
        if not chosen or position - chosen[-1] >= gap:
            chosen.append(position)
    return chosen
