"""A chart for a template: its parts as SVG markup, and its plotly figure for exploring it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from charts import plotly, svg
from charts.model import Chart


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing. Numbers are strings so that templates do not localize them."""

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


def draw_pictures(charts: Sequence[Chart]) -> list[Picture]:
    """Draw the pictures of one chart. If there are several, the style sheet shows the one that fits."""
    pictures = []
    for chart in charts:
        drawing, frame = svg.draw(chart), chart.frame
        name = chart.name if chart.kind == "single" else f"{chart.name}-{chart.kind}"
        # As django.utils.html.json_script does, in a fifth of its time: a dashboard has half a dozen charts.
        figure = json.dumps(plotly.build_figure(chart), separators=(",", ":"))
        for character in "<>&":
            figure = figure.replace(character, f"\\u{ord(character):04X}")
        picture = Picture(
            id=name,
            kind=chart.kind,
            height=str(frame.height),
            top=str(frame.top),
            plot=str(frame.plot),
            strips=svg.strip_markup(drawing),
            behind=svg.path_markup(drawing.behind),
            bars=svg.box_markup(drawing),
            front=svg.path_markup(drawing.front),
            marks=svg.mark_markup(drawing),
            script=format_html(
                '<script id="{}-figure" type="application/json">{}</script>', name, SafeString(figure)
            ),
        )
        pictures.append(picture)
    return pictures
