"""The rows of the page of cycles: each injection beside the headache days after it; and cycles compared by units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from figures.change import Change, compute_change
from figures.engine import Figures
from figures.metric_index import MetricIndex
from figures.values import ACUTE_MEDICATION_DAYS, HEADACHE_DAYS
from figures.windows import (
    MONTHS_OF_A_CYCLE,
    WEEKS_5_8,
    WEEKS_9_12,
    Cycle,
    MetricCount,
    Window,
    count_window,
    cycle_spans,
)
from progress.presentation.missing_rates import DiarySpan, MissingRate, explain_missing_rate
from progress.presentation.sentences import describe_difference, describe_range, is_within_chance
from treatments.domain.scores import format_score
from treatments.domain.side_effects import effect_label
from treatments.domain.sites import Layout, build_layout, compute_totals, describe_units, is_botox
from treatments.models import InjectionSession, Score

FIXED_UNITS = 155
TWELVE_WEEKS = timedelta(83)


@dataclass(frozen=True, slots=True)
class Cell:
    """Headache days of one period: the rate, or the count of too few days; and how complete it is."""

    label: str
    entries: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One cycle, formatted. `periods` has three cells; None for a period after the end of the cycle."""

    number: int
    session: date
    product: str
    units: str
    sites: str
    lot: str
    layout: Layout
    periods: Sequence[Cell | None]
    wear_off: str
    effects: Sequence[str]
    scores: Sequence[str]
    medication: str
    goals: Sequence[str]


def build_cell(window: Window | None) -> Cell | None:
    if window is None:
        return None
    count = window.metrics[HEADACHE_DAYS]
    label = (
        formatting.decimal(count.per_28)
        if count.per_28 is not None
        else _("%(count)s in %(known)s days") % {"count": formatting.whole(count.count), "known": count.known}
    )
    entries = _("%(recorded)s of %(days)s days") % {"recorded": window.recorded, "days": window.days}
    return Cell(label, entries, not window.complete)


def describe_change(change: Change | None, missing: MissingRate | None = None) -> str:
    """Return "3 more (1 to 5 more)", with "could be chance" if the interval includes 0; or why there is no change."""
    if change is None or change.interval is None:
        return missing.label if missing else _("too few days filled in")
    label = _("%(difference)s (%(range)s)") % {
        "difference": describe_difference(change.difference),
        "range": describe_range(change.interval),
    }
    return _("%(words)s, could be chance") % {"words": label} if is_within_chance(change) else label


def describe_wear_off(cycle: Cycle, r: float, span: DiarySpan) -> str:
    """Compare weeks 9 to 12 with weeks 5 to 8 of one cycle."""
    middle, late = cycle.period(WEEKS_5_8), cycle.period(WEEKS_9_12)
    if middle is None or late is None:
        return "–"
    change = compute_change(HEADACHE_DAYS, middle.metrics[HEADACHE_DAYS], late.metrics[HEADACHE_DAYS], r)
    if change is None and not late.complete:
        return _("not yet: weeks 9–12 are running")
    missing = explain_missing_rate(middle, HEADACHE_DAYS, span) or explain_missing_rate(
        late, HEADACHE_DAYS, span
    )
    return describe_change(change, missing)


def describe_medication(index: MetricIndex, start: date, end: date) -> str:
    count = count_window(index, ACUTE_MEDICATION_DAYS, start, end)
    if not count.known:
        return "–"
    return _("%(count)s in %(known)s counted days") % {
        "count": formatting.whole(count.count),
        "known": count.known,
    }


def build_cycle_rows(
    figures: Figures, index: MetricIndex, sessions: Mapping[date, InjectionSession], scores: Sequence[Score]
) -> list[CycleRow]:
    """Build a row for each cycle. sessions: by date, with their sites, side effects and goals prefetched."""
    r = (figures.autocorrelation or {}).get(HEADACHE_DAYS, 0.0)
    spans, diary_span = cycle_spans(index) if index.sessions else [], DiarySpan.of(index)
    rows = []
    for cycle, span in zip(figures.cycles, spans, strict=True):
        session = sessions[cycle.session]
        layout = build_layout(session.injections.all())
        number_of_sites = compute_totals(layout).sites
        effects = [effect_label(side_effect.effect) for side_effect in session.side_effects.all()]
        goals = [
            f"{goal.goal}: {goal.get_outcome_display()}" if goal.outcome else goal.goal
            for goal in session.goals.all()
        ]
        # The last total within the cycle of each questionnaire, named "HIT-6" or "MSQ emotional".
        totals = {
            f"MSQ {score.scale}" if score.scale else score.get_instrument_display(): score.score
            for score in sorted(scores, key=lambda score: score.date)
            if span[0] <= score.date <= span[1]
        }
        cycle_row = CycleRow(
            number=cycle.number,
            session=cycle.session,
            product=session.product,
            units=describe_units(session.units) if session.units is not None else "–",
            sites=str(number_of_sites) if number_of_sites else "–",
            lot=session.lot,
            layout=layout,
            periods=[build_cell(cycle.period(label)) for label in MONTHS_OF_A_CYCLE],
            wear_off=describe_wear_off(cycle, r, diary_span),
            effects=list(dict.fromkeys(effects)),
            scores=[f"{name} {format_score(total)}" for name, total in totals.items()],
            medication=describe_medication(index, *span),
            goals=goals,
        )
        rows.append(cycle_row)
    return rows


# ---------- cycles by units ----------


@dataclass(frozen=True, slots=True)
class DosedCycle:
    """A cycle with known units of onabotulinumtoxinA, and its headache days in weeks 1 to 12."""

    number: int
    units: Decimal
    days: MetricCount


@dataclass(frozen=True, slots=True)
class UnitsAnswer:
    """Cycles compared by units: one sentence, and each change of units from one cycle to the next."""

    sentence: str
    steps: Sequence[str]
    is_comparison: bool


def list_dosed_cycles(index: MetricIndex, sessions: Mapping[date, InjectionSession]) -> list[DosedCycle]:
    """List the cycles with comparable units: units of different products are not interchangeable."""
    cycles = []
    for cycle_number, (start, end) in enumerate(cycle_spans(index) if index.sessions else [], start=1):
        session = sessions[start]
        if session.units is not None and is_botox(session.product):
            last = min(end, start + TWELVE_WEEKS)
            cycles.append(
                DosedCycle(cycle_number, session.units, count_window(index, HEADACHE_DAYS, start, last))
            )
    return cycles


def pool_periods(cycles: Sequence[DosedCycle]) -> MetricCount:
    return MetricCount.of(
        sum(cycle.days.count for cycle in cycles), sum(cycle.days.known for cycle in cycles)
    )


def build_units_answer(
    figures: Figures, index: MetricIndex, sessions: Mapping[date, InjectionSession]
) -> UnitsAnswer:
    """Compare the cycles with more than 155 units with those up to 155, and each change of units."""
    r = (figures.autocorrelation or {}).get(HEADACHE_DAYS, 0.0)
    cycles = list_dosed_cycles(index, sessions)
    higher = [cycle for cycle in cycles if cycle.units > FIXED_UNITS]
    fixed = [cycle for cycle in cycles if cycle.units <= FIXED_UNITS]
    if not higher or not fixed:
        sentence = _(
            "Nothing to compare: this needs cycles with more than 155 units and cycles with up to 155."
        )
        return UnitsAnswer(sentence, [], False)
    usual, more = pool_periods(fixed), pool_periods(higher)
    change = compute_change(HEADACHE_DAYS, usual, more, r)
    sentence = describe_units_answer(usual, more, len(fixed), len(higher), change)
    text = _("Cycle %(number)s (%(units)s units) compared with cycle %(before)s (%(old)s): %(change)s.")
    steps = [
        text
        % {
            "number": cycle.number,
            "units": describe_units(cycle.units),
            "before": previous.number,
            "old": describe_units(previous.units),
            "change": describe_change(compute_change(HEADACHE_DAYS, previous.days, cycle.days, r)),
        }
        for previous, cycle in pairwise(cycles)
        if cycle.units != previous.units
    ]
    return UnitsAnswer(sentence, steps, change is not None)


def describe_units_answer(
    usual: MetricCount, more: MetricCount, usual_cycles: int, more_cycles: int, change: Change | None
) -> str:
    if change is None or usual.per_28 is None or more.per_28 is None:
        return _("Too few days filled in to compare cycles by their units.")
    first = ngettext(
        "In %(n)s cycle with more than 155 units",
        "In %(n)s cycles with more than 155 units",
        more_cycles,
    ) % {"n": more_cycles}
    second = ngettext("in %(n)s with up to 155", "in %(n)s with up to 155", usual_cycles) % {
        "n": usual_cycles
    }
    return _("%(first)s, %(more)s headache days in 28; %(second)s, %(usual)s. Difference: %(change)s.") % {
        "first": first,
        "more": formatting.decimal(more.per_28),
        "second": second,
        "usual": formatting.decimal(usual.per_28),
        "change": describe_change(change),
    }
