"""How the figures are computed, step by step, with the record's own numbers.

Every number comes from the functions that compute the figures, so the page cannot drift from them.
"""

from dataclasses import dataclass
from datetime import date
from math import sqrt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from progress.figures.acute import Overuse
from progress.figures.change import Z, autocorrelation_terms, effective_days, newcombe, wilson
from progress.figures.engine import Figures
from progress.figures.metric_index import MetricIndex
from progress.figures.values import HEADACHE_DAYS, YES_NO_METRICS
from progress.figures.wear_off import WeekCount, pool_cycles
from progress.figures.windows import MIN_KNOWN_DAYS, MONTH, MetricCount, Window
from progress.presentation.medication import group_name, last_months
from progress.presentation.sentences import metric_name
from progress.presentation.weeks import has_weeks, week_name


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done, the lines of its working, the section of the rules it follows, a name to link to."""

    title: str
    lines: tuple[str, ...]
    section: str
    place: str = ""


def number(value: float, places: int = 4) -> str:
    """A number of a working: up to so many decimals, none of them needless."""
    text = formatting.decimal(value, places)
    return text.rstrip("0").rstrip(".,") if places and value == round(value, 0) else text


def steps(figures: Figures, answers: MetricIndex, metric: str) -> list[Step]:
    """The working of one metric from the windows to the interval; [] without a session."""
    base, now = figures.baseline, figures.now
    if base is None or now is None:
        return []
    found = [windows_step(base, now), counting_step(base, now, metric)]
    before, after = base.metrics[metric], now.metrics[metric]
    if before.per_28 is None or after.per_28 is None:
        return found
    found.append(change_step(before.per_28, after.per_28))
    if metric in YES_NO_METRICS:
        terms = autocorrelation_terms(answers, base, figures.cycles, metric)
        found += [
            alike_step(terms.pairs, terms.squares, terms.windows, terms.known_days, terms.r),
            limits_step((_("Before"), before), (_("Now"), after), terms.r),
            interval_step(before, after, terms.r),
        ]
    return found


def wear_off_steps(figures: Figures) -> list[Step]:
    """The working of the weeks since injection; [] while no week has a known day."""
    found = figures.wear_off
    if found is None or figures.autocorrelation is None or not has_weeks(found):
        return []
    weeks = [_("Week n of a cycle is day 7(n−1) to day 7n−1 after its session, over all cycles; days in 7:")]
    weeks += [f"{week_name(key)}: {weekly_rate(one)}" for key, one in found.weeks.items() if one.known]
    steps = [Step(_("Weeks since the injection"), tuple(weeks), "6", "wear-off")]
    both, r = pool_cycles(figures.cycles), figures.autocorrelation[HEADACHE_DAYS]
    if not found.cycles or found.difference is None:
        return steps
    middle, late = (_("Weeks 5 to 8"), both.middle), (_("Weeks 9 to 12"), both.late)
    lines = [
        ngettext(
            "Added up over the %(cycles)s cycle in which both have 20 known days.",
            "Added up over the %(cycles)s cycles in which both have 20 known days.",
            both.cycles,
        )
        % {"cycles": both.cycles},
        *(f"{words}: {rate_line(counted)}" for words, counted in (middle, late)),
        f"{number(both.late.per_28 or 0)} − {number(both.middle.per_28 or 0)}"
        f" = {formatting.signed(found.difference, 4)}",
        _("r of headache days, over the same windows as above: %(r)s") % {"r": number(r)},
        *limits_step(middle, late, r).lines[1:],
        *interval_step(both.middle, both.late, r).lines,
    ]
    return [*steps, Step(_("Weeks 9 to 12 against weeks 5 to 8"), tuple(lines), "6")]


def weekly_rate(one: WeekCount) -> str:
    return _("%(count)s × 7 ÷ %(known)s known days = %(result)s") % {
        "count": number(one.count, 1),
        "known": one.known,
        "result": number(one.per_week or 0),
    }


def medication_step(figures: Figures) -> list[Step]:
    """The days with acute medicine of the last months, by group; [] without any."""
    since = f"{last_months(figures.as_of)[0]:%Y-%m}"
    rows = [row for row in figures.overuse if row.month >= since]
    if not rows:
        return []
    lines = [
        _(
            "Each day of a calendar month with any intake of a group counts once, whatever the number of tablets."
        ),
        _("Paracetamol and the like and NSAIDs are one group, simple painkillers."),
        *(medication_line(row) for row in rows),
    ]
    return [Step(_("Acute medication by month"), tuple(lines), "7", "medicine")]


def medication_line(row: Overuse) -> str:
    values = {
        "group": group_name(row.group),
        "month": formatting.month_year(date.fromisoformat(f"{row.month}-01")),
        "days": row.days,
        "limit": row.limit,
    }
    if row.limit is None:
        return _("%(month)s, %(group)s: %(days)s; no line is published") % values
    if row.at_or_above:
        return _("%(month)s, %(group)s: %(days)s; at or above the published line of %(limit)s") % values
    return _("%(month)s, %(group)s: %(days)s; below the published line of %(limit)s") % values


def windows_step(base: Window, now: Window) -> Step:
    lines = [
        _("Before: the 28 days before the first session, %(start)s to %(end)s.")
        % {"start": formatting.day(base.start), "end": formatting.day(base.end)},
        _("Now: %(start)s to %(end)s; never before the first session.")
        % {"start": formatting.day(now.start), "end": formatting.day(now.end)},
        _("Days with an entry: %(before)s of %(before_days)s before, %(after)s of %(after_days)s now.")
        % {
            "before": base.recorded,
            "before_days": base.days,
            "after": now.recorded,
            "after_days": now.days,
        },
    ]
    return Step(_("Two windows"), tuple(lines), "3")


def counting_step(base: Window, now: Window, metric: str) -> Step:
    lines = [_("A day that did not answer is unknown: it leaves both the count and the days.")]
    for words, counted in ((_("Before"), base.metrics[metric]), (_("Now"), now.metrics[metric])):
        lines.append(f"{words}: {rate_line(counted)}")
    return Step(_("%(name)s in 28 days") % {"name": metric_name(metric)}, tuple(lines), "2, 3")


def rate_line(counted: MetricCount) -> str:
    if counted.per_28 is None:
        return _("%(count)s in %(known)s known days; under %(floor)s there is no figure") % {
            "count": number(counted.count, 1),
            "known": counted.known,
            "floor": MIN_KNOWN_DAYS,
        }
    return _("%(count)s × %(month)s ÷ %(known)s known days = %(result)s") % {
        "count": number(counted.count, 1),
        "month": MONTH,
        "known": counted.known,
        "result": number(counted.per_28),
    }


def change_step(before: float, after: float) -> Step:
    difference = after - before
    lines = [f"{number(after)} − {number(before)} = {formatting.signed(difference, 4)}"]
    if before:
        percent = formatting.signed(difference / before * 100, 2)
        lines.append(f"{formatting.signed(difference, 4)} ÷ {number(before)} × 100 = {percent} %")
    else:
        lines.append(_("No percentage: there was nothing before."))
    return Step(_("The change"), tuple(lines), "4")


def alike_step(pairs: float, squares: float, windows: int, known: float, r: float) -> Step:
    lines = [
        _("Days in a row are alike, so 28 days hold less news than 28 coin tosses."),
        _(
            "Over %(windows)s windows with a figure (before, and each four weeks of a cycle), "
            "%(known)s known days each."
        )
        % {"windows": windows, "known": number(known, 2)},
    ]
    if squares:
        lines.append(
            _("Neighbours' products %(pairs)s, squares %(squares)s:")
            % {"pairs": number(pairs), "squares": number(squares)}
        )
        lines.append(
            f"r = ({number(pairs)} ÷ {number(squares)} × {number(known, 2)} + 1) ÷ ({number(known, 2)} − 3), "
            + _("kept between 0 and 0.9")
            + f" = {number(r)}"
        )
    else:
        lines.append(_("No day differed from its window, so r = 0."))
    return Step(_("How alike neighbouring days are"), tuple(lines), "4, 1")


Side = tuple[str, MetricCount]


def limits_step(before: Side, after: Side, r: float) -> Step:
    lines = [_("z = %(z)s, for 95 %%.") % {"z": f"{Z:.6f}"}]
    for words, counted in (before, after):
        share, trials = counted.count / counted.known, effective_days(counted.known, r)
        low, high = wilson(share, trials)
        lines.append(
            _(
                "%(side)s: share %(share)s of %(known)s days, worth %(trials)s free days; "
                "Wilson limits %(low)s to %(high)s"
            )
            % {
                "side": words,
                "share": number(share),
                "known": counted.known,
                "trials": number(trials, 2),
                "low": number(low),
                "high": number(high),
            }
        )
    return Step(_("How sure each side is"), tuple(lines), "4, 2")


def interval_step(before: MetricCount, after: MetricCount, r: float) -> Step:
    p1, p2 = before.count / before.known, after.count / after.known
    low1, high1 = wilson(p1, effective_days(before.known, r))
    low2, high2 = wilson(p2, effective_days(after.known, r))
    low, high = newcombe(before, after, r)
    down, up = sqrt((p2 - low2) ** 2 + (high1 - p1) ** 2), sqrt((high2 - p2) ** 2 + (p1 - low1) ** 2)
    difference = formatting.signed(p2 - p1, 4)
    lines = [
        _("Newcombe’s hybrid score interval, times 28."),
        f"28 × ({difference} − {number(down)}) = {formatting.signed(low, 4)}",
        f"28 × ({difference} + {number(up)}) = {formatting.signed(high, 4)}",
    ]
    zero = low <= 0 <= high
    lines.append(_("It includes 0: the change could be chance.") if zero else _("It does not include 0."))
    return Step(_("The 95 % interval of the change"), tuple(lines), "4, 3")
