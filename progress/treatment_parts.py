"""The treatment's part of the dashboard: what to expect, what was given, side effects, scores, goals, facts."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from accounts.models import Record as RecordRow
from progress.eligibility import facts
from progress.expect import expected
from progress.figures.answers import Answers
from progress.figures.engine import Figures
from progress.scores import scores_context
from treatments.actions import effects_of, sessions_with_all
from treatments.models import InjectionSession, Preventive, Score
from treatments.schedule import NextSession
from treatments.sites import layout_of, totals

# The three scales of MSQ would be three more charts; the dashboard has their sentence and their table.
DRAWN = (Score.Instrument.HIT6, Score.Instrument.MIDAS)


def treatment_context(
    row: RecordRow,
    answers: Answers,
    figures: Figures,
    coming: NextSession | None,
    preventives: Iterable[Preventive],
) -> dict[str, Any]:
    """Everything of the treatment up to as_of. Six queries: sessions and what hangs on them, and scores.

    coming is None where the page shows an earlier day, which has nothing to come.
    """
    as_of = figures.as_of
    sessions = sessions_with_all(row, as_of)
    dates = [session.date for session in sessions]
    return {
        "expected": expected(answers, dates, coming, as_of),
        "given": [given(number, session) for number, session in enumerate(sessions, start=1)][::-1],
        "goals": goals(sessions),
        "facts": facts(answers, figures.baseline, [(one.name, one.started) for one in preventives]),
        **effects_of(sessions, as_of),
        **scores_context([score for score in row.scores.all() if score.date <= as_of], dates, DRAWN),
    }


def given(number: int, session: InjectionSession) -> tuple[int, InjectionSession, int]:
    """Number, session, and how many sites are known."""
    return number, session, totals(layout_of(session.injections.all())).sites


def goals(sessions: list[InjectionSession]) -> list[tuple[date, list[Any]]]:
    """The goals of the last two sessions that have some, the latest first."""
    found = [(session.date, list(session.goals.all())) for session in reversed(sessions)]
    return [(on, rows) for on, rows in found if rows][:2]
