"""What a template shows of a chart: its parts as SVG, and its figure for who explores it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from progress.charts import plotly, svg
from progress.charts.base import Chart


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing. Numbers are strings, so that no template writes them in a language's own way."""

    id: str
    kind: str
    height: str
    top: str
    plot: str
    strips: SafeString
    behind: SafeString
    bars: SafeString
    front: SafeString
    marks: SafeString
    script: SafeString


def responsive(charts: Sequence[Chart]) -> list[Picture]:
    """The pictures of one chart. Where there are several, the style sheet shows the one that fits."""
    return [picture(chart) for chart in charts]


def picture(chart: Chart) -> Picture:
    drawing, frame = svg.draw(chart), chart.frame
    name = chart.name if chart.kind == "single" else f"{chart.name}-{chart.kind}"
    return Picture(
        id=name,
        kind=chart.kind,
        height=str(frame.height),
        top=str(frame.top),
        plot=str(frame.plot),
        strips=svg.strip_markup(drawing),
        behind=svg.path_markup(drawing.behind),
        bars=svg.box_markup(drawing),
        front=svg.path_markup(drawing.front),
        marks=SafeString(svg.bracket_markup(drawing) + svg.dot_markup(drawing) + svg.word_markup(drawing)),
        script=json_element(plotly.figure(chart), f"{name}-figure"),
    )


def json_element(value: plotly.Figure, element_id: str) -> SafeString:
    """As django.utils.html.json_script, in a fifth of its time: a dashboard has half a dozen of them."""
    text = json.dumps(value, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04X}")
    return format_html('<script id="{}" type="application/json">{}</script>', element_id, SafeString(text))
