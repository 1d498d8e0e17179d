"""The baseline and the 28-day periods of all cycles, for the chart, its summary and its table. Pure."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from figures.engine import Figures
from figures.windows import WEEKS_1_4, WEEKS_5_8, WEEKS_9_12, WEEKS_13_ON, Window
from progress.presentation.missing_rates import DiarySpan, MissingRate, explain_missing_rate

BEFORE, FULL, RUNNING, FEW = "before", "full", "running", "few"
# So that a bar is at least 50 px wide on a wide chart and a point 10 px on a phone; the table shows all periods.
MAX_BARS = 16
MAX_POINTS = 26


@dataclass(frozen=True, slots=True)
class Period:
    """One bar of the chart and one row of the table.

    state: "before" (baseline), "full", "running" (has a rate, but is not over), "few" (too few known days for a rate).
    days: nominal length; recorded: days with an entry; known: days that answer this metric; missing: why there is no
    rate.
    """

    short_name: str
    name: str
    session: int
    session_date: date | None
    count: float
    known: int
    days: int
    recorded: int
    per_28: float | None
    state: str
    start: date
    end: date
    missing: MissingRate | None = None


def build_period(
    window: Window,
    metric: str,
    short_name: str,
    name: str,
    session: int,
    session_date: date | None,
    state: str,
    span: DiarySpan,
) -> Period:
    count = window.metrics[metric]
    return Period(
        short_name=short_name,
        name=name,
        session=session,
        session_date=session_date,
        count=count.count,
        known=count.known,
        days=window.days,
        recorded=window.recorded,
        per_28=count.per_28,
        state=state,
        start=window.start,
        end=window.end,
        missing=explain_missing_rate(window, metric, span),
    )


def build_periods(figures: Figures, metric: str, span: DiarySpan) -> list[Period]:
    """Build the baseline, then the periods of every cycle; [] without a session."""
    if figures.baseline is None:
        return []
    baseline = figures.baseline
    baseline_state = FEW if baseline.metrics[metric].per_28 is None else BEFORE
    periods = [build_period(baseline, metric, _("before"), _("Before Botox"), 0, None, baseline_state, span)]
    names = {
        WEEKS_1_4: ("1–4", _("Session %(number)s, weeks 1 to 4")),
        WEEKS_5_8: ("5–8", _("Session %(number)s, weeks 5 to 8")),
        WEEKS_9_12: ("9–12", _("Session %(number)s, weeks 9 to 12")),
        WEEKS_13_ON: ("13+", _("Session %(number)s, week 13 on")),
    }
    for cycle in figures.cycles:
        for window in cycle.periods:
            short_name, text = names[window.label or ""]
            name, state = text % {"number": cycle.number}, FULL if window.complete else RUNNING
            if window.metrics[metric].per_28 is None:
                state = FEW
            periods.append(
                build_period(window, metric, short_name, name, cycle.number, cycle.session, state, span)
            )
    return periods


def describe_period(period: Period) -> str:
    """Describe one value of the chart, with its completeness."""
    entries = _("%(recorded)s of %(days)s days have an entry") % {
        "recorded": period.recorded,
        "days": period.days,
    }
    if period.missing:
        text = _("%(name)s: %(count)s in %(known)s counted days, no number (%(reason)s); %(entries)s")
    elif period.state == RUNNING:
        text = _("%(name)s: %(figure)s in 28 days so far; %(entries)s")
    else:
        text = _("%(name)s: %(figure)s in 28 days; %(entries)s")
    return text % {
        "name": period.name,
        "count": formatting.whole(period.count),
        "known": period.known,
        "figure": formatting.decimal(period.per_28) if period.per_28 is not None else "",
        "entries": entries,
        "reason": period.missing.label if period.missing else "",
    }


def describe_completeness(periods: list[Period]) -> str:
    """Describe how complete the periods are; "" without a session."""
    if not periods:
        return ""
    incomplete = [period for period in periods if period.missing and period.missing.has_gaps]
    finished = [period for period in periods if period.per_28 is not None and period.state != RUNNING]
    if not incomplete and not finished:
        return _("No period is over yet.")
    if not incomplete:
        fewest = min(finished, key=lambda period: (period.recorded / period.days, period.recorded))
        return _("Every period has enough days filled in; the fewest are %(fewest)s of %(days)s days.") % {
            "fewest": fewest.recorded,
            "days": fewest.days,
        }
    text = ngettext(
        "%(number)s of %(all)s four-week blocks has too many gaps for a number.",
        "%(number)s of %(all)s four-week blocks have too many gaps for a number.",
        len(incomplete),
    )
    return text % {"number": len(incomplete), "all": len(periods)}


def describe_periods(periods: list[Period]) -> str:
    """Summarize the chart in one or two sentences."""
    if not periods:
        return _("The chart starts with the first session.")
    rates = [period.per_28 for period in periods[1:] if period.per_28 is not None]
    before = periods[0].per_28
    start = _("Before Botox, %(count)s.") % {"count": formatting.whole(before)} if before is not None else ""
    if not rates:
        sentence = _("No four weeks since the first session have enough days filled in yet.")
        return f"{sentence} {start}".strip()
    low, high = formatting.whole(min(rates)), formatting.whole(max(rates))
    if low == high:
        sentence = _("Since the first session, %(count)s in each 28 days.") % {"count": low}
    else:
        sentence = _("Since the first session, between %(low)s and %(high)s in 28 days.") % {
            "low": low,
            "high": high,
        }
    latest = [period for period in periods[1:] if period.per_28 is not None][-1]
    assert latest.per_28 is not None
    if len(rates) > 1:
        sentence = _("%(words)s Most recently %(count)s.") % {
            "words": sentence,
            "count": formatting.whole(latest.per_28),
        }
    return f"{sentence} {start}".strip()
