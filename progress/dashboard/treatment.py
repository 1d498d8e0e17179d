"""The treatment's part of the dashboard: what to expect, what was given, side effects, scores, goals, facts."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from accounts.models import Record as RecordRow
from progress.figures.engine import Figures
from progress.figures.metric_index import MetricIndex
from progress.presentation.eligibility import eligibility_facts
from progress.presentation.expectations import expectations
from progress.scores import scores_context
from treatments.actions import load_latest_goals, sessions_until, side_effects_context
from treatments.domain.schedule import NextSession
from treatments.models import Preventive, Score

# The three scales of MSQ would be three more charts; the dashboard has their sentence and their table.
DRAWN = (Score.Instrument.HIT6, Score.Instrument.MIDAS)


def treatment_context(
    answers: MetricIndex, figures: Figures, coming: NextSession | None, preventives: Iterable[Preventive]
) -> dict[str, Any]:
    """What shows the diary beside the treatment: what to expect, and the facts clinics ask for.

    coming is None where the page shows an earlier day, which has nothing to come.
    """
    return {
        "expected": expectations(answers, answers.sessions, coming, figures.as_of),
        "facts": eligibility_facts(
            answers, figures.baseline, [(one.name, one.started) for one in preventives]
        ),
    }


def given_context(row: RecordRow, as_of: date) -> dict[str, Any]:
    """What does not show the diary, up to as_of. Four queries: sessions, side effects, goals, scores."""
    given = sessions_until(row, as_of)
    dates = [session.date for session in given]
    return {
        "given": list(enumerate(given, start=1))[::-1],
        "goals": load_latest_goals(row, as_of),
        **side_effects_context(row, given, as_of),
        **scores_context(list(row.scores.filter(date__lte=as_of)), dates, DRAWN),
    }
