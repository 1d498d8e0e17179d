"""The headline before two cycles are over."""

from django.utils.translation import gettext as _

from accounts.models import Record
from core import formatting
from figures.engine import Figures
from figures.looks import FEWER
from figures.values import HEADACHE_DAYS
from progress.presentation.headline import MAX_SIMILAR_DAYS, Headline
from treatments.domain.expectations import first_fair_date


def replace_early_headline(headline: Headline, figures: Figures, record: Record) -> Headline:
    """Replace the title of a comparison without a decrease while two cycles are not over.

    NICE TA260 judges the treatment after two cycles at the earliest; the numbers are shown all the same.
    """
    sessions = [cycle.session for cycle in figures.cycles]
    fair = first_fair_date(sessions, record.interval_days)
    if fair is None or not headline.is_comparison or figures.as_of >= fair:
        return headline
    look = figures.looks[HEADACHE_DAYS] if figures.looks else None
    if look and (look.difference < -MAX_SIMILAR_DAYS or look.verdict == FEWER):
        return headline
    detail = _("%(detail)s It can first be judged fairly on %(day)s, after two cycles (NICE TA260).") % {
        "detail": headline.detail,
        "day": formatting.day(fair),
    }
    return Headline(_("Too early to judge"), detail, is_comparison=True)
