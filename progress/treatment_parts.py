"""The treatment's part of the dashboard: what to expect, what was given, side effects, scores, goals, facts."""

from collections.abc import Iterable
from typing import Any

from accounts.models import Record as RecordRow
from progress.eligibility import facts
from progress.expect import expected
from progress.figures.answers import Answers
from progress.figures.engine import Figures
from progress.scores import scores_context
from treatments.actions import effects_of, given_up_to, latest_goals
from treatments.models import Preventive, Score
from treatments.schedule import NextSession

# The three scales of MSQ would be three more charts; the dashboard has their sentence and their table.
DRAWN = (Score.Instrument.HIT6, Score.Instrument.MIDAS)


def treatment_context(
    row: RecordRow,
    answers: Answers,
    figures: Figures,
    coming: NextSession | None,
    preventives: Iterable[Preventive],
) -> dict[str, Any]:
    """Everything of the treatment up to as_of. Four queries: sessions, side effects, goals, scores.

    coming is None where the page shows an earlier day, which has nothing to come.
    """
    as_of = figures.as_of
    given = given_up_to(row, as_of)
    dates = [session.date for session in given]
    return {
        "expected": expected(answers, dates, coming, as_of),
        "given": list(enumerate(given, start=1))[::-1],
        "goals": latest_goals(row, as_of),
        "facts": facts(answers, figures.baseline, [(one.name, one.started) for one in preventives]),
        **effects_of(row, given, as_of),
        **scores_context(list(row.scores.filter(date__lte=as_of)), dates, DRAWN),
    }
