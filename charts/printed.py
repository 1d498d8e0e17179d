"""A chart as one SVG file for paper: the parts of svg.py at a fixed width, with greys in place of classes.

Programs that set documents know neither our style sheets nor strokes that do not stretch, so every position is in
pixels and every part has its own colour. Tones differ by lightness and by dashes: a copy in grey shows them too.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from charts.model import WIDE_PLOT, Chart
from charts.svg import ACROSS, ROUNDING, Box, Dot, Path, TextLine, across, draw, number

LEFT: Final = 34
RIGHT: Final = 12
INK, QUIET, LINE, FAINT, SOFT = "#111", "#444", "#555", "#bbb", "#ddd"
PAIR: Final = re.compile(r"(-?[\d.]+) (-?[\d.]+)")
# Stroke, width and dashes of each class of paths; the last class of a path that is known decides.
STROKES: Final = {
    "grid": (FAINT, 0.75, ""),
    "axis": (LINE, 1, ""),
    "cycle": (SOFT, 1, ""),
    "weeks": (LINE, 1.25, ""),
    "before": (INK, 1.75, "6 4"),
    "after": (INK, 2.25, ""),
    "signal": (INK, 2.25, ""),
    "limit": (INK, 1.5, "2 3"),
}
THICK: Final = 5  # of a rule that stands for four weeks
FILLS: Final = {
    "before": f'fill="#fff" stroke="{INK}" stroke-width="1.5"',
    "after": f'fill="{LINE}"',
    "weeks": f'fill="{LINE}"',
    "running": f'fill="{SOFT}" stroke="{LINE}" stroke-width="1"',
    "few": f'fill="none" stroke="{LINE}" stroke-width="1" stroke-dasharray="3 2"',
}
ANCHORS: Final = {"start": "start", "middle": "middle", "end": "end"}


def draw_file(chart: Chart, plot: int, font: str) -> str:
    """Return a chart as an SVG file. plot: pixels across its plot; font: the family of its text."""
    drawing, frame = draw(chart), chart.frame
    width = LEFT + plot + RIGHT
    hidden = "narrow" if plot >= WIDE_PLOT else "wide"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {frame.height}" '
        f'width="{width}" height="{frame.height}" font-family="{escape(font)}" font-size="14">',
        f'<g transform="translate({LEFT} 0)">',
        *path_parts(drawing.behind, frame.top, plot, hidden),
        *(box_part(box, chart, plot) for box in drawing.boxes),
        *path_parts(drawing.front, frame.top, plot, hidden),
        *bracket_parts(chart, plot),
        *(dot_part(dot, plot) for dot in drawing.dots),
        *(text_part(line, plot) for line in drawing.texts if line.only != hidden),
        "</g></svg>",
    ]
    return "".join(parts)


def path_parts(paths: Iterable[Path], top: int, plot: int, hidden: str) -> Iterator[str]:
    """Yield paths with their horizontal positions in pixels; lines of the other width are left out."""
    for path in paths:
        names = path.css.split()
        if hidden in names:
            continue
        stroke, width, dashes = next(
            (STROKES[name] for name in reversed(names) if name in STROKES), STROKES["grid"]
        )
        if "rule" in names and {"after", "signal"} & set(names):
            width = THICK
        d = PAIR.sub(lambda pair: scale_pair(pair, top, plot), path.d)
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        yield f'<path fill="none" stroke="{stroke}" stroke-width="{width}"{dash} d="{d}"/>'


def scale_pair(pair: re.Match[str], top: int, plot: int) -> str:
    """Return a position of the stretched box in pixels of the picture."""
    return f"{number(float(pair[1]) * plot / ACROSS, 1)} {number(float(pair[2]) + top, 1)}"


def box_part(box: Box, chart: Chart, plot: int) -> str:
    """Return a bar as a path: its upper corners are round, its foot stands on the axis."""
    x, width = box.x * plot / 100, box.width * plot / 100
    top, foot = chart.frame.top + box.y, chart.frame.top + chart.frame.plot
    radius = min(ROUNDING, box.height)
    left, right = number(x, 1), number(x + width, 1)
    d = (
        f"M{left} {foot}V{number(top + radius, 1)}Q{left} {number(top, 1)} {number(x + radius, 1)} {number(top, 1)}"
        f"H{number(x + width - radius, 1)}Q{right} {number(top, 1)} {right} {number(top + radius, 1)}V{foot}Z"
    )
    return f'<path {FILLS.get(box.css, FILLS["after"])} d="{d}"/>'


def bracket_parts(chart: Chart, plot: int) -> Iterator[str]:
    y = chart.frame.height - 50
    for bracket in chart.brackets:
        x1, x2 = (number(across(chart, x) * plot / 100, 1) for x in (bracket.x0, bracket.x1))
        yield f'<line stroke="{LINE}" x1="{x1}" x2="{x2}" y1="{y}" y2="{y}"/>'


def dot_part(dot: Dot, plot: int) -> str:
    fill = FILLS.get(dot.css, FILLS["after"])
    x, y, radius = number(dot.x * plot / 100, 1), number(dot.y, 1), number(dot.radius, 1)
    return f'<circle {fill} cx="{x}" cy="{y}" r="{radius}"/>'


def text_part(line: TextLine, plot: int) -> str:
    names = line.css.split()
    is_number, is_strong = "number" in names, "strong" in names or "number" in names
    fill = "#fff" if "inside" in names else INK if is_strong else QUIET
    weight = ' font-weight="700"' if is_strong else ""
    size = ' font-size="16"' if is_number else ""
    # White behind what a line would cross.
    halo = (
        ' paint-order="stroke" stroke="#fff" stroke-width="4"'
        if {"number", "note"} & set(names) and fill != "#fff"
        else ""
    )
    x = number(line.x * plot / 100 + line.dx, 1)
    # The diamond before a session is in no font of ours, and one foreign character changes the font of its line.
    content = escape(line.text.removeprefix("◆ "))
    return (
        f'<text x="{x}" y="{number(line.y, 1)}" text-anchor="{ANCHORS[line.anchor]}" fill="{fill}"{weight}{size}{halo}>'
        f"{content}</text>"
    )
