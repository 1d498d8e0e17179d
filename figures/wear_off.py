"""Whether headache days come back towards the end of a cycle (Rules, section 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from figures.change import compute_change
from figures.metric_index import MetricIndex
from figures.values import HEADACHE_DAYS
from figures.windows import WEEKS_5_8, WEEKS_9_12, Cycle, MetricCount, cycle_spans

WEEK: Final = 7  # days
WEEKS: Final = 12
LATER: Final = "13+"
KEYS: Final = (*(str(number) for number in range(1, WEEKS + 1)), LATER)
_WEEK_BITS: Final = (1 << WEEK) - 1  # seven days
_ALL_BITS: Final = -1


@dataclass(frozen=True, slots=True)
class WeekCount:
    """Headache days of one week since injection, over all cycles; `per_week` is None with no known day."""

    count: float
    known: int
    per_week: float | None


@dataclass(frozen=True, slots=True)
class WearOff:
    """Headache days by week since injection, and weeks 9-12 minus weeks 5-8 in days per 28 (Rules, section 6).

    `weeks` has all of KEYS. `cycles` is the number of pooled cycles; when it is 0, difference, interval and signal
    are None.
    """

    weeks: Mapping[str, WeekCount]
    cycles: int
    difference: float | None
    interval: tuple[float, float] | None
    signal: bool | None


def compute_wear_off(cycle_weeks: "Sequence[CycleWeeks]", cycles: Sequence[Cycle], r: float) -> WearOff:
    """Compute the wear-off over `cycles`; `cycle_weeks`: their weeks, `r`: the autocorrelation of headache_days."""
    weeks = {}
    for key in KEYS:
        counts = [cycle.weeks[key] for cycle in cycle_weeks if key in cycle.weeks]
        weeks[key] = _build_week_count(sum(week.count for week in counts), sum(week.known for week in counts))
    pooled = pool_cycles(cycles)
    change = compute_change(HEADACHE_DAYS, pooled.middle, pooled.late, r)
    if change is None or change.interval is None:
        return WearOff(weeks, 0, None, None, None)
    return WearOff(weeks, pooled.cycles, change.difference, change.interval, change.interval[0] > 0)


@dataclass(frozen=True, slots=True)
class Pooled:
    """Headache days of weeks 5-8 and of weeks 9-12, summed over the cycles where both have a rate."""

    cycles: int
    middle: MetricCount
    late: MetricCount


def pool_cycles(cycles: Sequence[Cycle]) -> Pooled:
    """Sum the two sides of the wear-off over `cycles`."""
    middles, lates = [], []
    for cycle in cycles:
        middle, late = cycle.period(WEEKS_5_8), cycle.period(WEEKS_9_12)
        if middle is None or late is None:
            continue
        before, after = middle.metrics[HEADACHE_DAYS], late.metrics[HEADACHE_DAYS]
        if before.per_28 is not None and after.per_28 is not None:
            middles.append(before)
            lates.append(after)
    return Pooled(len(middles), _sum_counts(middles), _sum_counts(lates))


def _build_week_count(count: float, known_days: int) -> WeekCount:
    return WeekCount(count, known_days, count * WEEK / known_days if known_days else None)


def _sum_counts(counts: Sequence[MetricCount]) -> MetricCount:
    return MetricCount.of(sum(count.count for count in counts), sum(count.known for count in counts))


@dataclass(frozen=True, slots=True)
class CycleWeeks:
    """Headache days of one cycle by week; weeks after its end are left out."""

    number: int
    weeks: Mapping[str, WeekCount]


def weeks_of_cycles(index: MetricIndex) -> tuple[CycleWeeks, ...]:
    """Count the weeks of each cycle, which compute_wear_off() sums. The last key covers week 13 to the end."""
    cycles = []
    for number, (session, cycle_end) in enumerate(cycle_spans(index), start=1):
        known_bits, yes_bits = index.bits(HEADACHE_DAYS, session, cycle_end)
        weeks = {}
        for offset in range(0, min((cycle_end - session).days + 1, WEEKS * WEEK + 1), WEEK):
            days = _ALL_BITS if offset == WEEKS * WEEK else _WEEK_BITS
            weeks[KEYS[offset // WEEK]] = _build_week_count(
                (yes_bits >> offset & days).bit_count(), (known_bits >> offset & days).bit_count()
            )
        cycles.append(CycleWeeks(number, weeks))
    return tuple(cycles)
