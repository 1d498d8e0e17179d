"""A chart as inline SVG: geometry from the model, then the markup of its parts.

Horizontal positions are percent of the plot, so one drawing fits every width and its text keeps its size. Vertical
positions are pixels. Paths cannot use percent: lines are drawn in a box of 1000 units that is stretched to the plot,
but their strokes are not (static/css/charts.css). Numbers are not localized. Colours are classes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from django.utils.safestring import SafeString

from charts.model import Anchor, Chart, Only, Tone

ACROSS: Final = 1000
"""Width in units of the box that lines are drawn in."""
BAR_SHARE: Final = 0.66
ROUNDING: Final = 4
RADIUS: Final[dict[Tone, float]] = {"before": 6, "weeks": 3.5}
# Pixels from a line of text to the next, and from a bar or a point to the foot of its number.
LINE_HEIGHT: Final = 18
NUMBER_GAP: Final = 6
POINT_GAP: Final = 10


@dataclass(frozen=True, slots=True)
class Path:
    """Straight lines of one class, in units of the stretched box."""

    css: str
    d: str


@dataclass(frozen=True, slots=True)
class Box:
    """A bar: x and width in percent, y and height in pixels from the top of the plot."""

    x: float
    y: float
    width: float
    height: float
    css: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point: x in percent, y in pixels from the top of the picture."""

    x: float
    y: float
    radius: float
    css: str


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text: x in percent and dx pixels beside it, y of its foot in pixels from the top of the picture."""

    x: float
    y: float
    text: str
    css: str
    anchor: Anchor = "middle"
    dx: int = 0
    only: Only = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """The area of a value under the pointer: x and width in percent, and the text that is read out."""

    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart in positioned parts, in the order they are drawn."""

    chart: Chart
    strips: tuple[Strip, ...]
    behind: tuple[Path, ...]
    boxes: tuple[Box, ...]
    front: tuple[Path, ...]
    dots: tuple[Dot, ...]
    texts: tuple[TextLine, ...]


def draw(chart: Chart) -> Drawing:
    """Compute the geometry of a chart."""
    values = chart.values
    middles = [across(chart, (value.x + next_value.x) / 2) for value, next_value in pairwise(values)]
    # The strip of a value ends half way to the next value.
    edges = zip(values, [0.0, *middles], [*middles, 100.0], strict=True)
    boxes, dots = [], []
    for series in chart.series:
        for value in series.values:
            if value.y is None:
                continue
            y = down(chart, value.y)
            if series.kind == "bars":
                start, end = (across(chart, value.x + side * BAR_SHARE / 2) for side in (-1, 1))
                boxes.append(Box(start, y, end - start, chart.frame.plot - y, value.tone))
            else:
                radius = RADIUS.get(value.tone, 5)
                dots.append(Dot(across(chart, value.x), chart.frame.top + y, radius, value.tone))
    behind, front = paths(chart)
    return Drawing(
        chart=chart,
        strips=tuple(Strip(start, end - start, value.text) for value, start, end in edges),
        behind=tuple(behind),
        boxes=tuple(boxes),
        front=tuple(front),
        dots=tuple(dots),
        texts=(*axis_texts(chart), *number_texts(chart), *note_texts(chart)),
    )


# ---------- geometry ----------


def across(chart: Chart, x: float) -> float:
    """Return a horizontal position in percent of the plot."""
    return chart.x.share(x) * 100


def down(chart: Chart, y: float) -> float:
    """Return a vertical position in pixels from the top of the plot."""
    return (1 - chart.y.share(y)) * chart.frame.plot


def segment(chart: Chart, x0: float, y0: float, x1: float, y1: float) -> str:
    return f"M{point(chart, x0, y0)}L{point(chart, x1, y1)}"


def point(chart: Chart, x: float, y: float) -> str:
    """Format a position in the stretched box."""
    return f"{format_x(chart, x)} {format_y(chart, y)}"


def format_x(chart: Chart, x: float) -> str:
    return f"{across(chart, x) * ACROSS / 100:.0f}"


def format_y(chart: Chart, y: float | None) -> str | None:
    return None if y is None else number(down(chart, y), 1)


def polyline(xs: Sequence[str], ys: Sequence[str | None]) -> str:
    """Build a path through formatted positions, with a break at each y that is None. Later positions need no L."""
    if None not in ys:
        return "M" + " ".join([f"{x} {y}" for x, y in zip(xs, ys, strict=True)])
    parts, is_open = [], False
    for x, y in zip(xs, ys, strict=True):
        if y is not None:
            parts.append(f"{' ' if is_open else 'M'}{x} {y}")
        is_open = y is not None
    return "".join(parts)


def paths(chart: Chart) -> tuple[list[Path], list[Path]]:
    """Build the paths behind the bars: grid, curves, rules; and those in front: axis, lines of points, rules."""
    low, left, right = chart.y.low, chart.x.low, chart.x.high
    levels = [tick.at for tick in chart.y.ticks if tick.at > low]
    behind = [Path("grid", "".join(segment(chart, left, level, right, level) for level in levels))]
    for curves in chart.curves:
        # All curves are one path. They share the same few heights, so each is formatted once.
        xs = [format_x(chart, x) for x in curves.x]
        ys = {y: format_y(chart, y) for line in curves.lines for y in set(line)}
        behind.append(
            Path(curves.tone, "".join([polyline(xs, [ys[y] for y in line]) for line in curves.lines]))
        )
    front = [Path("axis", segment(chart, left, low, right, low))]
    for series in chart.series:
        if series.line:
            xs = [format_x(chart, value.x) for value in series.values]
            joined = polyline(xs, [format_y(chart, value.y) for value in series.values])
            front.append(Path(series.line, joined))
    behind += rule_paths(chart, above=False)
    front += rule_paths(chart, above=True)
    return [path for path in behind if path.d], [path for path in front if path.d]


def rule_paths(chart: Chart, *, above: bool) -> Iterator[Path]:
    """Yield one path for all rules of a class."""
    drawn: dict[str, list[str]] = {}
    for rule in chart.rules:
        if rule.above == above:
            css = classes("rule", rule.tone, rule.only)
            drawn.setdefault(css, []).append(segment(chart, rule.x0, rule.y0, rule.x1, rule.y1))
    for css, parts in drawn.items():
        yield Path(css, "".join(parts))


# ---------- text ----------


def axis_texts(chart: Chart) -> Iterator[TextLine]:
    """Yield the labels of both axes and their titles."""
    frame = chart.frame
    foot = frame.top + frame.plot
    for tick in chart.y.ticks:
        yield TextLine(
            0, frame.top + down(chart, tick.at) + 5, tick.lines[0], "tick", "end", dx=-6, only=tick.only
        )
    for tick in chart.x.ticks:
        for line, text in enumerate(tick.lines):
            yield TextLine(
                across(chart, tick.at), foot + 19 + line * LINE_HEIGHT, text, "tick", only=tick.only
            )
    if chart.y.title:
        yield TextLine(0, 13, chart.y.title, "tick", "start", dx=-28)
    if chart.x.title:
        yield TextLine(50, frame.height - 8, chart.x.title, "tick")


def number_texts(chart: Chart) -> Iterator[TextLine]:
    """Yield the number of each bar or point, in one line or two."""
    for series in chart.series:
        gap = NUMBER_GAP if series.kind == "bars" else POINT_GAP
        for value in series.values:
            if value.y is None:
                continue
            css = classes("number", "inside" if value.placement == "inside" else "")
            # Pixels from the top of a bar or the middle of a point down to the foot of its number.
            offset = {"below": 22, "inside": 18}.get(value.placement, -gap)
            foot = chart.frame.top + down(chart, value.y) + offset
            anchor: Anchor = "start" if value.placement == "right" else "middle"
            for line, text in enumerate(reversed(value.label)):
                yield TextLine(
                    across(chart, value.x), foot - line * LINE_HEIGHT, text, css, anchor, only=value.only
                )


def note_texts(chart: Chart) -> Iterator[TextLine]:
    """Yield the text at positions of the plot and above it, then the text of the brackets below the axis."""
    frame = chart.frame
    for note in chart.notes:
        foot = frame.top - 8 if note.y is None else frame.top + down(chart, note.y) - note.lift
        css = classes("head" if note.y is None else "note", "strong" if note.strong else "")
        for line, text in enumerate(reversed(note.lines)):
            yield TextLine(
                across(chart, note.x), foot - line * LINE_HEIGHT, text, css, note.anchor, only=note.only
            )
    top = frame.height - 50
    for bracket in chart.brackets:
        start = across(chart, bracket.x0)
        yield TextLine(start, top + 19, bracket.title, "tick strong", "start")
        if bracket.detail:
            yield TextLine(start, top + 37, bracket.detail, "tick", "start")


# ---------- markup ----------


def number(value: float, places: int) -> str:
    """Format a number for SVG: a decimal point, no trailing zeros."""
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def classes(*names: str) -> str:
    return " ".join(name for name in names if name)


def path_markup(paths: Iterable[Path]) -> SafeString:
    return SafeString("".join(f'<path class="{path.css}" d="{path.d}"/>' for path in paths))


def box_markup(drawing: Drawing) -> SafeString:
    """Render the bars. They extend below the axis, where their box is clipped, so only upper corners are round."""
    return SafeString(
        "".join(
            f'<rect class="{box.css}" x="{number(box.x, 2)}%" y="{number(box.y, 1)}" '
            f'width="{number(box.width, 2)}%" height="{number(box.height + 2 * ROUNDING, 1)}" rx="{ROUNDING}"/>'
            for box in drawing.boxes
        )
    )


def strip_markup(drawing: Drawing) -> SafeString:
    frame = drawing.chart.frame
    return SafeString(
        "".join(
            f'<rect class="value" x="{number(strip.x, 2)}%" y="{frame.top}" width="{number(strip.width, 2)}%" '
            f'height="{frame.plot}" data-words="{escape(strip.text)}"/>'
            for strip in drawing.strips
        )
    )


def mark_markup(drawing: Drawing) -> SafeString:
    """Render the brackets, the points and all text, which keep their size in any width."""
    chart = drawing.chart
    top = chart.frame.height - 50
    parts = [
        f'<line class="bracket" x1="{number(across(chart, bracket.x0), 2)}%" '
        f'x2="{number(across(chart, bracket.x1), 2)}%" y1="{top}" y2="{top}"/>'
        for bracket in chart.brackets
    ]
    parts += [
        f'<circle class="{dot.css}" cx="{number(dot.x, 2)}%" cy="{number(dot.y, 1)}" r="{number(dot.radius, 1)}"/>'
        for dot in drawing.dots
    ]
    for line in drawing.texts:
        css = classes(line.css, "" if line.anchor == "middle" else line.anchor, line.only)
        dx = f' dx="{line.dx}"' if line.dx else ""
        parts.append(
            f'<text class="{css}" x="{number(line.x, 2)}%" y="{number(line.y, 1)}"{dx}>{escape(line.text)}</text>'
        )
    return SafeString("".join(parts))
