"""Whether headache days come back towards the end of a cycle (Rules, section 6)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from progress.figures.answers import MetricIndex
from progress.figures.change import compute_change
from progress.figures.values import HEADACHE_DAYS
from progress.figures.windows import WEEKS_5_8, WEEKS_9_12, Cycle, MetricCount, cycle_spans

WEEK: Final = 7  # days
WEEKS: Final = 12
LATER: Final = "13+"
KEYS: Final = (*(str(number) for number in range(1, WEEKS + 1)), LATER)
_SEVEN: Final = (1 << WEEK) - 1  # the bits of a week
_ALL: Final = -1


@dataclass(frozen=True, slots=True)
class WeekCount:
    """Headache days of one week since injection, over all cycles; `per_week` is None with no known day."""

    count: float
    known: int
    per_week: float | None


@dataclass(frozen=True, slots=True)
class WearOff:
    """Headache days by week since injection, and weeks 9-12 minus weeks 5-8 in days per 28.

    `weeks` has all of KEYS. `cycles` is the number pooled; when it is 0, difference, interval and signal are
    None.
    """

    weeks: Mapping[str, WeekCount]
    cycles: int
    difference: float | None
    interval: tuple[float, float] | None
    signal: bool | None


def compute_wear_off(by_cycle: "Sequence[CycleWeeks]", cycles: Sequence[Cycle], r: float) -> WearOff:
    """The wear-off over `cycles`, of which `by_cycle` are the weeks; `r` is the autocorrelation of headache_days."""
    weeks = _weeks(by_cycle)
    both = pool_cycles(cycles)
    found = compute_change(HEADACHE_DAYS, both.middle, both.late, r)
    if found is None or found.interval is None:
        return WearOff(weeks, 0, None, None, None)
    return WearOff(weeks, both.cycles, found.difference, found.interval, found.interval[0] > 0)


@dataclass(frozen=True, slots=True)
class Pooled:
    """Headache days of weeks 5-8 and of weeks 9-12, added up over the cycles where both have a rate."""

    cycles: int
    middle: MetricCount
    late: MetricCount


def pool_cycles(cycles: Sequence[Cycle]) -> Pooled:
    """The two sides of the wear-off over `cycles`."""
    pairs = list(_pairs(cycles))
    return Pooled(len(pairs), _add([before for before, _ in pairs]), _add([after for _, after in pairs]))


def _weeks(by_cycle: "Sequence[CycleWeeks]") -> dict[str, WeekCount]:
    return {key: _total([cycle.weeks[key] for cycle in by_cycle if key in cycle.weeks]) for key in KEYS}


def _total(weeks: Sequence[WeekCount]) -> WeekCount:
    return _week(sum(one.count for one in weeks), sum(one.known for one in weeks))


def _week(count: float, known: int) -> WeekCount:
    return WeekCount(count, known, count * WEEK / known if known else None)


def _pairs(cycles: Sequence[Cycle]) -> Iterator[tuple[MetricCount, MetricCount]]:
    """Weeks 5-8 and weeks 9-12 of the cycles in which both have enough known days."""
    for cycle in cycles:
        middle, late = cycle.period(WEEKS_5_8), cycle.period(WEEKS_9_12)
        if middle is None or late is None:
            continue
        before, after = middle.metrics[HEADACHE_DAYS], late.metrics[HEADACHE_DAYS]
        if before.per_28 is not None and after.per_28 is not None:
            yield before, after


def _add(counts: Sequence[MetricCount]) -> MetricCount:
    return MetricCount.of(sum(one.count for one in counts), sum(one.known for one in counts))


@dataclass(frozen=True, slots=True)
class CycleWeeks:
    """Headache days by week of one cycle; only the weeks that it reaches."""

    number: int
    weeks: Mapping[str, WeekCount]


def weeks_of_cycles(answers: MetricIndex) -> tuple[CycleWeeks, ...]:
    """Each cycle's own weeks, which wear_off() adds up."""
    return tuple(
        CycleWeeks(number, dict(_weeks_of(answers, session, cycle_end)))
        for number, (session, cycle_end) in enumerate(cycle_spans(answers), start=1)
    )


def _weeks_of(answers: MetricIndex, session: date, cycle_end: date) -> Iterator[tuple[str, WeekCount]]:
    """Each week that the cycle reaches; the last one reaches to its end."""
    known, yes = answers.bits(HEADACHE_DAYS, session, cycle_end)
    for place in range(0, min((cycle_end - session).days + 1, WEEKS * WEEK + 1), WEEK):
        days = _ALL if place == WEEKS * WEEK else _SEVEN
        yield (
            KEYS[place // WEEK],
            _week((yes >> place & days).bit_count(), (known >> place & days).bit_count()),
        )
