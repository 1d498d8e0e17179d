"""Charts as plain plotly dicts: pure functions of rows, a palette and a width. Nothing queries or translates here
but the few words on the chart itself."""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final, TypeVar

from django.utils.translation import gettext as _

from core import formatting
from progress.presentation.confounders import Annotation, place_on_axis
from progress.presentation.medication import Month
from progress.presentation.periods import BEFORE, FEW, MOST_POINTS, MOST_SHOWN, RUNNING, Period

Figure = dict[str, Any]
Palette = Mapping[str, str]
# Where a value stands on the axis, and the value in words.
Values = Sequence[tuple[float, str]]
Place = TypeVar("Place", bound=float)

# The chart's share of static/css/tokens.css; tests hold the two together.
LIGHT: Final[Palette] = {
    "text": "#2a2722",
    "text-2": "#565047",
    "surface": "#faf8f3",
    "line-strong": "#837b6c",
    "before": "#7d7566",
    "after": "#2f7a6c",
    "after-soft": "#cfe0d8",
    "moderate": "#a8562f",
    "severe": "#7a2f46",
    "grid": "#ddd7ca",
}
DIM: Final[Palette] = {
    "text": "#bbb4a7",
    "text-2": "#a49c8f",
    "surface": "#1b1916",
    "line-strong": "#857b6d",
    "before": "#857c6f",
    "after": "#628c80",
    "after-soft": "#2b3d37",
    "moderate": "#ad7d5a",
    "severe": "#b98a86",
    "grid": "#332e27",
}
PALETTES: Final[Mapping[str, Palette]] = {"light": LIGHT, "dim": DIM}
# What a chart carries on a page instead of colours: their names, which static/js/plots.js fills in by theme.
NAMES: Final[Palette] = {name: f"${name}" for name in LIGHT}
CONFIG: Final = {"displayModeBar": False, "staticPlot": True, "responsive": False}
CLEAR: Final = "rgba(0,0,0,0)"
# A number above a bar takes about this share of the height.
LABEL_SHARE: Final = 0.11
# Widths in px: of a triangle, of a session's number under a phone's chart, of both charts, of a letter.
MARK_WIDTH: Final = 14
TICK_WIDTH: Final = 22
PHONE_WIDTH: Final = 280
DESK_WIDTH: Final = 1000
LETTER_WIDTH: Final = 7.5
FONT: Final = "Atkinson Hyperlegible Next, system-ui, sans-serif"

STEPS: Final = (1, 2, 5, 7, 10, 20, 50, 100, 140, 200, 500)


def both(draw: Any, *arguments: Any, wide: Values, narrow: Values) -> Figure:
    """A chart in each width, with its values in words, as static/js/plots.js and reader.js expect it."""
    drawn = {width: draw(*arguments, NAMES, width == "narrow") for width in ("wide", "narrow")}
    return drawn | {"config": CONFIG, "values": {"wide": list(wide), "narrow": list(narrow)}}


def step(top: float) -> int:
    """The distance of grid lines: at most five of them; 7 for days a month, for a week is what people know."""
    if top <= 28:
        return 7 if top > 7 else (2 if top > 2 else 1)
    return next((size for size in STEPS if top / size <= 5), 1000)


def layout(palette: Palette, narrow: bool, top: float) -> Figure:
    """What every chart has in common."""
    axis = {"color": palette["text-2"], "fixedrange": True, "zeroline": False}
    return {
        "font": {"family": FONT, "size": 14, "color": palette["text-2"]},
        "separators": formatting.separators(),
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "showlegend": False,
        "hovermode": False,
        "dragmode": False,
        "bargap": 0.34,
        "margin": {"l": 34, "r": 14 if narrow else 4, "t": 30, "b": 54 if narrow else 104},
        "height": 232 if narrow else 336,
        "xaxis": axis | {"showgrid": False, "linecolor": palette["line-strong"], "ticks": ""},
        "yaxis": axis
        | {
            "gridcolor": palette["grid"],
            "gridwidth": 1,
            "range": [0, top * 1.08],
            "tick0": 0,
            "dtick": step(top),
        },
        "shapes": [],
        "annotations": [],
        "transition": {"duration": 0},
    }


def shown(rows: Sequence[Period], narrow: bool) -> list[Period]:
    """The baseline and the latest periods that fit."""
    return [*rows[:1], *rows[1:][-(MOST_POINTS if narrow else MOST_SHOWN) :]]


def highest(rows: Sequence[Period]) -> float:
    return max([1.0, *(value(row) for row in rows)])


def value(row: Period) -> float:
    """The height of a bar: the figure, or the bare count where there is none."""
    return row.per_28 if row.per_28 is not None else row.count


def periods_chart(
    rows: Sequence[Period], found: Sequence[Annotation], palette: Palette, narrow: bool
) -> Figure:
    """A metric by 28-day period: bars where they are wide enough, a line of points on a phone."""
    drawn = shown(rows, narrow)
    picture = points(drawn, palette) if narrow else bars(drawn, palette)
    places = sorted({where for mark in found if (where := place_on_axis(mark, drawn)) is not None})
    if places:
        width = PHONE_WIDTH if narrow else DESK_WIDTH
        add_marks(picture["layout"], places, apart(places, len(drawn) * MARK_WIDTH / width), palette)
    return picture


def apart(places: Sequence[Place], distance: float) -> list[Place]:
    """Those of some places in order that are so far from the last one taken that words at both have room."""
    taken: list[Place] = []
    for where in places:
        if not taken or where - taken[-1] >= distance:
            taken.append(where)
    return taken


def add_marks(picture: Figure, places: Sequence[float], triangles: Sequence[float], palette: Palette) -> None:
    """A thin line where another preventive was started or ended, and triangles above the numbers of the bars."""
    low, top = picture["yaxis"]["range"]
    picture["yaxis"]["range"] = [low, top * 1.12]
    for where in places:
        picture["shapes"].append(
            {
                "type": "line", "x0": where, "x1": where, "y0": 0, "y1": 1, "yref": "paper",
                "line": {"color": palette["grid"], "width": 1.5}, "layer": "below",
            }
        )  # fmt: skip
    for where in triangles:
        picture["annotations"].append(
            {
                "x": where, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False, "text": "▽",
                "font": {"size": 14, "color": palette["text-2"]},
            }
        )  # fmt: skip


def bar_label(row: Period) -> str:
    number = formatting.whole(value(row))
    if row.state == FEW:
        return _("%(count)s<br>of %(known)s") % {"count": number, "known": row.known}
    return number


def crossed(row: Period, before: Period) -> bool:
    """Whether the baseline would strike through the number above a bar; it then stands inside."""
    if before.per_28 is None or row.state in (FEW, RUNNING, BEFORE):
        return False
    reach = highest([row, before]) * LABEL_SHARE
    return value(row) < before.per_28 < value(row) + reach


def bars(rows: Sequence[Period], palette: Palette) -> Figure:
    fill = {BEFORE: palette["before"], FEW: CLEAR, RUNNING: palette["after-soft"]}
    edge = {FEW: palette["line-strong"], RUNNING: palette["after"]}
    picture = layout(palette, False, highest(rows))
    picture["xaxis"] |= {
        "range": [-0.5, len(rows) - 0.5],
        "tickvals": list(range(len(rows))),
        "ticktext": [f"{row.tick}<br>{row.recorded}/{row.days}" for row in rows],
        "tickangle": 0,
    }
    add_baseline(picture, rows, palette, len(rows) - 0.5, 0.33)
    clear_of_numbers(picture, rows)
    for number, span in groupby(range(1, len(rows)), key=lambda index: rows[index].session):
        add_bracket(picture, rows, list(span), number, palette)
    return {
        "data": [
            {
                "type": "bar",
                "x": list(range(len(rows))),
                "y": [value(row) for row in rows],
                "text": [bar_label(row) for row in rows],
                "textposition": ["inside" if crossed(row, rows[0]) else "outside" for row in rows],
                "insidetextanchor": "end",
                "insidetextfont": {"size": 16, "color": palette["surface"], "weight": 600},
                "textfont": {"size": 16, "color": palette["text"], "weight": 600},
                "cliponaxis": False,
                "marker": {
                    "color": [fill.get(row.state, palette["after"]) for row in rows],
                    "line": {
                        "color": [edge.get(row.state, CLEAR) for row in rows],
                        "width": [1.5 if row.state in edge else 0 for row in rows],
                    },
                    "cornerradius": 4,
                },
            }
        ],
        "layout": picture,
    }


def add_baseline(
    picture: Figure, rows: Sequence[Period], palette: Palette, right: float, left: float
) -> None:
    """The figure before treatment as a line through the years after it, its words at the right end."""
    before = rows[0].per_28
    if before is None:
        return
    words = _("before Botox: %(count)s") % {"count": formatting.whole(before)}
    picture["shapes"].append(
        {
            "type": "line", "x0": left, "x1": right, "y0": before, "y1": before,
            "line": {"color": palette["before"], "width": 2}, "layer": "below",
        }
    )  # fmt: skip
    picture["annotations"].append(
        {
            "x": right, "y": before, "xanchor": "right", "yanchor": "bottom", "showarrow": False,
            "text": words,
            "font": {"size": 14, "color": palette["text-2"], "weight": 600},
        }
    )  # fmt: skip


def clear_of_numbers(picture: Figure, rows: Sequence[Period]) -> None:
    """Lift the words of the baseline above the numbers of the last bars, where they would stand on one."""
    low, top = picture["yaxis"]["range"]
    for label in picture["annotations"]:
        covered = math.ceil(len(label["text"]) * LETTER_WIDTH / (DESK_WIDTH / len(rows)))
        met = [row for row in rows[-covered:] if not crossed(row, rows[0])]
        lines = [bar_label(row).count("<br>") + 1 for row in met if near(row, label["y"], top)]
        if lines:
            label["yshift"] = 20 * max(lines)
            picture["yaxis"]["range"] = [low, top * 1.12]


def near(row: Period, height: float, top: float) -> bool:
    """Whether words at a height would stand on the number of a row, which takes one line or two."""
    lines = bar_label(row).count("<br>") + 1
    return -LABEL_SHARE * top * lines < height - value(row) < LABEL_SHARE * top * lines


def add_bracket(
    picture: Figure, rows: Sequence[Period], span: Sequence[int], number: int, palette: Palette
) -> None:
    """Under the axis: which session the bars belong to, a diamond where it was."""
    left, right, session_date = span[0] - 0.42, span[-1] + 0.42, rows[span[0]].session_date
    picture["shapes"].append(
        {
            "type": "line", "xref": "x", "yref": "paper", "x0": left, "x1": right, "y0": -0.26, "y1": -0.26,
            "line": {"color": palette["line-strong"], "width": 1},
        }
    )  # fmt: skip
    starts_here = rows[span[0]].tick == "1–4"
    wide = len(span) > 1
    words = _("Session %(number)s") % {"number": number} if wide else str(number)
    on = formatting.abbreviated_day(session_date) if session_date and wide else ""
    # Two annotations: pseudo-HTML such as <b> would need inline styles, which the content policy refuses.
    for text, y, weight in ((f"{'◆ ' if starts_here else ''}{words}", -0.28, 600), (on, -0.365, 400)):
        picture["annotations"].append(
            {
                "x": left, "xref": "x", "y": y, "yref": "paper", "xanchor": "left", "yanchor": "top",
                "showarrow": False, "align": "left", "text": text,
                "font": {"size": 14, "color": palette["text-2"], "weight": weight},
            }
        )  # fmt: skip


def labels(known: Sequence[int], rows: Sequence[Period]) -> list[int]:
    """Which points carry their number: the first, the last, and the lowest where there is room for it."""
    if not known:
        return []
    ends = [known[0], known[-1]]
    lowest = min(known, key=lambda index: value(rows[index]))
    room = all(abs(lowest - index) * 300 / len(rows) >= 30 for index in ends)
    return [*ends, lowest] if room else ends


def points(rows: Sequence[Period], palette: Palette) -> Figure:
    """For a phone: a line that breaks where entries lack, labels at the first, the lowest and the last."""
    picture = layout(palette, True, max(1.0, *(row.per_28 or 0 for row in rows)))
    known = [index for index, row in enumerate(rows) if index and row.per_28 is not None]
    labelled = set(labels(known, rows))
    begun = [index for index in range(1, len(rows)) if rows[index].start == rows[index].session_date]
    starts = apart(begun, len(rows) * TICK_WIDTH / PHONE_WIDTH)
    picture["xaxis"] |= {
        "range": [-0.6, len(rows) - 0.4],
        "tickvals": starts,
        "ticktext": [f"◆<br>{rows[index].session}" for index in starts],
        "tickangle": 0,
    }
    add_baseline(picture, rows, palette, len(rows) - 0.4, 0)
    low_line = (rows[0].per_28 or 0) < LABEL_SHARE * picture["yaxis"]["range"][1]
    on_a_dash = low_line and any(row.per_28 is None for row in rows)
    for label in picture["annotations"]:
        # Clear of the points that stand on the line, and of the dashes on the axis.
        label["yshift"] = 24 if on_a_dash else 8
    add_gaps(picture, rows, palette)
    return {
        "data": [
            {
                "type": "scatter", "mode": "markers", "x": [0], "y": [rows[0].per_28],
                "marker": {"size": 12, "color": palette["before"]},
            },
            {
                "type": "scatter", "mode": "lines+markers+text", "connectgaps": False, "cliponaxis": False,
                "x": list(range(1, len(rows))),
                "y": [row.per_28 for row in rows[1:]],
                "text": [
                    formatting.whole(value(row)) if index in labelled else ""
                    for index, row in enumerate(rows) if index
                ],
                "textposition": [
                    "top center" if index == known[0] else "bottom center" for index in range(1, len(rows))
                ] if known else "top center",
                "textfont": {"size": 16, "color": palette["text"], "weight": 600},
                "line": {"color": palette["after"], "width": 2.5},
                "marker": {
                    "size": 10,
                    "color": [palette["surface"] if row.state == RUNNING else palette["after"] for row in rows[1:]],
                    "line": {"color": palette["after"], "width": 2},
                },
            },
        ],
        "layout": picture,
    }  # fmt: skip


def add_gaps(picture: Figure, rows: Sequence[Period], palette: Palette) -> None:
    """A dash on the axis where there are too few entries: unknown is visible."""
    for index, row in enumerate(rows):
        if row.per_28 is None:
            picture["annotations"].append(
                {
                    "x": index, "y": 0, "yanchor": "bottom", "showarrow": False, "text": "–",
                    "font": {"size": 16, "color": palette["text-2"]},
                }
            )  # fmt: skip


def weeks_chart(
    means: Sequence[float | None],
    weeks: Sequence[float | None],
    cycles: Sequence[Sequence[float | None]],
    signal: bool,
    palette: Palette,
    narrow: bool,
) -> Figure:
    """Headache days a week by week since injection: grey points, each cycle thin behind, three four-week means."""
    top = max([2.0, *(one for line in (weeks, *cycles) for one in line if one is not None)])
    picture = layout(palette, narrow, top)
    picture["margin"] |= {"b": 44}
    picture["height"] = 232 if narrow else 300
    picture["yaxis"] |= {"dtick": 1 if top <= 4 else 2, "range": [0, top * 1.15]}
    ticks = list(range(1, 13))
    picture["xaxis"] |= {
        "range": [0.4, 12.6],
        "tickvals": [1, 4, 5, 8, 9, 12] if narrow else ticks,
        "title": {
            "text": _("week since the injection; left: days a week"),
            "font": {"size": 14},
            "standoff": 6,
        },
    }
    # One line with a break after each cycle: a trace for each would double the page of a long treatment.
    thin = {
        "type": "scatter", "mode": "lines", "connectgaps": False,
        "x": [x for _line in cycles for x in (*ticks, None)],
        "y": [y for line in cycles for y in (*line, None)],
        "line": {"color": palette["grid"], "width": 1.5},
    }  # fmt: skip
    points_of_all = {
        "type": "scatter", "mode": "lines+markers", "x": ticks, "y": list(weeks), "connectgaps": False,
        "line": {"color": palette["line-strong"], "width": 1.25},
        "marker": {"size": 7, "color": palette["line-strong"]},
    }  # fmt: skip
    for index, level in enumerate(means):
        if level is not None:
            add_mean(picture, index, level, signal, palette, narrow)
    return {"data": [thin, points_of_all] if len(cycles) > 1 else [points_of_all], "layout": picture}


def add_mean(picture: Figure, index: int, level: float, signal: bool, palette: Palette, narrow: bool) -> None:
    """One thick bar for four weeks, with its month figure as a head above the plot."""
    left = 4 * index + 0.6
    colour = palette["moderate"] if signal and index == 2 else palette["after"]
    picture["shapes"].append(
        {
            "type": "line", "x0": left, "x1": left + 3.8, "y0": level, "y1": level,
            "line": {"color": colour, "width": 5},
        }
    )  # fmt: skip
    picture["annotations"].append(
        {
            "x": left + 1.9, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
            "text": _("%(count)s a month") % {"count": formatting.whole(level * 4)},
            # Three heads of two digits side by side on a phone.
            "font": {"size": 14 if narrow else 16, "color": palette["text"], "weight": 600},
        }
    )  # fmt: skip


def medication_chart(months: Sequence[Month], limit: int | None, palette: Palette, narrow: bool) -> Figure:
    """Days with a group of medicines by month, the published line across."""
    top = float(max([limit or 0, 4, *(month.days for month in months)]))
    picture = layout(palette, narrow, top)
    picture["margin"] |= {"b": 30}
    picture["height"] = 232 if narrow else 260
    picture["yaxis"] |= {"dtick": 5, "range": [0, top * 1.15]}
    places = list(range(len(months)))
    picture["xaxis"] |= {
        "range": [-0.5, len(months) - 0.5],
        "tickvals": places,
        "ticktext": [formatting.short_month(month.first) for month in months],
    }
    if limit is not None:
        add_limit(picture, len(months) - 0.5, limit, palette)
    return {
        "data": [
            {
                "type": "bar", "x": places, "y": [month.days for month in months],
                "text": [str(month.days) for month in months], "textposition": "outside", "cliponaxis": False,
                "textfont": {"size": 16, "color": palette["text"], "weight": 600},
                "marker": {
                    "color": [palette["after-soft"] if month.running else palette["after"] for month in months],
                    "line": {"color": palette["after"], "width": [1.5 if month.running else 0 for month in months]},
                    "cornerradius": 4,
                },
            }
        ],
        "layout": picture,
    }  # fmt: skip


def add_limit(picture: Figure, right: float, limit: int, palette: Palette) -> None:
    picture["shapes"].append(
        {
            "type": "line", "x0": -0.5, "x1": right, "y0": limit, "y1": limit,
            "line": {"color": palette["severe"], "width": 1.5},
        }
    )  # fmt: skip
    picture["annotations"].append(
        {
            "x": right, "y": limit, "xanchor": "right", "yanchor": "bottom", "showarrow": False,
            "text": _("published line: %(limit)s days") % {"limit": limit},
            "font": {"size": 14, "color": palette["text"]},
        }
    )  # fmt: skip
