"""Why a period has no rate: it is young or short, the diary begins later, or days or answers are missing. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from figures.metric_index import MetricIndex
from figures.windows import MIN_KNOWN_DAYS, Window


@dataclass(frozen=True, slots=True)
class DiarySpan:
    """The days a diary can know: from its first entry (None without one) to the day of the figures."""

    first: date | None
    last: date

    @classmethod
    def of(cls, index: MetricIndex) -> "DiarySpan":
        dates = index.diary.recorded_dates()
        return cls(dates[0] if dates else None, index.as_of)


class MissingRate(NamedTuple):
    """The reason as text, and whether filling in days or answers could still give the rate."""

    label: str
    has_gaps: bool


def explain_missing_rate(window: Window, metric: str, span: DiarySpan) -> MissingRate | None:
    """Return why a metric has no rate in a window; None if it has one."""
    if window.metrics[metric].per_28 is not None:
        return None
    passed = (min(window.end, span.last) - window.start).days + 1
    if passed < MIN_KNOWN_DAYS <= window.days:
        label = _("too early: day %(day)s of %(days)s") % {"day": max(passed, 0), "days": window.days}
        return MissingRate(label, has_gaps=False)
    if window.days < MIN_KNOWN_DAYS:
        text = ngettext("too short: %(days)s day", "too short: %(days)s days", window.days)
        return MissingRate(text % {"days": window.days}, has_gaps=False)
    if span.first is None or span.first > window.end:
        return MissingRate(_("no entries from that time"), has_gaps=True)
    if (min(window.end, span.last) - span.first).days + 1 < MIN_KNOWN_DAYS:
        label = _("the diary begins on %(day)s") % {"day": formatting.day(span.first)}
        return MissingRate(label, has_gaps=True)
    if window.recorded >= MIN_KNOWN_DAYS:
        return MissingRate(_("too few entries answer this"), has_gaps=True)
    return MissingRate(_("too few days filled in"), has_gaps=True)
