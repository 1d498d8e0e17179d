"""The questionnaires, each with its chart and its table, and the goals."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from charts.picture import draw_pictures
from progress.charts.scores import scores_chart
from progress.dashboard.source import PageSource
from treatments.actions import load_latest_goals
from treatments.domain.scores import build_courses, describe_band, format_score
from treatments.models import Score

# The three scales of MSQ would add three charts; the progress page shows their totals in one table.
CHARTED = (Score.Instrument.HIT6, Score.Instrument.MIDAS)


def page_context(source: PageSource) -> dict[str, Any]:
    """Return the scores and goals up to the day of the page. It does not depend on the diary."""
    record, as_of = source.record, source.key.as_of
    scores = list(record.scores.filter(date__lte=as_of))
    sessions = [day for day in source.diary.sessions if day <= as_of]
    context = scores_context(scores, sessions, CHARTED)
    return {
        **context,
        "goals": load_latest_goals(record, as_of),
        "has_charts": any(chart for _course, chart, _rows in context["scores"]),
    }


def scores_context(
    scores: Sequence[Score], sessions: Sequence[date], charted: Sequence[str] = Score.Instrument.values
) -> dict[str, Any]:
    """Return each questionnaire with its table, and with a chart if its instrument is in `charted`.

    sessions: the dates of all sessions. A single total needs no chart. A row of the table is a total with its number
    and its published band, "" where none is published.
    """
    questionnaires = []
    for course in build_courses(scores, min(sessions, default=None)):
        has_chart = course.instrument in charted and len(course.scores) > 1
        rows = [
            (score, format_score(score.score), describe_band(score.instrument, score.score))
            for score in course.scores
        ]
        chart = draw_pictures([scores_chart(course, sessions)]) if has_chart else None
        questionnaires.append((course, chart, rows))
    return {"scores": questionnaires}
