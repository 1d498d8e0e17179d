"""What to expect in each stage of a cycle beside the patient's own numbers, and the headline before two cycles."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Record
from core import formatting
from figures.engine import Figures
from figures.metric_index import MetricIndex
from figures.values import HEADACHE_DAYS
from progress.presentation.sentences import MAX_SIMILAR_DAYS, Headline, is_within_chance
from treatments.domain.expectations import Stage, build_stages, first_fair_date
from treatments.domain.schedule import NextSession


def build_expectations(
    index: MetricIndex, sessions: Sequence[date], next_session: NextSession | None, today: date
) -> list[tuple[Stage, str]]:
    """Return each stage of the running cycle with its count so far; [] before the first session.

    The count is "" for a stage without known days or a date only.
    """
    if next_session is None:
        return []
    expectations = []
    for stage in build_stages(sessions, next_session, today):
        last, so_far = min(stage.last, index.as_of), ""
        if stage.code not in ("next", "fair") and stage.first <= last:
            count, known_days = index.tally(HEADACHE_DAYS, stage.first, last)
            if known_days:
                so_far = _("In your diary: headache on %(count)s of %(known)s days filled in.") % {
                    "count": formatting.whole(count),
                    "known": known_days,
                }
        expectations.append((stage, so_far))
    return expectations


def replace_early_headline(headline: Headline, figures: Figures, record: Record) -> Headline:
    """Replace the title of a comparison without a decrease while two cycles are not over.

    NICE TA260 judges the treatment after two cycles at the earliest; the numbers are shown all the same.
    """
    sessions = [cycle.session for cycle in figures.cycles]
    fair = first_fair_date(sessions, record.interval_days)
    if fair is None or not headline.is_comparison or figures.as_of >= fair:
        return headline
    change = figures.change[HEADACHE_DAYS] if figures.change else None
    if change and (
        change.difference < -MAX_SIMILAR_DAYS or (change.difference < 0 and not is_within_chance(change))
    ):
        return headline
    detail = _("%(detail)s It can first be judged fairly on %(day)s, after two cycles (NICE TA260).") % {
        "detail": headline.detail,
        "day": formatting.day(fair),
    }
    return Headline(_("Too early to judge"), detail, is_comparison=True)
