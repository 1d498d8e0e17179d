"""The published reference lines, each with its inputs and verdict (Rules, section 5).

Every comparison is one of exact fractions: floats make 20 to 14 a 29.999999999999993 % reduction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from progress.figures.answers import MetricIndex
from progress.figures.values import CLEAR_DAYS, HEADACHE_DAYS
from progress.figures.windows import MONTH, WEEKS_1_4, WEEKS_9_12, Cycle, Window, count_window, days_between

REACHED: Final = "reached"
NOT_REACHED: Final = "not_reached"
TOO_EARLY: Final = "too_early"
NOT_ENOUGH_ENTRIES: Final = "not_enough_entries"
NOT_APPLICABLE: Final = "not_applicable"

PERCENT_FEWER: Final = "percent_fewer"
DAYS_PER_28: Final = "days_per_28"
TIMES: Final = "times"

BASELINE: Final = "baseline"
NOW: Final = "now"
BEFORE: Final = "4 weeks before"
LAST_MONTHS: Final = ("days 84-57 back", "days 56-29 back", "last 28 days")


@dataclass(frozen=True, slots=True)
class RuleInput:
    """One window as a reference line used it; `count` and `known` are of the line's metric.

    `label` is "baseline", "now", "weeks 1-4", "weeks 9-12", "4 weeks before" (a session), or one of
    LAST_MONTHS; `cycle` is the number of the cycle that the window belongs to or precedes, None for baseline,
    now and months.
    """

    label: str
    cycle: int | None
    start: date
    end: date
    count: float
    known: int
    per_28: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """What a reference line asks for: so much of a metric, in a unit.

    percent_fewer: at least `asks` percent fewer. times: at least `asks` times as many. days_per_28: each
    month under `asks`.
    """

    id: str
    metric: str
    unit: str
    asks: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A reference line, its verdict and its working.

    `achieved` is in the line's unit (percent fewer, negative when there were more; times as many; the highest
    of the three months), None unless compared. The verdict rests on the exact fraction, not on this float.
    `asked_from` is the first day on which the line is no longer too early, None while no session sets it.
    `inputs` are the windows compared, earliest first: () when too early; an absent window is left out.
    """

    id: str
    verdict: str
    metric: str
    unit: str
    asks: int
    achieved: float | None
    asked_from: date | None
    inputs: tuple[RuleInput, ...]


NICE_30: Final = Line("nice-30", HEADACHE_DAYS, PERCENT_FEWER, 30)
NICE_UNDER_15: Final = Line("nice-under-15", HEADACHE_DAYS, DAYS_PER_28, 15)
EHF_UNDER_10: Final = Line("ehf-under-10", HEADACHE_DAYS, DAYS_PER_28, 10)
EHF_30: Final = Line("ehf-30", HEADACHE_DAYS, PERCENT_FEWER, 30)
HALF: Final = Line("half", HEADACHE_DAYS, PERCENT_FEWER, 50)
HULL_CLEAR: Final = Line("hull-clear", CLEAR_DAYS, TIMES, 2)
LINES: Final = (NICE_30, NICE_UNDER_15, EHF_UNDER_10, EHF_30, HALF, HULL_CLEAR)

_Inputs = Sequence[RuleInput | None]


def evaluate_rules(
    answers: MetricIndex, base: Window, current: Window, cycles: Sequence[Cycle]
) -> tuple[Rule, ...]:
    """All reference lines in their order, for a record with at least one session."""
    first = answers.sessions[0]
    second_over = answers.sessions[1] + days_between(83) if len(answers.sessions) > 1 else None

    def judge(line: Line, asked_from: date | None, gather: Callable[[str], _Inputs]) -> Rule:
        if asked_from is None or asked_from > answers.as_of:
            return _rule(line, TOO_EARLY, asked_from)
        return _compared(line, asked_from, gather(line.metric))

    def before_and_now(metric: str) -> _Inputs:
        return _as_input(base, metric, BASELINE), _as_input(current, metric, NOW)

    def before_and_second(metric: str) -> _Inputs:
        return _as_input(base, metric, BASELINE), _period_input(cycles[1], metric, WEEKS_9_12)

    return (
        judge(NICE_30, second_over, before_and_second),
        judge(NICE_UNDER_15, first + days_between(83), lambda metric: _last_months(answers, metric)),
        judge(EHF_UNDER_10, first + days_between(83), lambda metric: _last_months(answers, metric)),
        judge(EHF_30, first + days_between(27), lambda metric: _around_session(answers, cycles, metric)),
        judge(HALF, first + days_between(27), before_and_now),
        judge(HULL_CLEAR, first + days_between(27), before_and_now),
    )


def _compared(line: Line, asked_from: date, gathered: _Inputs) -> Rule:
    """The verdict of a line that is not too early, asked in the order of the rules."""
    inputs = tuple(found for found in gathered if found is not None)
    if len(inputs) < len(gathered) or any(found.per_28 is None for found in inputs):
        return _rule(line, NOT_ENOUGH_ENTRIES, asked_from, inputs)
    achieved = _achieved(line.unit, [Fraction(found.count) / found.known for found in inputs])
    if achieved is None:
        return _rule(line, NOT_APPLICABLE, asked_from, inputs)
    holds = achieved < line.asks if line.unit == DAYS_PER_28 else achieved >= line.asks
    return _rule(line, REACHED if holds else NOT_REACHED, asked_from, inputs, float(achieved))


def _achieved(unit: str, shares: Sequence[Fraction]) -> Fraction | None:
    """What the shares of known days come to in `unit`; None with a zero on the side compared against."""
    if unit == DAYS_PER_28:
        return max(shares) * MONTH
    before, after = shares
    if not before:
        return None
    return (before - after) / before * 100 if unit == PERCENT_FEWER else after / before


def _rule(
    line: Line,
    verdict: str,
    asked_from: date | None,
    inputs: tuple[RuleInput, ...] = (),
    achieved: float | None = None,
) -> Rule:
    return Rule(line.id, verdict, line.metric, line.unit, line.asks, achieved, asked_from, inputs)


def _as_input(window: Window, metric: str, label: str, cycle: int | None = None) -> RuleInput:
    found = window.metrics[metric]
    return RuleInput(label, cycle, window.start, window.end, found.count, found.known, found.per_28)


def _period_input(cycle: Cycle, metric: str, label: str) -> RuleInput | None:
    window = cycle.period(label)
    return None if window is None else _as_input(window, metric, label, cycle.number)


def _span_input(
    answers: MetricIndex, metric: str, label: str, start: date, *, cycle: int | None = None
) -> RuleInput:
    """The 28 days from `start`, which need not be a window of any cycle."""
    end = start + days_between(MONTH - 1)
    found = count_window(answers, metric, start, end)
    return RuleInput(label, cycle, start, end, found.count, found.known, found.per_28)


def _last_months(answers: MetricIndex, metric: str) -> _Inputs:
    """Three back-to-back windows of 28 days that end at as_of."""
    start = answers.as_of - days_between(3 * MONTH - 1)
    return [
        _span_input(answers, metric, label, start + days_between(MONTH * index))
        for index, label in enumerate(LAST_MONTHS)
    ]


def _around_session(answers: MetricIndex, cycles: Sequence[Cycle], metric: str) -> _Inputs:
    """The 28 days before and after the latest session whose 28 days after have passed."""
    cycle = [one for one in cycles if one.session + days_between(MONTH - 1) <= answers.as_of][-1]
    before = _span_input(answers, metric, BEFORE, cycle.session - days_between(MONTH), cycle=cycle.number)
    return before, _period_input(cycle, metric, WEEKS_1_4)
