"""A chart as a figure of plotly, a plain dict, for who explores it.

static/js/charts/explore.js fills in what the page has already: the colours, which stand in it by the names of
static/css/tokens.css such as "$after", and the words of each value, which stand in it by their number (customdata).
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from core import formatting
from progress.charts.base import Anchor, Axis, Chart, Curves, Note, Placement, Rule, Series, Tick, Tone, Value

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


def figure(chart: Chart) -> Figure:
    """What plotly needs to show a chart: data, layout, config. Texts that need a wide chart are left to the pointer."""
    return {
        "data": [*curves(chart), *traces(chart)],
        "layout": layout(chart),
        "config": CONFIG,
    }


def fits(item: Tick | Value | Rule | Note) -> bool:
    return item.only != "wide"


def layout(chart: Chart) -> Figure:
    frame = chart.frame
    axis = {"color": "$text-2", "zeroline": False}
    return {
        "font": {"family": FONT, "size": 14, "color": "$text-2"},
        "separators": formatting.separators(),
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
            {"title": {"text": plain(chart.x.title), "font": {"size": 14}, "standoff": 6}}
            if chart.x.title
            else {}
        ),
        "yaxis": axis | {"gridcolor": "$grid", "fixedrange": True} | axis_range(chart.y),
        "shapes": [*(rule_shape(rule) for rule in chart.rules if fits(rule)), *bracket_shapes(chart)],
        "annotations": [*notes(chart), *bracket_notes(chart)],
        # The part that was zoomed to stays when the colours change.
        "uirevision": "same",
    }


def axis_range(axis: Axis) -> Figure:
    shown: list[Tick] = [tick for tick in axis.ticks if fits(tick)]
    return {
        "range": [axis.low, axis.high],
        "tickvals": [tick.at for tick in shown],
        "ticktext": ["<br>".join(map(plain, tick.lines)) for tick in shown],
    }


def plain(text: str) -> str:
    """Text as itself: plotly reads tags and entities."""
    return escape(text, quote=False)


def rounded(y: float | None) -> float | None:
    """More decimals are only bytes; with fewer, a figure rounded again may differ from the table's."""
    return None if y is None else round(y, 4)


def shared(values: list[Any]) -> Any:
    """One value for all where all have the same."""
    return values[0] if len(set(values)) == 1 else values


def labels(values: Iterable[Value]) -> list[str]:
    return ["<br>".join(map(plain, value.label)) if fits(value) else "" for value in values]


def curves(chart: Chart) -> list[Figure]:
    return [curve(found) for found in chart.curves]


def curve(found: Curves) -> Figure:
    """All curves of a kind as one line with a break after each: a trace for each would double a long treatment."""
    short = {y: rounded(y) for line in found.lines for y in set(line)}
    return {
        "type": "scatter", "mode": "lines", "connectgaps": False, "hoverinfo": "skip",
        "x": [*found.x, None] * len(found.lines),
        "y": [y for line in found.lines for y in (*[short[y] for y in line], None)],
        "line": {"color": COLOURS[found.tone], "width": WIDTHS[found.tone]},
    }  # fmt: skip


def traces(chart: Chart) -> list[Figure]:
    numbers = {value.x: number for number, value in enumerate(chart.values)}
    return [trace(series, numbers) for series in chart.series]


def trace(series: Series, numbers: Mapping[float, int]) -> Figure:
    """The values of a series. numbers: which of the chart's values stands where, for the words that are read out."""
    values = series.values
    common = {
        "x": [value.x for value in values],
        "y": [rounded(value.y) for value in values],
        "text": labels(values),
        "customdata": [numbers[value.x] for value in values],
        "hoverinfo": "text",
        "cliponaxis": False,
        "textfont": {"size": 16, "color": "$text", "weight": 600},
    }
    return common | (bars(values) if series.kind == "bars" else points(series, values))


def bars(values: Sequence[Value]) -> Figure:
    return {
        "type": "bar",
        "textposition": shared(["inside" if value.placement == "inside" else "outside" for value in values]),
        "insidetextanchor": "end",
        "insidetextfont": {"size": 16, "color": "$surface", "weight": 600},
        "marker": {
            "color": shared([COLOURS[value.tone] for value in values]),
            "line": {
                "color": shared([EDGES.get(value.tone, CLEAR) for value in values]),
                "width": shared([1.5 if value.tone in EDGES else 0 for value in values]),
            },
            "cornerradius": 4,
        },
    }


def points(series: Series, values: Sequence[Value]) -> Figure:
    drawn: Figure = {
        "type": "scatter",
        "mode": "lines+markers+text" if series.line else "markers",
        "textposition": shared([PLACEMENTS[value.placement] for value in values]),
        "marker": {
            "opacity": 1,
            "size": shared([SIZES.get(value.tone, 10) for value in values]),
            "color": shared(
                ["$surface" if value.tone == "running" else COLOURS[value.tone] for value in values]
            ),
        },
    }
    if series.line:
        drawn["connectgaps"] = False
        drawn["line"] = {"color": COLOURS[series.line], "width": WIDTHS[series.line]}
        drawn["marker"]["line"] = {"color": COLOURS[series.line], "width": 2}
    return drawn


def rule_shape(rule: Rule) -> Figure:
    is_mean = rule.above and rule.tone != "limit"
    return {
        "type": "line", "x0": rule.x0, "x1": rule.x1, "y0": rule.y0, "y1": rule.y1,
        "line": {"color": COLOURS[rule.tone], "width": MEAN_WIDTH if is_mean else WIDTHS[rule.tone]},
        "layer": "above" if rule.above else "below",
    }  # fmt: skip


def notes(chart: Chart) -> list[Figure]:
    return [note(one) for one in chart.notes if fits(one)]


def note(words: Note) -> Figure:
    at = {"y": 1, "yref": "paper"} if words.y is None else {"y": words.y, "yshift": words.lift - 6}
    return at | {
        "x": words.x, "xanchor": ANCHORS[words.anchor], "yanchor": "bottom", "showarrow": False,
        "text": "<br>".join(map(plain, words.lines)),
        "font": {
            "size": 14, "color": "$text" if words.strong and words.y is None else "$text-2",
            "weight": 600 if words.strong else 400,
        },
    }  # fmt: skip


def bracket_shapes(chart: Chart) -> list[Figure]:
    at = -(chart.frame.bottom - 50) / chart.frame.plot
    return [
        {
            "type": "line", "xref": "x", "yref": "paper", "x0": one.x0, "x1": one.x1, "y0": at, "y1": at,
            "line": {"color": "$line-strong", "width": 1},
        }
        for one in chart.brackets
    ]  # fmt: skip


def bracket_notes(chart: Chart) -> list[Figure]:
    """Two annotations: pseudo-HTML such as <b> would need inline styles, which the content policy refuses."""
    top = chart.frame.bottom - 50
    return [
        {
            "x": one.x0, "xref": "x", "y": -(top + down) / chart.frame.plot, "yref": "paper", "xanchor": "left",
            "yanchor": "top", "showarrow": False, "text": plain(text),
            "font": {"size": 14, "color": "$text-2", "weight": weight},
        }
        for one in chart.brackets
        for text, down, weight in ((one.title, 4, 600), (one.detail, 21, 400))
        if text
    ]  # fmt: skip
