"""The baseline and every 28-day period in a row: what the chart, its sentence and its table show. Pure."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from progress.figures.engine import Figures
from progress.figures.windows import WEEKS_1_4, WEEKS_5_8, WEEKS_9_12, WEEKS_13_ON, Window

BEFORE, FULL, RUNNING, FEW = "before", "full", "running", "few"
# A bar keeps 50 px or more on the wide chart, a point 10 px on a phone's; what does not fit stands in the table.
MOST_SHOWN = 16
MOST_POINTS = 26
# So many periods without a figure are named in the sentence on completeness.
NAMED = 4


@dataclass(frozen=True, slots=True)
class Period:
    """One bar of the chart, one row of the table.

    state: "before" (baseline), "full", "running" (a figure, but the period still runs), "few" (no figure).
    days: nominal length; recorded: days with an entry; known: days that answered this metric.
    """

    tick: str
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


def short_label(label: str) -> str:
    return {WEEKS_1_4: "1–4", WEEKS_5_8: "5–8", WEEKS_9_12: "9–12", WEEKS_13_ON: "13+"}[label]


def long_labels() -> dict[str, str]:
    """The name of a period by its label, with a place for the number of its session."""
    return {
        WEEKS_1_4: _("Session %(number)s, weeks 1 to 4"),
        WEEKS_5_8: _("Session %(number)s, weeks 5 to 8"),
        WEEKS_9_12: _("Session %(number)s, weeks 9 to 12"),
        WEEKS_13_ON: _("Session %(number)s, week 13 on"),
    }


def period_state(window: Window, metric: str) -> str:
    if window.metrics[metric].per_28 is None:
        return FEW
    return FULL if window.complete else RUNNING


def build_period(
    window: Window, metric: str, tick: str, name: str, number: int, on: date | None, state: str
) -> Period:
    counted = window.metrics[metric]
    return Period(
        tick=tick,
        name=name,
        session=number,
        session_date=on,
        count=counted.count,
        known=counted.known,
        days=window.days,
        recorded=window.recorded,
        per_28=counted.per_28,
        state=state,
        start=window.start,
        end=window.end,
    )


def build_periods(figures: Figures, metric: str) -> list[Period]:
    """The baseline first, then the periods of every cycle; [] without a session."""
    if figures.baseline is None:
        return []
    base = figures.baseline
    before = FEW if base.metrics[metric].per_28 is None else BEFORE
    rows = [build_period(base, metric, _("before"), _("Before Botox"), 0, None, before)]
    names = long_labels()
    for cycle in figures.cycles:
        for window in cycle.periods:
            label = window.label or ""
            name, state = names[label] % {"number": cycle.number}, period_state(window, metric)
            rows.append(
                build_period(window, metric, short_label(label), name, cycle.number, cycle.session, state)
            )
    return rows


def describe_value(row: Period) -> str:
    """One value of the chart in words, with its completeness."""
    entries = _("%(recorded)s of %(days)s days have an entry") % {"recorded": row.recorded, "days": row.days}
    if row.per_28 is None:
        words = _("%(name)s: %(count)s in %(known)s known days, too few for a figure; %(entries)s")
    elif row.state == RUNNING:
        words = _("%(name)s: %(figure)s in 28 days so far; %(entries)s")
    else:
        words = _("%(name)s: %(figure)s in 28 days; %(entries)s")
    return words % {
        "name": row.name,
        "count": formatting.whole(row.count),
        "known": row.known,
        "figure": formatting.decimal(row.per_28) if row.per_28 is not None else "",
        "entries": entries,
    }


def describe_completeness(rows: list[Period]) -> str:
    """How complete the periods are, naming those without enough entries; "" without a session."""
    if not rows:
        return ""
    thin = [row for row in rows if row.per_28 is None]
    if not thin:
        over = [row for row in rows if row.state != RUNNING]
        fewest = min(over, key=lambda row: (row.recorded / row.days, row.recorded))
        return _("Every period has enough entries; the fewest are %(fewest)s of %(days)s days.") % {
            "fewest": fewest.recorded,
            "days": fewest.days,
        }
    named = [
        _("%(period)s (%(known)s of %(days)s days)")
        % {"period": row.name, "known": row.known, "days": row.days}
        for row in thin[-NAMED:]
    ]
    words = ngettext(
        "%(number)s of %(all)s periods has fewer than 20 known days and so no figure: %(named)s%(more)s.",
        "%(number)s of %(all)s periods have fewer than 20 known days and so no figure: %(named)s%(more)s.",
        len(thin),
    )
    more = _(" and earlier ones") if len(thin) > NAMED else ""
    return words % {"number": len(thin), "all": len(rows), "named": "; ".join(named), "more": more}


def describe_periods(rows: list[Period]) -> str:
    """The chart in one sentence."""
    if not rows:
        return _("The chart starts with the first session.")
    after = [row.per_28 for row in rows[1:] if row.per_28 is not None]
    before = rows[0].per_28
    start = _("Before Botox, %(count)s.") % {"count": formatting.whole(before)} if before is not None else ""
    if not after:
        words = _("No four weeks since the first session have enough entries yet.")
        return f"{words} {start}".strip()
    low, high = formatting.whole(min(after)), formatting.whole(max(after))
    if low == high:
        words = _("Since the first session, %(count)s in each 28 days.") % {"count": low}
    else:
        words = _("Since the first session, between %(low)s and %(high)s in 28 days.") % {
            "low": low,
            "high": high,
        }
    latest = [row for row in rows[1:] if row.per_28 is not None][-1]
    assert latest.per_28 is not None
    if len(after) > 1:
        words = _("%(words)s Latest, %(count)s.") % {"words": words, "count": formatting.whole(latest.per_28)}
    return f"{words} {start}".strip()
