"""The sentences of the dashboard: counts, changes and their uncertainty, never advice."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import formatting
from figures.change import Change
from figures.looks import MORE, UNCLEAR
from figures.values import (
    ACUTE_MEDICATION_DAYS,
    CLEAR_DAYS,
    HEADACHE_DAYS,
    HEADACHE_HOURS,
    LOST_DAYS,
    MIGRAINE_DAYS,
    MODERATE_SEVERE_DAYS,
    SUM_METRICS,
)
from figures.windows import Window
from progress.presentation.missing_rates import DiarySpan, explain_missing_rate

METRIC_NAMES = {
    HEADACHE_DAYS: gettext_lazy("Headache days"),
    MIGRAINE_DAYS: gettext_lazy("Migraine days"),
    MODERATE_SEVERE_DAYS: gettext_lazy("Moderate or severe days"),
    HEADACHE_HOURS: gettext_lazy("Hours of headache"),
    ACUTE_MEDICATION_DAYS: gettext_lazy("Days with acute medication"),
    CLEAR_DAYS: gettext_lazy("Headache-free days"),
    LOST_DAYS: gettext_lazy("Days lost"),
}


def metric_name(metric: str) -> str:
    return str(METRIC_NAMES[metric])


SWITCH_NAMES = {
    HEADACHE_DAYS: pgettext_lazy("metric", "Headache"),
    MIGRAINE_DAYS: pgettext_lazy("metric", "Migraine"),
    MODERATE_SEVERE_DAYS: pgettext_lazy("metric", "Moderate or severe"),
    HEADACHE_HOURS: pgettext_lazy("metric", "Hours"),
    ACUTE_MEDICATION_DAYS: pgettext_lazy("metric", "Medication"),
    CLEAR_DAYS: pgettext_lazy("metric", "Headache-free"),
    LOST_DAYS: pgettext_lazy("metric", "Lost"),
}


def metric_switch_name(metric: str) -> str:
    """Return the short name of a metric for the switch above the chart."""
    return str(SWITCH_NAMES[metric])


def choose_decimal_places(before: float, after: float) -> int:
    """Return 0, or 1 if the rounded numbers would not give the rounded difference."""
    whole = formatting.rounded(after) - formatting.rounded(before)
    return 0 if whole == formatting.rounded(after - before) else 1


def format_amount(value: float | Decimal, digits: int) -> str:
    size = abs(float(value))
    return formatting.decimal(size, digits) if digits else formatting.whole(size)


def describe_difference(difference: float, digits: int = 0) -> str:
    """Return "3 fewer", "4 more" or "no difference"."""
    number = formatting.rounded(difference, digits)
    if not number:
        return _("no difference")
    text = _("%(number)s more") if number > 0 else _("%(number)s fewer")
    return text % {"number": format_amount(number, digits)}


def describe_range(interval: tuple[float, float]) -> str:
    """Return "1 to 15 fewer" or "8 fewer to 5 more"."""
    low, high = (formatting.rounded(limit) for limit in interval)
    if low >= 0:
        return _("%(low)s to %(high)s more") % {"low": abs(low), "high": abs(high)}
    if high <= 0:
        return _("%(low)s to %(high)s fewer") % {"low": abs(high), "high": abs(low)}
    return _("%(low)s fewer to %(high)s more") % {"low": abs(low), "high": abs(high)}


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric in two windows, formatted. `before` and `after` are None under 20 known days.

    `may_be_chance`: whether the verdict of a look is unclear; free comparisons have none. `recent` is
    the count of the last 28 days, "" where it is not shown.
    """

    metric: str
    name: str
    before: float | None
    after: float | None
    before_raw: str
    after_raw: str
    label: str
    difference: str
    percent: str
    interval: str
    may_be_chance: bool
    is_sum: bool
    recent: str


def describe_count(window: Window, metric: str) -> str:
    """Return "9 in 12 counted days"."""
    count = window.metrics[metric]
    return _("%(count)s in %(known)s counted days") % {
        "count": formatting.whole(count.count),
        "known": count.known,
    }


def describe_verdict(metric: str, difference: float, digits: int, verdict: str | None) -> str:
    """Return "3 fewer", "3 fewer, could be chance" or, of days without headache, "9 more, the good direction"."""
    label = describe_difference(difference, digits)
    if verdict == UNCLEAR:
        return _("%(words)s, could be chance") % {"words": label}
    if metric == CLEAR_DAYS and verdict == MORE:
        return _("%(words)s, the good direction") % {"words": label}
    return label


def build_metric_change(
    metric: str,
    first: Window,
    second: Window | None,
    change: Change | None,
    *,
    verdict: str | None = None,
    recent: Window | None = None,
    span: DiarySpan | None = None,
) -> MetricChange:
    """Format one metric in two windows. `second` is None before the first look; `verdict` is that of a look;
    `recent`: the last 28 days, to be shown beside it; `span`: to say why there is no rate.
    """
    before = first.metrics[metric].per_28
    after = second.metrics[metric].per_28 if second else None
    digits = choose_decimal_places(before, after) if before is not None and after is not None else 0
    label = _("too few days filled in") if second else _("no look yet")
    if second and span:
        missing = explain_missing_rate(first, metric, span) or explain_missing_rate(second, metric, span)
        label = missing.label if missing else label
    if change is not None:
        label = describe_verdict(metric, change.difference, digits, verdict)
    interval = change.interval if change else None
    return MetricChange(
        metric=metric,
        name=metric_name(metric),
        before=before,
        after=after,
        before_raw=describe_count(first, metric),
        after_raw=describe_count(second, metric) if second else "–",
        label=label,
        difference=formatting.signed(change.difference) if change else "–",
        percent=formatting.percent(change.percent) if change and change.percent is not None else "–",
        interval=(
            _("%(low)s to %(high)s")
            % {"low": formatting.signed(interval[0]), "high": formatting.signed(interval[1])}
            if interval
            else "–"
        ),
        may_be_chance=verdict == UNCLEAR,
        is_sum=metric in SUM_METRICS,
        recent=describe_count(recent, metric) if recent else "",
    )
