"""The questionnaires of the dashboard and of the page of scores: each with its chart and its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from charts.picture import draw_pictures
from progress.charts.scores import scores_chart
from treatments.domain.scores import build_courses, describe_band, format_score
from treatments.models import Impression, InjectionSession, Score


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


@dataclass(frozen=True, slots=True)
class SessionImpression:
    """A session with its number and its overall impression, None without an answer."""

    number: int
    session: InjectionSession
    impression: Impression | None


def build_impressions(sessions: Sequence[InjectionSession]) -> list[SessionImpression]:
    """Return the latest session first, and of the earlier ones those with an answer. sessions: ascending."""
    rows = [
        SessionImpression(number, session, getattr(session, "impression", None))
        for number, session in enumerate(sessions, start=1)
    ][::-1]
    return [row for row in rows if row.impression is not None or row is rows[0]]
