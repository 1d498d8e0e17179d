"""The context of the dashboard about the treatment: expectations, sessions, side effects, scores, goals, facts."""

from collections.abc import Iterable
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import Record
from core import formatting
from figures.engine import Figures
from figures.metric_index import MetricIndex
from figures.values import HEADACHE_DAYS
from progress.cache.store import CachedDashboard, DashboardKey
from progress.dashboard.scores import scores_context
from progress.presentation.eligibility import TriedPreventive, build_eligibility_facts
from treatments.actions import load_latest_goals, load_session_summaries, side_effects_context
from treatments.domain.expectations import build_stages
from treatments.domain.schedule import NextSession
from treatments.models import Preventive, Score

# The three scales of MSQ would add three charts; the dashboard shows their summary and table only.
CHARTED = (Score.Instrument.HIT6, Score.Instrument.MIDAS)


def treatment_context(
    index: MetricIndex, figures: Figures, next_session: NextSession | None, preventives: Iterable[Preventive]
) -> dict[str, Any]:
    """Return what depends on diary and treatment: what to expect, and the facts clinics ask for.

    What to expect is each stage of the running cycle with its count so far, "" for a stage without known days or a
    date only. next_session is None where the page shows an earlier day, which expects nothing.
    """
    expected = []
    for stage in build_stages(index.sessions, next_session, figures.as_of) if next_session else []:
        last, so_far = min(stage.last, index.as_of), ""
        if stage.code not in ("next", "fair") and stage.first <= last:
            count, known_days = index.tally(HEADACHE_DAYS, stage.first, last)
            if known_days:
                so_far = _("In your diary: headache on %(count)s of %(known)s days filled in.") % {
                    "count": formatting.whole(count),
                    "known": known_days,
                }
        expected.append((stage, so_far))
    return {
        "expected": expected,
        "facts": build_eligibility_facts(
            index,
            figures.baseline,
            [
                TriedPreventive(preventive.name, preventive.started, preventive.runs(index.as_of))
                for preventive in preventives
            ],
        ),
    }


def render_treatment(record: Record, key: DashboardKey) -> CachedDashboard:
    """Render the part that does not depend on the diary: sessions, side effects, scores, goals, up to a day.

    Four queries: sessions, side effects, goals, scores.
    """
    sessions = load_session_summaries(record, key.as_of)
    dates = [session.date for session in sessions]
    context = {
        "record": record,
        "is_own": key.is_own,
        "sessions": list(enumerate(sessions, start=1))[::-1],
        "goals": load_latest_goals(record, key.as_of),
        **side_effects_context(record, sessions, key.as_of),
        **scores_context(list(record.scores.filter(date__lte=key.as_of)), dates, CHARTED),
    }
    body = render_to_string("progress/_given.html", context)
    return CachedDashboard(body, bool(context["scores"]))
