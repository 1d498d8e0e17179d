"""The looks: the fixed periods at which a change is judged (Rules, section 13)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from figures.change import Change, compute_change
from figures.values import YES_NO_METRICS
from figures.windows import MONTH, MONTHS_OF_A_CYCLE, Cycle, Window

Z_OF_LOOKS: Final = 2.5758293035489004  # the 0.995 quantile of the normal distribution: a 99 % interval
FEWER: Final = "fewer"
MORE: Final = "more"
UNCLEAR: Final = "unclear"
BASELINE: Final = "baseline"
FIRST: Final = "first"
LAST_DAYS_OF_PERIODS: Final = tuple(MONTH * number - 1 for number in (1, 2, 3))  # days after the session


@dataclass(frozen=True, slots=True)
class Period:
    """A 28-day period of a cycle with the number of its cycle."""

    cycle: int
    window: Window


@dataclass(frozen=True, slots=True)
class Look:
    """The latest look of one metric against its reference, in days per 28 days (Rules, section 13).

    `reference` is BASELINE or FIRST and `reference_start` its first day; `cycle`, `label`, `start` and `end` are
    those of the look. `interval` holds the 99 % limits of `difference`; `verdict` is FEWER, MORE or UNCLEAR.
    `before` and `after` are the two windows, `reference_period` the period of a FIRST reference; not in the JSON.
    """

    reference: str
    reference_start: date = field(metadata={"json": "from"})
    cycle: int
    label: str
    start: date
    end: date
    difference: float
    percent: float | None
    interval: tuple[float, float]
    verdict: str
    before: Window = field(metadata={"json": None})
    after: Window = field(metadata={"json": None})
    reference_period: Period | None = field(metadata={"json": None})


def compute_looks(
    baseline: Window, cycles: Sequence[Cycle], autocorrelation: Mapping[str, float]
) -> dict[str, Look | None]:
    """Return the latest look of each yes/no metric, None before the first one (Rules, section 13)."""
    periods = [
        Period(cycle.number, window)
        for cycle in cycles
        for window in cycle.periods
        if window.label in MONTHS_OF_A_CYCLE and window.days == MONTH and window.complete
    ]
    return {
        metric: _latest_look(metric, baseline, periods, autocorrelation[metric]) for metric in YES_NO_METRICS
    }


def _latest_look(metric: str, baseline: Window, periods: Sequence[Period], r: float) -> Look | None:
    def with_rate(ordered: Iterator[Period]) -> Period | None:
        return next((period for period in ordered if period.window.metrics[metric].per_28 is not None), None)

    has_baseline = baseline.metrics[metric].per_28 is not None
    first = None if has_baseline else with_rate(iter(periods))
    last = with_rate(reversed(periods))
    before = baseline if has_baseline else first.window if first else None
    if last is None or before is None or last == first:
        return None
    after = last.window
    change = compute_change(metric, before.metrics[metric], after.metrics[metric], r, Z_OF_LOOKS)
    if change is None or change.interval is None:
        return None
    return Look(
        BASELINE if has_baseline else FIRST,
        before.start,
        last.cycle,
        after.label or "",
        after.start,
        after.end,
        change.difference,
        change.percent,
        change.interval,
        judge_interval(change.interval),
        before,
        after,
        first,
    )


def judge_interval(interval: tuple[float, float]) -> str:
    """Return FEWER if the interval lies below 0, MORE if above 0, else UNCLEAR (Rules, section 13)."""
    low, high = interval
    return FEWER if high < 0 else MORE if low > 0 else UNCLEAR


def find_next_look(cycles: Sequence[Cycle], as_of: date) -> date | None:
    """Return the first day after as_of on which a further look can be made, None if there is none."""
    ends = [cycles[-1].session + timedelta(days) for days in LAST_DAYS_OF_PERIODS] if cycles else []
    return next((end for end in ends if end > as_of), None)


def compute_drift(before: Window, baseline: Window, metric: str, r: float) -> Change | None:
    """Return the change from the 28 days before the baseline to the baseline (Rules, section 17)."""
    return compute_change(metric, before.metrics[metric], baseline.metrics[metric], r)
