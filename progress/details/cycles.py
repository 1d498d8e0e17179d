"""One row a cycle: what was given joined to what the diary holds of it; and whether more units came with fewer days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from progress.figures.change import Change, compute_change
from progress.figures.engine import Figures
from progress.figures.metric_index import MetricIndex
from progress.figures.values import ACUTE_MEDICATION_DAYS, HEADACHE_DAYS
from progress.figures.windows import (
    MONTHS_OF_A_CYCLE,
    WEEKS_5_8,
    WEEKS_9_12,
    Cycle,
    MetricCount,
    Window,
    count_window,
    cycle_spans,
)
from progress.presentation.sentences import describe_difference, describe_range, is_within_chance
from treatments.domain.scores import number, short_name
from treatments.domain.side_effects import effect_label
from treatments.domain.sites import Layout, build_layout, describe_units, is_botox, totals
from treatments.models import Goal, InjectionSession, Score

FIXED_UNITS = 155
TWELVE_WEEKS = timedelta(83)


@dataclass(frozen=True, slots=True)
class Cell:
    """Headache days of one period: the figure or the bare count, and how complete it is."""

    words: str
    entries: str
    running: bool


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One cycle, ready to be shown. periods has three cells, None where the cycle does not reach."""

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


def build_cell(found: Window | None) -> Cell | None:
    if found is None:
        return None
    counted = found.metrics[HEADACHE_DAYS]
    words = (
        formatting.decimal(counted.per_28)
        if counted.per_28 is not None
        else _("%(count)s in %(known)s days")
        % {"count": formatting.whole(counted.count), "known": counted.known}
    )
    entries = _("%(recorded)s of %(days)s days") % {"recorded": found.recorded, "days": found.days}
    return Cell(words, entries, not found.complete)


def describe_change(found: Change | None) -> str:
    """ "3 more (1 to 5 more)", with "could be chance" where it could"""
    if found is None or found.interval is None:
        return _("not enough entries")
    words = _("%(difference)s (%(range)s)") % {
        "difference": describe_difference(found.difference),
        "range": describe_range(found.interval),
    }
    return _("%(words)s, could be chance") % {"words": words} if is_within_chance(found) else words


def describe_wear_off(cycle: Cycle, r: float) -> str:
    """Weeks 9 to 12 against weeks 5 to 8 of one cycle."""
    middle, late = cycle.period(WEEKS_5_8), cycle.period(WEEKS_9_12)
    if middle is None or late is None:
        return "–"
    found = compute_change(HEADACHE_DAYS, middle.metrics[HEADACHE_DAYS], late.metrics[HEADACHE_DAYS], r)
    if found is None and not late.complete:
        return _("not yet: weeks 9–12 are running")
    return describe_change(found)


def describe_medication(answers: MetricIndex, start: date, end: date) -> str:
    found = count_window(answers, ACUTE_MEDICATION_DAYS, start, end)
    if not found.known:
        return "–"
    return _("%(count)s in %(known)s known days") % {
        "count": formatting.whole(found.count),
        "known": found.known,
    }


def describe_goals(goal: Goal) -> str:
    """ "dance again: partly" """
    return f"{goal.goal}: {goal.get_outcome_display()}" if goal.outcome else goal.goal


def describe_scores(rows: Iterable[Score], start: date, end: date) -> list[str]:
    """The last total of each questionnaire within a cycle."""
    latest: dict[tuple[str, str], Score] = {}
    for row in sorted(rows, key=lambda one: one.date):
        if start <= row.date <= end:
            latest[row.instrument, row.scale] = row
    return [f"{short_name(*kind)} {number(row.score)}" for kind, row in latest.items()]


def build_cycle_rows(
    figures: Figures, answers: MetricIndex, sessions: Mapping[date, InjectionSession], scores: Sequence[Score]
) -> list[CycleRow]:
    """A row for each cycle; sessions by date, with their sites, side effects and goals fetched."""
    r = (figures.autocorrelation or {}).get(HEADACHE_DAYS, 0.0)
    spans = cycle_spans(answers) if answers.sessions else []
    return [
        build_cycle_row(cycle, sessions[cycle.session], answers, span, scores, r)
        for cycle, span in zip(figures.cycles, spans, strict=True)
    ]


def build_cycle_row(
    cycle: Cycle,
    session: InjectionSession,
    answers: MetricIndex,
    span: tuple[date, date],
    scores: Sequence[Score],
    r: float,
) -> CycleRow:
    layout = build_layout(session.injections.all())
    given = totals(layout)
    effects = dict.fromkeys(effect_label(row.effect) for row in session.side_effects.all())
    return CycleRow(
        number=cycle.number,
        session=cycle.session,
        product=session.product,
        units=describe_units(session.units) if session.units is not None else "–",
        sites=str(given.sites) if given.sites else "–",
        lot=session.lot,
        layout=layout,
        periods=[build_cell(cycle.period(label)) for label in MONTHS_OF_A_CYCLE],
        wear_off=describe_wear_off(cycle, r),
        effects=list(effects),
        scores=describe_scores(scores, *span),
        medication=describe_medication(answers, *span),
        goals=[describe_goals(goal) for goal in session.goals.all()],
    )


# ---------- did the extra units matter? ----------


@dataclass(frozen=True, slots=True)
class DosedCycle:
    """A cycle with known units of onabotulinumtoxinA, and its headache days in weeks 1 to 12."""

    number: int
    units: Decimal
    days: MetricCount


@dataclass(frozen=True, slots=True)
class UnitsAnswer:
    """What the record can say of the units: one sentence, and each step from one cycle to the next."""

    sentence: str
    steps: Sequence[str]
    compared: bool


def dosed_cycles(answers: MetricIndex, sessions: Mapping[date, InjectionSession]) -> list[DosedCycle]:
    """The cycles whose units can be set against each other: units of other products are other units."""
    found = []
    for index, (start, end) in enumerate(cycle_spans(answers) if answers.sessions else [], start=1):
        session = sessions[start]
        if session.units is not None and is_botox(session.product):
            last = min(end, start + TWELVE_WEEKS)
            found.append(DosedCycle(index, session.units, count_window(answers, HEADACHE_DAYS, start, last)))
    return found


def pool_periods(cycles: Sequence[DosedCycle]) -> MetricCount:
    return MetricCount.of(sum(one.days.count for one in cycles), sum(one.days.known for one in cycles))


def units_answer(
    figures: Figures, answers: MetricIndex, sessions: Mapping[date, InjectionSession]
) -> UnitsAnswer:
    """Cycles with more than 155 units against those with up to 155, and each change of units in turn."""
    r = (figures.autocorrelation or {}).get(HEADACHE_DAYS, 0.0)
    cycles = dosed_cycles(answers, sessions)
    more = [one for one in cycles if one.units > FIXED_UNITS]
    usual = [one for one in cycles if one.units <= FIXED_UNITS]
    if not more or not usual:
        return UnitsAnswer(
            _("No two kinds of cycles to compare: all known units are alike in this."), [], False
        )
    found = compute_change(HEADACHE_DAYS, pool_periods(usual), pool_periods(more), r)
    sentence = describe_units_answer(pool_periods(usual), pool_periods(more), len(usual), len(more), found)
    return UnitsAnswer(sentence, steps(cycles, r), found is not None)


def describe_units_answer(
    usual: MetricCount, more: MetricCount, usual_cycles: int, more_cycles: int, found: Change | None
) -> str:
    if found is None or usual.per_28 is None or more.per_28 is None:
        return _("Not enough entries to compare cycles by their units.")
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
        "change": describe_change(found),
    }


def steps(cycles: Sequence[DosedCycle], r: float) -> list[str]:
    """Each cycle whose units differ from the cycle before."""
    words = _("Cycle %(number)s (%(units)s units) against cycle %(before)s (%(old)s): %(change)s.")
    return [
        words
        % {
            "number": one.number,
            "units": describe_units(one.units),
            "before": old.number,
            "old": describe_units(old.units),
            "change": describe_change(compute_change(HEADACHE_DAYS, old.days, one.days, r)),
        }
        for old, one in pairwise(cycles)
        if one.units != old.units
    ]
