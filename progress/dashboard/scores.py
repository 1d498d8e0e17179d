"""The questionnaires, each with its chart and its table, and the goals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Record
from charts.picture import draw_pictures
from progress.charts.scores import scores_chart
from progress.dashboard.source import PageSource
from treatments.actions import load_latest_goals
from treatments.domain.scores import build_courses, describe_band, format_score
from treatments.models import Impression, InjectionSession, Score

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
        "impressions": load_impressions(record, sessions),
        "has_charts": any(chart for _course, chart, _rows in context["scores"]),
    }


def load_impressions(record: Record, sessions: Sequence[date]) -> list[tuple[int, Impression]]:
    """Return the overall impressions of sessions with the numbers of these, the latest first. One query."""
    numbers = {day: number for number, day in enumerate(sessions, start=1)}
    impressions = Impression.objects.filter(session__record=record).select_related("session")
    rows = [(numbers[one.session.date], one) for one in impressions if one.session.date in numbers]
    return sorted(rows, key=lambda row: -row[0])


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
