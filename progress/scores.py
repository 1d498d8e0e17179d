"""Scores: the page with its form, and the chart of totals against sessions, on the dashboard too."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.models import Record
from core import formatting
from core.dates import list_months, local_date
from core.form_actions import save_form
from progress.charts import MARK_WIDTH, PALETTES, PHONE_WIDTH, Figure, Palette, apart, both, layout
from treatments.actions import save_score
from treatments.domain.scores import ScoreCourse, band, build_courses, kind_name, number
from treatments.forms import ScoreForm
from treatments.models import Score

# Widths in px: of a chart on a desk, of a total with its decimal, and from line to line.
CHART_WIDTH = 460
LABEL_WIDTH = 48
LINES_APART = 30


def scores_chart(course: ScoreCourse, sessions: Sequence[date], palette: Palette, narrow: bool) -> Figure:
    """Totals as joined points over time, and a thin line with a diamond at each session."""
    totals = [float(row.score) for row in course.rows]
    low, high = (36, 78) if course.instrument == Score.Instrument.HIT6 else (0, max([100.0, *totals]))
    picture = layout(palette, narrow, high)
    picture["height"] = 232 if narrow else 260
    picture["margin"] = {"l": 34, "r": 12, "t": 30, "b": 46}
    span = high - low
    picture["yaxis"] |= {"range": [low - span * 0.04, high + span * 0.12], "dtick": 10 if span < 60 else 50}
    edges = axis(course, sessions)
    picture["xaxis"] |= {"range": edges, **ticks(edges, 4 if narrow else 8)}
    a_pixel = (edges[1] - edges[0]) / (PHONE_WIDTH if narrow else CHART_WIDTH)
    mark_sessions(picture, [on.toordinal() for on in sessions], a_pixel, palette)
    return {"data": [points(totals, course, a_pixel, palette)], "layout": picture}


def mark_sessions(picture: Figure, places: Sequence[int], a_pixel: float, palette: Palette) -> None:
    """A diamond for each session that has room, and a thin line below it where lines would not be stripes."""
    if apart(places, LINES_APART * a_pixel) == list(places):
        picture["shapes"] += [session_line(place, palette) for place in places]
    for place in apart(places, MARK_WIDTH * a_pixel):
        picture["annotations"].append(
            {
                "x": place, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False, "text": "◆",
                "font": {"size": 14, "color": palette["text-2"]},
            }
        )  # fmt: skip


def axis(course: ScoreCourse, sessions: Sequence[date]) -> list[int]:
    """From the first to the last of totals and sessions, as ordinals, with room on both sides."""
    days = [row.date.toordinal() for row in course.rows] + [on.toordinal() for on in sessions]
    room = max(7, (max(days) - min(days)) // 12)
    return [min(days) - room, max(days) + room]


def ticks(edges: Sequence[int], most: int) -> dict[str, Any]:
    """The first days of months between two ordinals, every so many months that there are not more than `most`."""
    first, last = date.fromordinal(edges[0]), date.fromordinal(edges[1])
    number_of_months = (last.year - first.year) * 12 + last.month - first.month
    months = [day for day in list_months(last, number_of_months + 1) if day >= first]
    step = next((size for size in (1, 2, 3, 6, 12, 24, 60) if len(months) / size <= most), 120)
    shown = [day for day in months if ((day.year * 12) + day.month - 1) % step == 0]
    return {
        "tickvals": [day.toordinal() for day in shown],
        "ticktext": [f"{formatting.short_month(day)}<br>{day.year}" for day in shown],
        "tickangle": 0,
    }


def session_line(place: int, palette: Palette) -> dict[str, Any]:
    return {
        "type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": palette["grid"], "width": 1.5}, "layer": "below",
    }  # fmt: skip


def labelled(places: Sequence[int], distance: float) -> set[int]:
    """The totals whose number has room: the last one, and before it what stands apart from it and each other."""
    taken = apart(places[:-1], distance)
    return {*(place for place in taken if places[-1] - place >= distance), places[-1]}


def points(totals: list[float], course: ScoreCourse, a_pixel: float, palette: Palette) -> dict[str, Any]:
    places = [row.date.toordinal() for row in course.rows]
    numbered = labelled(places, LABEL_WIDTH * a_pixel)
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": places,
        "y": totals,
        "text": [number(row.score) if row.date.toordinal() in numbered else "" for row in course.rows],
        # The first one leans away from the numbers of the axis.
        "textposition": ["top center" if index else "top right" for index in range(len(places))],
        "textfont": {"size": 16, "color": palette["text"]},
        "cliponaxis": False,
        "line": {"color": palette["after"], "width": 2.5},
        "marker": {"color": palette["after"], "size": 10, "line": {"color": palette["surface"], "width": 2}},
    }


def value_words(row: Score) -> str:
    """One total in words."""
    words = _("%(day)s: %(score)s") % {"day": formatting.day(row.date), "score": number(row.score)}
    said = band(row.instrument, row.score)
    return _("%(words)s, %(band)s") % {"words": words, "band": said} if said else words


def scores_context(
    rows: Sequence[Score], sessions: Sequence[date], drawn: Sequence[str] = Score.Instrument.values
) -> dict[str, Any]:
    """Each questionnaire with its table, and those of `drawn` with their chart; sessions: the dates of all."""
    first = min(sessions, default=None)
    return {
        "scores": [
            (course, scores_figure(course, sessions) if course.instrument in drawn else None, table(course))
            for course in build_courses(rows, first)
        ]
    }


def scores_figure(course: ScoreCourse, sessions: Sequence[date]) -> Figure | None:
    """None for a single total, which needs no chart."""
    if len(course.rows) < 2:
        return None
    values = [(row.date.toordinal(), value_words(row)) for row in course.rows]
    return both(scores_chart, course, sessions, wide=values, narrow=values)


def table(course: ScoreCourse) -> list[tuple[Score, str, str]]:
    return [(row, number(row.score), band(row.instrument, row.score)) for row in course.rows]


@require_http_methods(["GET", "HEAD", "POST"])
def scores(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """All totals with their charts; a form for one more, or to correct one."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    kept = get_own_or_404(record, Score, pk=pk) if pk else Score(record=record)
    start = {} if pk else {"date": today.isoformat()}
    form = ScoreForm(request.POST or None, instance=kept, today=today, initial=start)
    if request.method == "POST" and save_form(form, lambda: save_score(record=record, score=form.instance)):
        name = kind_name(form.instance.instrument, form.instance.scale)
        messages.success(request, _("%(name)s is saved.") % {"name": name})
        return redirect("scores")
    context = {
        "form": form,
        "pk": pk,
        "palettes": PALETTES,
        **scores_context(list(record.scores.all()), session_dates(record)),
    }
    return render(request, "progress/scores.html", context, status=422 if form.errors else 200)


def session_dates(record: Record) -> list[date]:
    return list(record.sessions.values_list("date", flat=True))


@require_POST
def delete_score(request: PersonRequest, pk: int) -> HttpResponse:
    kept = get_own_or_404(get_own_record(request), Score, pk=pk)
    kept.delete()
    messages.success(request, _("The total of %(day)s is deleted.") % {"day": formatting.day(kept.date)})
    return redirect("scores")
