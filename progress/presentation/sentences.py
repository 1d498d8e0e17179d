"""The sentences of the dashboard: counts, changes and their uncertainty, never advice."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from core import formatting
from figures.change import Change
from figures.engine import Figures
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
from figures.windows import MIN_KNOWN_DAYS, MONTH, Window
from progress.presentation.missing_rates import DiarySpan, explain_missing_rate

# A change of at most so many days that could be chance reads as "about as many".
MAX_SIMILAR_DAYS = 2
# From so many headache days of 28 on, intensity and hours say more than the number of days.
MIN_CEILING_DAYS = 25


@dataclass(frozen=True, slots=True)
class Headline:
    """Title and detail of the dashboard. `is_comparison`: whether the caveat about before-and-after is shown below."""

    title: str
    detail: str
    is_comparison: bool = False


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


def is_within_chance(change: Change) -> bool:
    """Whether the interval of a change includes 0."""
    return change.interval is not None and change.interval[0] <= 0 <= change.interval[1]


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


def build_headline(figures: Figures, has_days: bool) -> Headline:
    """Build the headline of a record, with or without sessions and entries."""
    baseline, now, change = figures.baseline, figures.now, figures.change
    if baseline is None or now is None or change is None:
        return Headline(
            _("Nothing to compare yet"),
            _("Add your first session. Your diary is then compared with the 28 days before it.")
            if has_days
            else _("Tap once a day. After your first injections, add the date."),
        )
    first = figures.cycles[0].session
    first_comparison = first + timedelta(MONTH)
    if figures.as_of < first_comparison - timedelta(1):
        detail = _(
            "The first comparison can come on %(day)s, if %(needed)s of the 28 days before the first session "
            "are filled in (now %(known)s)."
        ) % {
            "day": formatting.short_day(first_comparison),
            "needed": MIN_KNOWN_DAYS,
            "known": baseline.metrics[HEADACHE_DAYS].known,
        }
        week = (figures.as_of - first).days // 7 + 1
        return Headline(_("Week %(week)s after the first session") % {"week": week}, detail)
    headache = change[HEADACHE_DAYS]
    if headache is None:
        return build_too_few_days_headline(baseline, now)
    return build_comparison_headline(baseline, now, headache)


def build_too_few_days_headline(baseline: Window, now: Window) -> Headline:
    """Say which side of the comparison has too few entries, and how many it has."""
    before, after = baseline.metrics[HEADACHE_DAYS], now.metrics[HEADACHE_DAYS]
    if before.per_28 is None:
        rest = (
            _("Of the last 28 days %(known)s are filled in; on %(count)s of them there was a headache.")
            % {"known": after.known, "count": formatting.whole(after.count)}
            if after.known
            else _("None of the last 28 days are filled in.")
        )
        detail = _(
            "%(known)s of the 28 days before the first session are filled in; a comparison needs %(needed)s. "
            "Days from an old diary can be added. %(rest)s"
        ) % {"known": before.known, "needed": MIN_KNOWN_DAYS, "rest": rest}
        title = _("Too few days from before Botox") if before.known else _("No diary from before Botox")
        return Headline(title, detail)
    detail = _(
        "%(known)s of the last 28 days are filled in; a comparison needs %(needed)s. "
        "Days can be added from memory."
    ) % {"known": after.known, "needed": MIN_KNOWN_DAYS}
    return Headline(_("Too few days filled in to compare"), detail)


def build_comparison_headline(baseline: Window, now: Window, change: Change) -> Headline:
    before, after = baseline.metrics[HEADACHE_DAYS].per_28, now.metrics[HEADACHE_DAYS].per_28
    assert before is not None
    assert after is not None
    assert change.interval is not None
    places = choose_decimal_places(before, after)
    detail = _(
        "About %(after)s in the last 28 days, %(before)s in the 28 days before the first session. "
        "The real change is probably %(range)s."
    ) % {
        "after": format_amount(after, places),
        "before": format_amount(before, places),
        "range": describe_range(change.interval),
    }
    if is_within_chance(change):
        detail = _("%(sentence)s This could be chance.") % {"sentence": detail}
    return Headline(build_change_title(change), detail, is_comparison=True)


def build_change_title(change: Change) -> str:
    number = int(abs(formatting.rounded(change.difference)))
    may_be_chance = is_within_chance(change)
    if may_be_chance and number <= MAX_SIMILAR_DAYS:
        return _("About as many headache days as before Botox")
    if change.difference < 0:
        sentence = ngettext(
            "%(number)s fewer headache day a month than before Botox",
            "%(number)s fewer headache days a month than before Botox",
            number,
        )
    else:
        sentence = ngettext(
            "%(number)s more headache day a month than before Botox",
            "%(number)s more headache days a month than before Botox",
            number,
        )
    sentence %= {"number": number}
    return (
        _("%(sentence)s, but the days vary so much that this may not be a real change")
        % {"sentence": sentence}
        if may_be_chance
        else sentence
    )


def describe_ceiling(figures: Figures) -> str:
    """Name intensity and hours if nearly every day was a headache day; "" otherwise.

    The number of headache days can then hardly fall.
    """
    if figures.baseline is None or figures.now is None or figures.change is None:
        return ""
    before = figures.baseline.metrics[HEADACHE_DAYS].per_28
    if before is None or before < MIN_CEILING_DAYS:
        return ""
    examples = [
        _("%(name)s in 28 days: %(before)s before, %(after)s now")
        % {"name": metric_name(metric), "before": formatting.whole(old), "after": formatting.whole(new)}
        for metric in (MODERATE_SEVERE_DAYS, HEADACHE_HOURS)
        if (old := figures.baseline.metrics[metric].per_28) is not None
        and (new := figures.now.metrics[metric].per_28) is not None
    ]
    if not examples:
        return ""
    sentence = _("With a headache on nearly every day, the number of days can hardly go down.")
    return f"{sentence} {'. '.join(examples)}."


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One row of the before-and-after table, formatted. `before` and `after` are None under 20 known days."""

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


def describe_count(window: Window, metric: str) -> str:
    """Return "9 in 12 counted days", for too few days to extrapolate."""
    count = window.metrics[metric]
    return _("%(count)s in %(known)s counted days") % {
        "count": formatting.whole(count.count),
        "known": count.known,
    }


def build_metric_change(
    metric: str, baseline: Window, now: Window, change: Change | None, span: DiarySpan
) -> MetricChange:
    before, after = baseline.metrics[metric].per_28, now.metrics[metric].per_28
    may_be_chance = change is not None and is_within_chance(change)
    digits = choose_decimal_places(before, after) if before is not None and after is not None else 0
    missing = explain_missing_rate(baseline, metric, span) or explain_missing_rate(now, metric, span)
    label = missing.label if missing else ""
    if change is not None:
        label = describe_difference(change.difference, digits)
        label = _("%(words)s, could be chance") % {"words": label} if may_be_chance else label
    interval = change.interval if change else None
    return MetricChange(
        metric=metric,
        name=metric_name(metric),
        before=before,
        after=after,
        before_raw=describe_count(baseline, metric),
        after_raw=describe_count(now, metric),
        label=label,
        difference=formatting.signed(change.difference) if change else "–",
        percent=formatting.percent(change.percent) if change and change.percent is not None else "–",
        interval=(
            _("%(low)s to %(high)s")
            % {"low": formatting.signed(interval[0]), "high": formatting.signed(interval[1])}
            if interval
            else "–"
        ),
        may_be_chance=may_be_chance,
        is_sum=metric in SUM_METRICS,
    )
