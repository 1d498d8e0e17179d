"""What to expect, with the record's own numbers beside; and patience in the sentence of change before two cycles."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Record as RecordRow
from core import formatting
from progress.figures.engine import Figures
from progress.figures.metric_index import MetricIndex
from progress.figures.values import HEADACHE_DAYS
from progress.presentation.sentences import ABOUT, Headline, is_within_chance
from treatments.domain.expectations import Stage, build_stages, first_fair_date, is_too_early
from treatments.domain.schedule import NextSession


def expectations(
    answers: MetricIndex, sessions: Sequence[date], coming: NextSession | None, today: date
) -> list[tuple[Stage, str]]:
    """Each stage of the running cycle with what the diary holds of it so far; [] before the first session."""
    if coming is None:
        return []
    return [(stage, describe_own_wear_off(answers, stage)) for stage in build_stages(sessions, coming, today)]


def describe_own_wear_off(answers: MetricIndex, stage: Stage) -> str:
    """ "In your diary: 6 headache days on 13 known days." Empty where nothing is known, or nothing can be yet."""
    last = min(stage.last, answers.as_of)
    if stage.code in ("next", "fair") or stage.first > last:
        return ""
    count, known = answers.tally(HEADACHE_DAYS, stage.first, last)
    if not known:
        return ""
    return _("In the diary: headache on %(count)s of %(known)s known days.") % {
        "count": formatting.whole(count),
        "known": known,
    }


def expectation_headline(found: Headline, figures: Figures, row: RecordRow) -> Headline:
    """The sentence of change, unless two cycles are not over and it would read as no decrease.

    A treatment is not judged before its first fair time (NICE TA260): the numbers stand, the verdict waits.
    """
    sessions = [cycle.session for cycle in figures.cycles]
    fair = first_fair_date(sessions, row.interval_days)
    if fair is None or not found.compared or not is_too_early(sessions, row.interval_days, figures.as_of):
        return found
    change = figures.change[HEADACHE_DAYS] if figures.change else None
    if change and (change.difference < -ABOUT or (change.difference < 0 and not is_within_chance(change))):
        return found
    detail = _("%(detail)s The first fair time is %(day)s, after two cycles (NICE TA260).") % {
        "detail": found.detail,
        "day": formatting.day(fair),
    }
    return Headline(_("Too early to judge"), detail, compared=True)
