"""Windows of days and what they count: baseline, now, and the periods of each cycle (Rules, section 3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from figures.metric_index import MetricIndex
from figures.values import METRICS

MONTH: Final = 28  # days
MIN_KNOWN_DAYS: Final = 20  # known days of 28; COMPEL eligibility table
WEEKS_1_4: Final = "weeks 1-4"
WEEKS_5_8: Final = "weeks 5-8"
WEEKS_9_12: Final = "weeks 9-12"
WEEKS_13_ON: Final = "weeks 13+"
MONTHS_OF_A_CYCLE: Final = (WEEKS_1_4, WEEKS_5_8, WEEKS_9_12)


@dataclass(frozen=True, slots=True)
class MetricCount:
    """A metric over a window: its sum over the known days, their number, and its rate in 28 days.

    `per_28` is None under 20 known days: too few to extrapolate (Rules, section 3).
    """

    count: float
    known: int
    per_28: float | None

    @classmethod
    def of(cls, count: float, known_days: int) -> "MetricCount":
        """Build a count; its rate is None when too few days are known."""
        return cls(count, known_days, count * MONTH / known_days if known_days >= MIN_KNOWN_DAYS else None)


class Counts(Mapping[str, MetricCount]):
    """The count of each metric over a window, computed on first access: most windows need only one or two.

    Equal to any mapping of the same counts.
    """

    __slots__ = ("_answers", "_counted", "_end", "_start")

    def __init__(self, index: MetricIndex, start: date, end: date) -> None:
        self._answers, self._start, self._end = index, start, end
        self._counted: dict[str, MetricCount] = {}

    def __getitem__(self, metric: str) -> MetricCount:
        count = self._counted.get(metric)
        if count is None:
            count = self._counted[metric] = count_window(self._answers, metric, self._start, self._end)
        return count

    def __iter__(self) -> Iterator[str]:
        return iter(METRICS)

    def __len__(self) -> int:
        return len(METRICS)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` to `end`, both included, and what they count.

    `days` is the nominal length, also while the window is running; `recorded` is the number of recorded days up to
    as_of; `complete` says that `end` is not after as_of. Only the periods of a cycle have a `label`.
    """

    start: date
    end: date
    days: int
    recorded: int
    complete: bool
    metrics: Mapping[str, MetricCount]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """From one session to the day before the next, or to as_of for the last. Numbered from 1."""

    number: int
    session: date
    periods: tuple[Window, ...]

    def period(self, label: str) -> Window | None:
        """Return the period with a label, or None if the cycle has none."""
        return next((window for window in self.periods if window.label == label), None)


def count_window(index: MetricIndex, metric: str, start: date, end: date) -> MetricCount:
    """Count one metric from `start` to `end`, both included."""
    return MetricCount.of(*index.tally(metric, start, end))


def build_window(index: MetricIndex, start: date, end: date, label: str | None = None) -> Window:
    """Build the window from `start` to `end`, both included, with all metrics."""
    return Window(
        start=start,
        end=end,
        days=(end - start).days + 1,
        recorded=index.recorded(start, end),
        complete=end <= index.as_of,
        metrics=Counts(index, start, end),
        label=label,
    )


def build_now(index: MetricIndex) -> Window:
    """Build the 28 days up to as_of, none of them before the first session if there is one (Rules, section 3)."""
    start = index.as_of - timedelta(MONTH - 1)
    if index.sessions:
        start = max(start, index.sessions[0])
    return build_window(index, start, index.as_of)


def cycle_spans(index: MetricIndex) -> list[tuple[date, date]]:
    """Return the session and the last day of each cycle, in order; the last cycle ends at as_of."""
    last_days = [following - timedelta(1) for following in index.sessions[1:]]
    # Not strict: without a session, as_of has no counterpart.
    return list(zip(index.sessions, [*last_days, index.as_of], strict=False))


def build_cycles(index: MetricIndex) -> tuple[Cycle, ...]:
    """Build every cycle with its periods; () without a session."""
    cycles = []
    for number, (session, end) in enumerate(cycle_spans(index), start=1):
        is_last, start, periods = number == len(index.sessions), session, []
        for label in MONTHS_OF_A_CYCLE:
            if start > end:
                break
            nominal = start + timedelta(MONTH - 1)
            # Only the next session cuts a period short; as_of does not, so that a page can say "running".
            periods.append(build_window(index, start, nominal if is_last else min(nominal, end), label))
            start += timedelta(MONTH)
        if start <= end:
            periods.append(build_window(index, start, end, WEEKS_13_ON))
        cycles.append(Cycle(number, session, tuple(periods)))
    return tuple(cycles)
