"""The geometry of a drawn chart, for tests: where its parts are, and that they are inside and apart."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from xml.etree import ElementTree

from charts import svg
from charts.model import CHARACTER_WIDTH, DESK_PLOT, NARROW_PLOT, WIDE_PLOT
from charts.svg import Drawing, TextLine

WIDTHS = {"bars": DESK_PLOT, "points": NARROW_PLOT, "single": NARROW_PLOT}
"""The narrowest plot of each kind of chart."""


def texts(drawing: Drawing, css: str) -> list[str]:
    return [words.text for words in drawing.texts if css in words.css.split()]


def check(drawing: Drawing) -> None:
    """Everything inside, the words of an axis apart, the markup well formed."""
    for part, low, high in coordinates(drawing):
        assert low <= part <= high
    for only in ("wide", "narrow"):
        width = WIDE_PLOT if only == "wide" and drawing.chart.kind == "single" else WIDTHS[drawing.chart.kind]
        shown = [words for words in drawing.texts if words.only in {"", only}]
        for css in ("tick", "head"):
            assert list(overlapping([words for words in shown if css in words.css.split()], width)) == []
    body = "".join(
        [
            svg.strip_markup(drawing), svg.path_markup(drawing.behind), svg.box_markup(drawing),
            svg.path_markup(drawing.front), svg.mark_markup(drawing),
        ]
    )  # fmt: skip
    ElementTree.fromstring(f"<svg>{body}</svg>")  # noqa: S314  our own markup


def coordinates(drawing: Drawing) -> Iterator[tuple[float, float, float]]:
    """Every coordinate with its lowest and its highest value; a hair more for how numbers are rounded."""
    frame, hair = drawing.chart.frame, 1e-6
    for strip in drawing.strips:
        yield strip.x, -hair, 100 + hair
        yield strip.x + strip.width, -hair, 100 + hair
    for box in drawing.boxes:
        yield box.x, -hair, 100 + hair
        yield box.x + box.width, -hair, 100 + hair
        yield box.y, -hair, frame.plot
        yield box.y + box.height, 0, frame.plot + hair
    for dot in drawing.dots:
        yield dot.x, -hair, 100 + hair
        yield dot.y, frame.top - hair, frame.top + frame.plot + hair
    for words in drawing.texts:
        yield words.x, -hair, 100 + hair
        yield words.y, 10, frame.height
    for path in (*drawing.behind, *drawing.front):
        for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.d.replace("M", " ").replace("L", " ")):
            yield float(x), 0, svg.ACROSS
            yield float(y), 0, frame.plot


def overlapping(words: Sequence[TextLine], width: int) -> Iterator[tuple[str, str]]:
    """Neighbours of one line that would stand on each other in a plot of so many pixels."""
    lines: dict[float, list[tuple[float, float, str]]] = {}
    for one in words:
        long = len(one.text) * CHARACTER_WIDTH
        left = one.x / 100 * width + one.dx - {"start": 0, "middle": long / 2, "end": long}[one.anchor]
        lines.setdefault(one.y, []).append((left, left + long, one.text))
    for line in lines.values():
        for (_left, end, text), (start, _end, other) in pairwise(sorted(line)):
            if start < end and "◆" not in text:
                yield text, other
