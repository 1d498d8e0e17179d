"""The sentences of the dashboard. Counts, change, and how sure it is; never advice."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from core import formatting
from progress.figures.change import Change
from progress.figures.engine import Figures
from progress.figures.values import (
    ACUTE_MEDICATION_DAYS,
    CLEAR_DAYS,
    HEADACHE_DAYS,
    HEADACHE_HOURS,
    LOST_DAYS,
    METRICS,
    MIGRAINE_DAYS,
    MODERATE_SEVERE_DAYS,
)
from progress.figures.windows import MIN_KNOWN_DAYS, MONTH, Window

# A change of so few days reads as "about as many" while it could be chance.
ABOUT = 2
# Headache days of 28 from which on strength and hours tell more than their number.
NEARLY_EVERY_DAY = 25


@dataclass(frozen=True, slots=True)
class Headline:
    """The sentence of change: title, detail, and whether a caveat about before-and-after belongs below."""

    title: str
    detail: str
    compared: bool = False


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
    """A short name for the switch above the chart."""
    return str(SWITCH_NAMES[metric])


def is_within_chance(change: Change) -> bool:
    """An interval that includes 0."""
    return change.interval is not None and change.interval[0] <= 0 <= change.interval[1]


def decimal_places(before: float, after: float) -> int:
    """Whole numbers, unless the rounded sides would not give the rounded difference."""
    whole = formatting.rounded(after) - formatting.rounded(before)
    return 0 if whole == formatting.rounded(after - before) else 1


def format_amount(value: float | Decimal, digits: int) -> str:
    size = abs(float(value))
    return formatting.decimal(size, digits) if digits else formatting.whole(size)


def describe_difference(difference: float, digits: int = 0) -> str:
    """ "3 fewer", "4 more", "no difference" """
    number = formatting.rounded(difference, digits)
    if not number:
        return _("no difference")
    words = _("%(number)s more") if number > 0 else _("%(number)s fewer")
    return words % {"number": format_amount(number, digits)}


def describe_range(interval: tuple[float, float]) -> str:
    """ "1 to 15 fewer", "8 fewer to 5 more" """
    low, high = (formatting.rounded(limit) for limit in interval)
    if low >= 0:
        return _("%(low)s to %(high)s more") % {"low": abs(low), "high": abs(high)}
    if high <= 0:
        return _("%(low)s to %(high)s fewer") % {"low": abs(high), "high": abs(low)}
    return _("%(low)s fewer to %(high)s more") % {"low": abs(low), "high": abs(high)}


def headline(figures: Figures, has_days: bool) -> Headline:
    """The sentence of change for a record in any condition."""
    baseline, now, change = figures.baseline, figures.now, figures.change
    if baseline is None or now is None or change is None:
        return headline_without_session(has_days)
    first = figures.cycles[0].session
    ready = first + timedelta(MONTH)
    if figures.as_of < ready - timedelta(1):
        return headline_early(figures.as_of, first, ready)
    headache = change[HEADACHE_DAYS]
    if headache is None:
        return headline_too_few(baseline, now)
    return headline_compared(baseline, now, headache)


def headline_without_session(has_days: bool) -> Headline:
    title = _("Nothing to compare yet")
    if not has_days:
        return Headline(title, _("Start with one tap a day, and enter your first session when it has been."))
    return Headline(
        title, _("Enter your first session, and the 28 days before it become your starting point.")
    )


def headline_early(as_of: date, first: date, ready: date) -> Headline:
    week = (as_of - first).days // 7 + 1
    return Headline(
        _("Week %(week)s after the first session") % {"week": week},
        _("The first comparison stands here from %(day)s, after four weeks.")
        % {"day": formatting.short_day(ready)},
    )


def headline_too_few(baseline: Window, now: Window) -> Headline:
    """Which side of the comparison lacks entries, and how many it has."""
    before, after = baseline.metrics[HEADACHE_DAYS], now.metrics[HEADACHE_DAYS]
    if before.per_28 is None:
        rest = (
            _("%(count)s headache days in the last 28 days.") % {"count": formatting.whole(after.per_28)}
            if after.per_28 is not None
            else _("%(known)s of the last 28 days are known.") % {"known": after.known}
        )
        detail = _(
            "%(known)s of the 28 days before the first session are known; a comparison needs %(floor)s. %(rest)s"
        ) % {"known": before.known, "floor": MIN_KNOWN_DAYS, "rest": rest}
        return Headline(_("No starting point to compare with"), detail)
    detail = _(
        "%(known)s of the last 28 days are known; from %(floor)s on, this page shows a figure. "
        "Days can be added from memory."
    ) % {"known": after.known, "floor": MIN_KNOWN_DAYS}
    return Headline(_("Not enough entries to compare"), detail)


def headline_compared(baseline: Window, now: Window, change: Change) -> Headline:
    before, after = baseline.metrics[HEADACHE_DAYS].per_28, now.metrics[HEADACHE_DAYS].per_28
    assert before is not None
    assert after is not None
    assert change.interval is not None
    digits = decimal_places(before, after)
    detail = _(
        "%(after)s in the last 28 days, %(before)s in the 28 days before the first session: %(difference)s. "
        "Likely range: %(range)s."
    ) % {
        "after": format_amount(after, digits),
        "before": format_amount(before, digits),
        "difference": describe_difference(change.difference, digits),
        "range": describe_range(change.interval),
    }
    if is_within_chance(change):
        detail = _("%(sentence)s This could be chance.") % {"sentence": detail}
    return Headline(change_title(change), detail, compared=True)


def change_title(change: Change) -> str:
    number = int(abs(formatting.rounded(change.difference)))
    unsure = is_within_chance(change)
    if unsure and number <= ABOUT:
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
    return _("%(sentence)s, which could be chance") % {"sentence": sentence} if unsure else sentence


def complete_hint(figures: Figures) -> str:
    """Where nearly every day was a headache day, their number has little room to fall: strength and hours say more."""
    if figures.baseline is None or figures.now is None or figures.change is None:
        return ""
    before = figures.baseline.metrics[HEADACHE_DAYS].per_28
    if before is None or before < NEARLY_EVERY_DAY:
        return ""
    named = [
        _("%(name)s: %(before)s before, %(after)s now")
        % {"name": metric_name(metric), "before": formatting.whole(old), "after": formatting.whole(new)}
        for metric in (MODERATE_SEVERE_DAYS, HEADACHE_HOURS)
        if (old := figures.baseline.metrics[metric].per_28) is not None
        and (new := figures.now.metrics[metric].per_28) is not None
    ]
    if not named:
        return ""
    words = _("With a headache on nearly every day, the count of days has little room to fall.")
    return f"{words} {'. '.join(named)}."


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One line of the before-and-after table, in words. None where there is no figure."""

    metric: str
    name: str
    before: float | None
    after: float | None
    before_words: str
    after_words: str
    before_raw: str
    after_raw: str
    words: str
    difference: str
    percent: str
    interval: str
    chance: bool
    is_sum: bool


def build_metric_changes(figures: Figures) -> list[MetricChange]:
    """Every metric before and now, headache days first; [] without a session."""
    if figures.baseline is None or figures.now is None or figures.change is None:
        return []
    return [
        build_metric_change(metric, figures.baseline, figures.now, figures.change[metric])
        for metric in METRICS
    ]


def describe_raw(window: Window, metric: str) -> str:
    """ "9 of 12 days": the bare count where there are too few for a figure"""
    count = window.metrics[metric]
    return _("%(count)s in %(known)s known days") % {
        "count": formatting.whole(count.count),
        "known": count.known,
    }


def build_metric_change(metric: str, baseline: Window, now: Window, change: Change | None) -> MetricChange:
    before, after = baseline.metrics[metric].per_28, now.metrics[metric].per_28
    chance = change is not None and is_within_chance(change)
    digits = decimal_places(before, after) if before is not None and after is not None else 0
    words = _("not enough entries")
    if change is not None:
        words = describe_difference(change.difference, digits)
        words = _("%(words)s, could be chance") % {"words": words} if chance else words
    interval = change.interval if change else None
    return MetricChange(
        metric=metric,
        name=metric_name(metric),
        before=before,
        after=after,
        before_words=format_amount(before, digits) if before is not None else "",
        after_words=format_amount(after, digits) if after is not None else "",
        before_raw=describe_raw(baseline, metric),
        after_raw=describe_raw(now, metric),
        words=words,
        difference=formatting.signed(change.difference) if change else "–",
        percent=formatting.percent(change.percent) if change and change.percent is not None else "–",
        interval=(
            _("%(low)s to %(high)s")
            % {"low": formatting.signed(interval[0]), "high": formatting.signed(interval[1])}
            if interval
            else "–"
        ),
        chance=chance,
        is_sum=metric in (HEADACHE_HOURS, LOST_DAYS),
    )
