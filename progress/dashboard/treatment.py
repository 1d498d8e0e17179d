"""The page of the treatment: what was given, side effects, other preventives, what to expect."""

from typing import Any

from django.utils.translation import gettext as _

from core import formatting
from figures.values import HEADACHE_DAYS
from progress.dashboard.source import PageSource
from treatments.actions import load_session_summaries, side_effects_context
from treatments.domain.expectations import Stage, build_stages


def treatment_context(source: PageSource) -> dict[str, Any]:
    """Return the sessions with the latest first, side effects, preventives, and what to expect."""
    record, as_of = source.record, source.key.as_of
    sessions = load_session_summaries(record, as_of)
    return {
        "sessions": list(enumerate(sessions, start=1))[::-1],
        "preventives": source.preventives,
        "expected": describe_stages(source),
        **side_effects_context(record, sessions, as_of),
    }


def describe_stages(source: PageSource) -> list[tuple[Stage, str]]:
    """Return each stage of the running cycle with its count so far; [] where the page shows an earlier day.

    The count is "" for a stage without known days, or a date only.
    """
    if source.next_session is None:
        return []
    index, expected = source.index, []
    for stage in build_stages(index.sessions, source.next_session, index.as_of):
        last, so_far = min(stage.last, index.as_of), ""
        if stage.code not in ("next", "fair") and stage.first <= last:
            count, known_days = index.tally(HEADACHE_DAYS, stage.first, last)
            if known_days:
                so_far = _("In your diary: headache on %(count)s of %(known)s days filled in.") % {
                    "count": formatting.whole(count),
                    "known": known_days,
                }
        expected.append((stage, so_far))
    return expected
