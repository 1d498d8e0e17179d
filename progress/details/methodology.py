"""The page that explains how the figures are computed, step by step, with the patient's own numbers.

Every number comes from the functions that compute the figures, so the page always agrees with them.
"""

from dataclasses import dataclass
from datetime import date
from math import sqrt

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest
from core import formatting
from core.dates import local_date
from figures.change import (
    AutocorrelationTerms,
    Z,
    autocorrelation_terms,
    effective_days,
    newcombe,
    wilson,
)
from figures.engine import Figures, figures_from_index
from figures.looks import Z_OF_LOOKS, Look
from figures.metric_index import MetricIndex
from figures.values import HEADACHE_DAYS, METRICS, SUM_METRICS, YES_NO_METRICS
from figures.wear_off import pool_cycles
from figures.windows import MIN_KNOWN_DAYS, MONTH, MetricCount, Window
from headaches.medicine_days import group_name
from progress.cache.load import load_relief
from progress.cache.store import load_cached_diary
from progress.dashboard.query import parse_query
from progress.details.doubt_steps import build_doubt_steps
from progress.details.relief_steps import build_relief_steps
from progress.details.steps import Step, format_number
from progress.details.views import get_record
from progress.presentation.looks import describe_next_look, period_name, reference_name
from progress.presentation.medication import last_months
from progress.presentation.reference_lines import build_line_labels
from progress.presentation.sentences import describe_count, metric_name, metric_switch_name
from progress.presentation.weeks import has_weeks, week_name


@require_safe
def how(request: PersonRequest, key: str | None = None) -> HttpResponse:
    """Show how the figures of one metric are computed."""
    record = get_record(request, key)
    today = local_date(record.user, timezone.now())
    query = parse_query(request.GET, today)
    index = load_cached_diary(record).build_index(query.as_of)
    figures = figures_from_index(index)
    context = {
        "record": record,
        "key": key,
        "query": query,
        "today": today,
        "metric_name": metric_name(query.metric),
        "metric_choices": [(metric, metric_switch_name(metric)) for metric in METRICS],
        "steps": build_steps(figures, index, query.metric),
        "other_steps": [
            *build_doubt_steps(figures),
            *build_wear_off_steps(figures),
            *build_medication_steps(figures),
            *build_relief_steps(load_relief(record, query.as_of), figures.menstrual, query.as_of),
        ],
        "lines": [build_line_labels(rule) for rule in figures.rules],
        "figures": figures,
    }
    return render(request, "progress/how.html", context)


def build_steps(figures: Figures, index: MetricIndex, metric: str) -> list[Step]:
    """Explain one metric at its latest look, from the windows to the interval; [] without a session."""
    baseline, now, looks = figures.baseline, figures.now, figures.looks
    if baseline is None or now is None or looks is None:
        return []
    look = looks[HEADACHE_DAYS if metric in SUM_METRICS else metric]
    steps = [build_look_step(look, figures), build_counting_step(look, baseline, now, metric)]
    if look is None:
        return steps
    before, after = look.before.metrics[metric], look.after.metrics[metric]
    if before.per_28 is None or after.per_28 is None:
        return steps
    old, new = format_number(before.per_28), format_number(after.per_28)
    difference = formatting.signed(after.per_28 - before.per_28, 4)
    if before.per_28:
        percent = formatting.signed((after.per_28 - before.per_28) / before.per_28 * 100, 2)
        relative = f"{difference} ÷ {old} × 100 = {percent} %"
    else:
        relative = _("No percentage: there was nothing before.")
    steps.append(Step(_("The change"), (f"{new} − {old} = {difference}", relative), "4"))
    if metric in YES_NO_METRICS:
        terms = autocorrelation_terms(index, baseline, figures.cycles, metric)
        sides = (_("Before"), before), (_("Latest look"), after)
        steps += [
            build_autocorrelation_step(terms),
            build_limits_step(*sides, terms.r, LOOK_LEVEL),
            build_interval_step(before, after, terms.r, LOOK_LEVEL),
        ]
    return steps


def build_wear_off_steps(figures: Figures) -> list[Step]:
    """Explain the weeks since the injection and the wear-off; [] while no week has a known day."""
    wear_off = figures.wear_off
    if wear_off is None or figures.autocorrelation is None or not has_weeks(wear_off):
        return []
    weeks = [_("Week n of a cycle is day 7(n−1) to day 7n−1 after its session, over all cycles; days in 7:")]
    for key, week in wear_off.weeks.items():
        if week.known:
            rate = _("%(count)s × 7 ÷ %(known)s counted days = %(result)s") % {
                "count": format_number(week.count, 1),
                "known": week.known,
                "result": format_number(week.per_week or 0),
            }
            weeks.append(f"{week_name(key)}: {rate}")
    steps = [Step(_("Weeks since the injection"), tuple(weeks), "6", "wear-off")]
    pooled, r = pool_cycles(figures.cycles), figures.autocorrelation[HEADACHE_DAYS]
    if not wear_off.cycles or wear_off.difference is None:
        return steps
    middle, late = (_("Weeks 5 to 8"), pooled.middle), (_("Weeks 9 to 12"), pooled.late)
    lines = [
        ngettext(
            "Added up over the %(cycles)s cycle in which both have 20 counted days.",
            "Added up over the %(cycles)s cycles in which both have 20 counted days.",
            pooled.cycles,
        )
        % {"cycles": pooled.cycles},
        *(f"{label}: {format_rate(count)}" for label, count in (middle, late)),
        f"{format_number(pooled.late.per_28 or 0)} − {format_number(pooled.middle.per_28 or 0)}"
        f" = {formatting.signed(wear_off.difference, 4)}",
        _("r of headache days, over the same windows as above: %(r)s") % {"r": format_number(r)},
        *build_limits_step(middle, late, r, COMPARISON_LEVEL).lines[1:],
        *build_interval_step(pooled.middle, pooled.late, r, COMPARISON_LEVEL).lines,
    ]
    return [*steps, Step(_("Weeks 9 to 12 compared with weeks 5 to 8"), tuple(lines), "6")]


def build_medication_steps(figures: Figures) -> list[Step]:
    """Explain the days with acute medicine of the last months by group; [] without any."""
    since = f"{last_months(figures.as_of)[0]:%Y-%m}"
    overuses = [overuse for overuse in figures.overuse if overuse.month >= since]
    if not overuses:
        return []
    lines = [
        _(
            "Each day of a calendar month with any intake of a group counts once, whatever the number of tablets."
        ),
        _("Paracetamol and the like and NSAIDs are one group, simple painkillers."),
    ]
    for overuse in overuses:
        if overuse.limit is None:
            text = _("%(month)s, %(group)s: %(days)s; there is no published limit")
        elif overuse.at_or_above:
            text = _("%(month)s, %(group)s: %(days)s; at or above the published limit of %(limit)s")
        else:
            text = _("%(month)s, %(group)s: %(days)s; below the published limit of %(limit)s")
        values = {
            "group": group_name(overuse.group),
            "month": formatting.month_year(date.fromisoformat(f"{overuse.month}-01")),
            "days": overuse.days,
            "limit": overuse.limit,
        }
        lines.append(text % values)
    return [Step(_("Acute medication by month"), tuple(lines), "7", "medicine")]


def build_look_step(look: Look | None, figures: Figures) -> Step:
    """Explain which two periods are compared, and when a change is judged."""
    lines = [
        _("A change is judged at the end of weeks 4, 8 and 12 of each cycle, by a 99 % interval: a look."),
        _("A look needs a full period of 28 days with at least 20 counted days, on either side."),
    ]
    if look is not None:
        lines += [
            _("Before: %(reference)s, %(start)s to %(end)s, with %(recorded)s of %(days)s days recorded.")
            % {
                "reference": reference_name(look),
                "start": formatting.day(look.before.start),
                "end": formatting.day(look.before.end),
                "recorded": look.before.recorded,
                "days": look.before.days,
            },
            _("Latest look: %(period)s, %(start)s to %(end)s, with %(recorded)s of %(days)s days recorded.")
            % {
                "period": period_name(look.label, look.cycle),
                "start": formatting.day(look.start),
                "end": formatting.day(look.end),
                "recorded": look.after.recorded,
                "days": look.after.days,
            },
        ]
    return Step(_("The latest look"), (*lines, describe_next_look(figures)), "13")


def build_counting_step(look: Look | None, baseline: Window, now: Window, metric: str) -> Step:
    """Explain how the days of one metric are counted."""
    before = look.before if look else baseline
    counted = [
        _("A day without an answer is unknown: it is left out of the count and of the days."),
        _("Before") + ": " + format_rate(before.metrics[metric]),
    ]
    if look:
        counted.append(_("Latest look") + ": " + format_rate(look.after.metrics[metric]))
    counted.append(
        _("The last 28 days are a count without a verdict: %(count)s.")
        % {"count": describe_count(now, metric)}
    )
    return Step(_("%(name)s in 28 days") % {"name": metric_name(metric)}, tuple(counted), "2, 3")


def format_rate(count: MetricCount) -> str:
    if count.per_28 is None:
        return _(
            "%(count)s in %(known)s counted days; with fewer than %(minimum)s there is no number for 28 days"
        ) % {
            "count": format_number(count.count, 1),
            "known": count.known,
            "minimum": MIN_KNOWN_DAYS,
        }
    return _("%(count)s × %(month)s ÷ %(known)s counted days = %(result)s") % {
        "count": format_number(count.count, 1),
        "month": MONTH,
        "known": count.known,
        "result": format_number(count.per_28),
    }


def build_autocorrelation_step(terms: AutocorrelationTerms) -> Step:
    pairs, squares = format_number(terms.pairs), format_number(terms.squares)
    known_days = format_number(terms.known_days, 2)
    lines = [
        _("Days in a row are similar, so 28 days say less than 28 coin tosses."),
        _(
            "Over %(windows)s windows with enough days (before, and each four weeks of a cycle), "
            "%(known)s counted days each."
        )
        % {"windows": terms.windows, "known": known_days},
    ]
    if terms.squares:
        lines.append(
            _("Neighbours' products %(pairs)s, squares %(squares)s:") % {"pairs": pairs, "squares": squares}
        )
        lines.append(
            f"r = ({pairs} ÷ {squares} × {known_days} + 1) ÷ ({known_days} − 3), "
            + _("limited to 0 to 0.9")
            + f" = {format_number(terms.r)}"
        )
    else:
        lines.append(_("No day differed from its window, so r = 0."))
    return Step(_("How similar neighbouring days are"), tuple(lines), "4, 1")


Side = tuple[str, MetricCount]


@dataclass(frozen=True, slots=True)
class Level:
    """How sure an interval is: percent, and the quantile of the normal distribution."""

    percent: int
    z: float


COMPARISON_LEVEL = Level(95, Z)
LOOK_LEVEL = Level(99, Z_OF_LOOKS)


def build_limits_step(before: Side, after: Side, r: float, level: Level) -> Step:
    lines = [_("z = %(z)s, for %(percent)s %%.") % {"z": f"{level.z:.6f}", "percent": level.percent}]
    for label, count in (before, after):
        share, trials = count.count / count.known, effective_days(count.known, r)
        low, high = wilson(share, trials, level.z)
        lines.append(
            _(
                "%(side)s: share %(share)s of %(known)s days, worth %(trials)s independent days; Wilson "
                "limits %(low)s to %(high)s"
            )
            % {
                "side": label,
                "share": format_number(share),
                "known": count.known,
                "trials": format_number(trials, 2),
                "low": format_number(low),
                "high": format_number(high),
            }
        )
    return Step(_("How sure each side is"), tuple(lines), "4, 2")


def build_interval_step(before: MetricCount, after: MetricCount, r: float, level: Level) -> Step:
    p1, p2 = before.count / before.known, after.count / after.known
    low1, high1 = wilson(p1, effective_days(before.known, r), level.z)
    low2, high2 = wilson(p2, effective_days(after.known, r), level.z)
    low, high = newcombe(before, after, r, level.z)
    down, up = sqrt((p2 - low2) ** 2 + (high1 - p1) ** 2), sqrt((high2 - p2) ** 2 + (p1 - low1) ** 2)
    difference = formatting.signed(p2 - p1, 4)
    lines = [
        _("Newcombe’s hybrid score interval, times 28."),
        f"28 × ({difference} − {format_number(down)}) = {formatting.signed(low, 4)}",
        f"28 × ({difference} + {format_number(up)}) = {formatting.signed(high, 4)}",
    ]
    zero = low <= 0 <= high
    if level == LOOK_LEVEL:
        lines.append(_("It includes 0: the change could be chance.") if zero else _("It does not include 0."))
    else:
        lines.append(_("It includes 0.") if zero else _("It does not include 0."))
    title = _("The %(percent)s %% interval of the change") % {"percent": level.percent}
    return Step(title, tuple(lines), "4, 3" if level == COMPARISON_LEVEL else "4, 3; 13")
