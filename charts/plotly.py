"""A chart as a plotly figure, a plain dict, for exploring it.

static/js/charts/explore.js fills in what the page contains already: the colours, which are given as names of
static/css/tokens.css such as "$after", and the texts of the values, which are given as their index (customdata).
"""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from django.utils.formats import get_format

from charts.model import (
    Anchor,
    Axis,
    Chart,
    Placement,
    Rule,
    Series,
    TextNote,
    Tick,
    Tone,
    Value,
)

Figure = dict[str, Any]

CONFIG: Final = {"displayModeBar": False, "doubleClick": "reset"}
CLEAR: Final = "rgba(0,0,0,0)"
FONT: Final = "Atkinson Hyperlegible Next, system-ui, sans-serif"
COLOURS: Final[dict[Tone, str]] = {
    "before": "$before",
    "after": "$after",
    "running": "$after-soft",
    "few": CLEAR,
    "weeks": "$line-strong",
    "cycle": "$grid",
    "signal": "$moderate",
    "limit": "$severe",
    "grid": "$grid",
}
EDGES: Final[dict[Tone, str]] = {"running": "$after", "few": "$line-strong"}
WIDTHS: Final[dict[Tone, float]] = {
    "before": 2,
    "after": 2.5,
    "weeks": 1.25,
    "cycle": 1.5,
    "grid": 1.5,
    "limit": 1.5,
}
MEAN_WIDTH: Final = 5
SIZES: Final[dict[Tone, int]] = {"before": 12, "weeks": 7}
PLACEMENTS: Final[dict[Placement, str]] = {
    "above": "top center",
    "below": "bottom center",
    "right": "top right",
    "inside": "inside",
}
ANCHORS: Final[dict[Anchor, str]] = {"start": "left", "middle": "center", "end": "right"}


def build_figure(chart: Chart) -> Figure:
    """Build data, layout and config for plotly. Texts that need a wide chart appear on hover only."""
    traces: list[Figure] = []
    for curves in chart.curves:
        # All curves of a kind are one line with a break after each; a trace for each would double the size.
        rounded_ys = {y: round_value(y) for line in curves.lines for y in set(line)}
        traces.append({
            "type": "scatter", "mode": "lines", "connectgaps": False, "hoverinfo": "skip",
            "x": [*curves.x, None] * len(curves.lines),
            "y": [y for line in curves.lines for y in (*[rounded_ys[y] for y in line], None)],
            "line": {"color": COLOURS[curves.tone], "width": WIDTHS[curves.tone]},
        })  # fmt: skip
    # A value shares its text with the page by its index.
    numbers = {value.x: number for number, value in enumerate(chart.values)}
    for series in chart.series:
        values = series.values
        common = {
            "x": [value.x for value in values],
            "y": [round_value(value.y) for value in values],
            "text": [
                "<br>".join(map(escape_text, value.label)) if fits_narrow(value) else "" for value in values
            ],
            "customdata": [numbers[value.x] for value in values],
            "hoverinfo": "text",
            "cliponaxis": False,
            "textfont": {"size": 16, "color": "$text", "weight": 600},
        }
        traces.append(common | (style_bars(values) if series.kind == "bars" else style_points(series)))
    return {"data": traces, "layout": build_layout(chart), "config": CONFIG}


def fits_narrow(item: Tick | Value | Rule | TextNote) -> bool:
    return item.only != "wide"


def build_layout(chart: Chart) -> Figure:
    frame = chart.frame
    axis = {"color": "$text-2", "zeroline": False}
    return {
        "font": {"family": FONT, "size": 14, "color": "$text-2"},
        "separators": get_format("DECIMAL_SEPARATOR") + get_format("THOUSAND_SEPARATOR"),
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "$surface", "bordercolor": "$line-strong", "font": {"color": "$text"}},
        "dragmode": "zoom",
        "bargap": 0.34,
        "margin": {"l": 34, "r": 12, "t": frame.top, "b": frame.bottom},
        "height": frame.height,
        "xaxis": axis
        | {"showgrid": False, "linecolor": "$line-strong", "ticks": "", "tickangle": 0}
        | axis_range(chart.x)
        | (
            {"title": {"text": escape_text(chart.x.title), "font": {"size": 14}, "standoff": 6}}
            if chart.x.title
            else {}
        ),
        "yaxis": axis | {"gridcolor": "$grid", "fixedrange": True} | axis_range(chart.y),
        "shapes": build_shapes(chart),
        "annotations": build_annotations(chart),
        # Keep the zoom when the colours change.
        "uirevision": "same",
    }


def axis_range(axis: Axis) -> Figure:
    ticks: list[Tick] = [tick for tick in axis.ticks if fits_narrow(tick)]
    return {
        "range": [axis.low, axis.high],
        "tickvals": [tick.at for tick in ticks],
        "ticktext": ["<br>".join(map(escape_text, tick.lines)) for tick in ticks],
    }


def escape_text(text: str) -> str:
    """Escape text, because plotly interprets tags and entities."""
    return escape(text, quote=False)


def round_value(y: float | None) -> float | None:
    """Round to four decimals: fewer might be displayed differently from the table."""
    return None if y is None else round(y, 4)


def collapse_equal(values: list[Any]) -> Any:
    """Return a single value if all are equal."""
    return values[0] if len(set(values)) == 1 else values


def style_bars(values: Sequence[Value]) -> Figure:
    return {
        "type": "bar",
        "textposition": collapse_equal(
            ["inside" if value.placement == "inside" else "outside" for value in values]
        ),
        "insidetextanchor": "end",
        "insidetextfont": {"size": 16, "color": "$surface", "weight": 600},
        "marker": {
            "color": collapse_equal([COLOURS[value.tone] for value in values]),
            "line": {
                "color": collapse_equal([EDGES.get(value.tone, CLEAR) for value in values]),
                "width": collapse_equal([1.5 if value.tone in EDGES else 0 for value in values]),
            },
            "cornerradius": 4,
        },
    }


def style_points(series: Series) -> Figure:
    values = series.values
    drawn: Figure = {
        "type": "scatter",
        "mode": "lines+markers+text" if series.line else "markers",
        "textposition": collapse_equal([PLACEMENTS[value.placement] for value in values]),
        "marker": {
            "opacity": 1,
            "size": collapse_equal([SIZES.get(value.tone, 10) for value in values]),
            "color": collapse_equal(
                ["$surface" if value.tone == "running" else COLOURS[value.tone] for value in values]
            ),
        },
    }
    if series.line:
        drawn["connectgaps"] = False
        drawn["line"] = {"color": COLOURS[series.line], "width": WIDTHS[series.line]}
        drawn["marker"]["line"] = {"color": COLOURS[series.line], "width": 2}
    return drawn


def build_shapes(chart: Chart) -> list[Figure]:
    """Build the rules, then the lines of the brackets below the axis."""
    rules = [
        {
            "type": "line", "x0": rule.x0, "x1": rule.x1, "y0": rule.y0, "y1": rule.y1,
            "line": {
                "color": COLOURS[rule.tone],
                "width": MEAN_WIDTH if rule.above and rule.tone != "limit" else WIDTHS[rule.tone],
            },
            "layer": "above" if rule.above else "below",
        }
        for rule in chart.rules
        if fits_narrow(rule)
    ]  # fmt: skip
    position = -(chart.frame.bottom - 50) / chart.frame.plot
    brackets = [
        {
            "type": "line", "xref": "x", "yref": "paper", "x0": bracket.x0, "x1": bracket.x1,
            "y0": position, "y1": position,
            "line": {"color": "$line-strong", "width": 1},
        }
        for bracket in chart.brackets
    ]  # fmt: skip
    return [*rules, *brackets]


def build_annotations(chart: Chart) -> list[Figure]:
    """Build the notes, then two annotations for each bracket.

    Two, because <b> would need inline styles, which the content policy forbids.
    """
    notes = [
        ({"y": 1, "yref": "paper"} if note.y is None else {"y": note.y, "yshift": note.lift - 6}) | {
            "x": note.x, "xanchor": ANCHORS[note.anchor], "yanchor": "bottom", "showarrow": False,
            "text": "<br>".join(map(escape_text, note.lines)),
            "font": {
                "size": 14, "color": "$text" if note.strong and note.y is None else "$text-2",
                "weight": 600 if note.strong else 400,
            },
        }
        for note in chart.notes
        if fits_narrow(note)
    ]  # fmt: skip
    top = chart.frame.bottom - 50
    brackets = [
        {
            "x": bracket.x0, "xref": "x", "y": -(top + offset) / chart.frame.plot, "yref": "paper", "xanchor": "left",
            "yanchor": "top", "showarrow": False, "text": escape_text(text),
            "font": {"size": 14, "color": "$text-2", "weight": weight},
        }
        for bracket in chart.brackets
        for text, offset, weight in ((bracket.title, 4, 600), (bracket.detail, 21, 400))
        if text
    ]  # fmt: skip
    return [*notes, *brackets]
