"""The published reference lines, each with its inputs and verdict (Rules, section 5).

Comparisons use exact fractions: with floats, 20 to 14 is a reduction of 29.999999999999993 %.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from figures.metric_index import MetricIndex
from figures.values import CLEAR_DAYS, HEADACHE_DAYS
from figures.windows import MONTH, WEEKS_1_4, WEEKS_9_12, Cycle, Window, count_window

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
    """One window as a reference line uses it; `count` and `known` are of the line's metric.

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
    """The threshold of a reference line: `asks` of a metric, in a unit (Rules, section 5).

    percent_fewer: at least `asks` percent fewer. times: at least `asks` times as many. days_per_28: each
    month under `asks`.
    """

    id: str
    metric: str
    unit: str
    asks: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A reference line with its verdict, inputs and result (Rules, section 5).

    `achieved` is in the line's unit (percent fewer, negative when there were more; times as many; the highest
    of the three months), None unless compared. The verdict rests on the exact fraction, not on this float.
    `asked_from` is the first day on which the line can be evaluated, None while no session determines it.
    `inputs` are the windows compared, earliest first: () when too early; an absent window is left out.
    `luck` is the probability that a diary in which nothing changes reaches the line, None unless compared
    (Rules, section 15). `robust` says whether a reached line stays reached with the unknown days of all its windows
    set against it, None unless reached (Rules, section 14).
    """

    id: str
    verdict: str
    metric: str
    unit: str
    asks: int
    achieved: float | None
    asked_from: date | None
    inputs: tuple[RuleInput, ...]
    luck: float | None = None
    robust: bool | None = None


NICE_30: Final = Line("nice-30", HEADACHE_DAYS, PERCENT_FEWER, 30)
NICE_UNDER_15: Final = Line("nice-under-15", HEADACHE_DAYS, DAYS_PER_28, 15)
EHF_UNDER_10: Final = Line("ehf-under-10", HEADACHE_DAYS, DAYS_PER_28, 10)
EHF_30: Final = Line("ehf-30", HEADACHE_DAYS, PERCENT_FEWER, 30)
HALF: Final = Line("half", HEADACHE_DAYS, PERCENT_FEWER, 50)
HULL_CLEAR: Final = Line("hull-clear", CLEAR_DAYS, TIMES, 2)
LINES: Final = (NICE_30, NICE_UNDER_15, EHF_UNDER_10, EHF_30, HALF, HULL_CLEAR)

_Inputs = Sequence[RuleInput | None]


def evaluate_rules(
    index: MetricIndex, baseline: Window, now: Window, cycles: Sequence[Cycle]
) -> tuple[Rule, ...]:
    """Evaluate all reference lines in their order, for a diary with at least one session."""
    first = index.sessions[0]
    second_cycle_end = index.sessions[1] + timedelta(83) if len(index.sessions) > 1 else None

    def evaluate(line: Line, asked_from: date | None, gather: Callable[[str], _Inputs]) -> Rule:
        if asked_from is None or asked_from > index.as_of:
            return _build_rule(line, TOO_EARLY, asked_from)
        return _compare(line, asked_from, gather(line.metric))

    def before_and_now(metric: str) -> _Inputs:
        return _as_input(baseline, metric, BASELINE), _as_input(now, metric, NOW)

    def before_and_second(metric: str) -> _Inputs:
        return _as_input(baseline, metric, BASELINE), _period_input(cycles[1], metric, WEEKS_9_12)

    def around_session(metric: str) -> _Inputs:
        """Return the 28 days before and after the latest session after which 28 days have passed."""
        last_start = index.as_of - timedelta(MONTH - 1)
        cycle = [candidate for candidate in cycles if candidate.session <= last_start][-1]
        before = _span_input(index, metric, BEFORE, cycle.session - timedelta(MONTH), cycle=cycle.number)
        return before, _period_input(cycle, metric, WEEKS_1_4)

    return (
        evaluate(NICE_30, second_cycle_end, before_and_second),
        evaluate(NICE_UNDER_15, first + timedelta(83), lambda metric: _last_months(index, metric)),
        evaluate(EHF_UNDER_10, first + timedelta(83), lambda metric: _last_months(index, metric)),
        evaluate(EHF_30, first + timedelta(27), around_session),
        evaluate(HALF, first + timedelta(27), before_and_now),
        evaluate(HULL_CLEAR, first + timedelta(27), before_and_now),
    )


def _compare(line: Line, asked_from: date, gathered: _Inputs) -> Rule:
    """Return the verdict of a line that is not too early; checks follow the order of Rules, section 5."""
    inputs = tuple(rule_input for rule_input in gathered if rule_input is not None)
    if len(inputs) < len(gathered) or any(rule_input.per_28 is None for rule_input in inputs):
        return _build_rule(line, NOT_ENOUGH_ENTRIES, asked_from, inputs)
    shares = [Fraction(rule_input.count) / rule_input.known for rule_input in inputs]
    if line.unit != DAYS_PER_28 and not shares[0]:
        return _build_rule(line, NOT_APPLICABLE, asked_from, inputs)
    achieved = _achieve(line, shares)
    if not _holds(line, achieved):
        return _build_rule(line, NOT_REACHED, asked_from, inputs, float(achieved))
    robust = _holds(line, _achieve(line, _shares_against(line, inputs)))
    return _build_rule(line, REACHED, asked_from, inputs, float(achieved), robust)


def _achieve(line: Line, shares: Sequence[Fraction]) -> Fraction:
    """Return what the shares of yes days achieve, in the unit of the line; the side compared against is not 0."""
    if line.unit == DAYS_PER_28:
        return max(shares) * MONTH
    before, after = shares
    return (before - after) / before * 100 if line.unit == PERCENT_FEWER else after / before


def _holds(line: Line, achieved: Fraction) -> bool:
    return achieved < line.asks if line.unit == DAYS_PER_28 else achieved >= line.asks


def _shares_against(line: Line, inputs: Sequence[RuleInput]) -> list[Fraction]:
    """Return the shares with every unknown day set against the line (Rules, section 14).

    Headache days: before none, after all. Days without headache: before all, after none.
    """
    shares = []
    for position, used in enumerate(inputs):
        days = (used.end - used.start).days + 1
        is_before = line.unit != DAYS_PER_28 and position == 0
        counts_unknown = is_before == (line.unit == TIMES)
        shares.append(Fraction(used.count + (days - used.known if counts_unknown else 0)) / days)
    return shares


def _build_rule(
    line: Line,
    verdict: str,
    asked_from: date | None,
    inputs: tuple[RuleInput, ...] = (),
    achieved: float | None = None,
    robust: bool | None = None,
) -> Rule:
    return Rule(
        line.id, verdict, line.metric, line.unit, line.asks, achieved, asked_from, inputs, robust=robust
    )


def _as_input(window: Window, metric: str, label: str, cycle: int | None = None) -> RuleInput:
    count = window.metrics[metric]
    return RuleInput(label, cycle, window.start, window.end, count.count, count.known, count.per_28)


def _period_input(cycle: Cycle, metric: str, label: str) -> RuleInput | None:
    window = cycle.period(label)
    return None if window is None else _as_input(window, metric, label, cycle.number)


def _span_input(
    index: MetricIndex, metric: str, label: str, start: date, *, cycle: int | None = None
) -> RuleInput:
    """Count the 28 days from `start`, which need not be a window of a cycle."""
    end = start + timedelta(MONTH - 1)
    count = count_window(index, metric, start, end)
    return RuleInput(label, cycle, start, end, count.count, count.known, count.per_28)


def _last_months(index: MetricIndex, metric: str) -> _Inputs:
    """Return three consecutive windows of 28 days that end at as_of."""
    start = index.as_of - timedelta(3 * MONTH - 1)
    return [
        _span_input(index, metric, label, start + timedelta(MONTH * number))
        for number, label in enumerate(LAST_MONTHS)
    ]
