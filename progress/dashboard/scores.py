"""The questionnaires of the dashboard and of the page of scores: each with its chart and its table."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from progress.charts.page import Picture, draw_pictures
from progress.charts.scores import scores_chart
from treatments.domain.scores import ScoreCourse, build_courses, describe_band, format_score
from treatments.models import Score


def scores_context(
    scores: Sequence[Score], sessions: Sequence[date], charted: Sequence[str] = Score.Instrument.values
) -> dict[str, Any]:
    """Return each questionnaire with its table, and with a chart if its instrument is in `charted`.

    sessions: the dates of all sessions.
    """
    first_session = min(sessions, default=None)
    return {
        "scores": [
            (
                course,
                draw_scores(course, sessions) if course.instrument in charted else None,
                build_rows(course),
            )
            for course in build_courses(scores, first_session)
        ]
    }


def draw_scores(course: ScoreCourse, sessions: Sequence[date]) -> list[Picture] | None:
    """Draw the totals over time; None for a single total, which needs no chart."""
    return draw_pictures([scores_chart(course, sessions)]) if len(course.scores) > 1 else None


def build_rows(course: ScoreCourse) -> list[tuple[Score, str, str]]:
    """Return each total with its number and its published band; "" where none is published."""
    return [
        (score, format_score(score.score), describe_band(score.instrument, score.score))
        for score in course.scores
    ]
