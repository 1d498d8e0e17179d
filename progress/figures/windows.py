"""Windows of days and what they count: baseline, now, and the periods of each cycle (Rules, section 3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from progress.figures.answers import MetricIndex
from progress.figures.values import METRICS

MONTH: Final = 28  # days
FLOOR: Final = 20  # known days of 28; COMPEL eligibility table
WEEKS_1_4: Final = "weeks 1-4"
WEEKS_5_8: Final = "weeks 5-8"
WEEKS_9_12: Final = "weeks 9-12"
WEEKS_13_ON: Final = "weeks 13+"
MONTHS_OF_A_CYCLE: Final = (WEEKS_1_4, WEEKS_5_8, WEEKS_9_12)


@dataclass(frozen=True, slots=True)
class MetricCount:
    """A metric over a window: its sum over the known days, how many those are, and its rate in 28 days.

    `per_28` is None under 20 known days: a bare "not enough entries", never a guess.
    """

    count: float
    known: int
    per_28: float | None

    @classmethod
    def of(cls, count: float, known: int) -> "MetricCount":
        """The count with its rate, or without one when too few days are known."""
        return cls(count, known, count * MONTH / known if known >= FLOOR else None)


class Counts(Mapping[str, MetricCount]):
    """The count of each metric over a window, made when it is first asked for: most windows are asked for one or two.

    Equal to any mapping of the same counts.
    """

    __slots__ = ("_answers", "_counted", "_end", "_start")

    def __init__(self, answers: MetricIndex, start: date, end: date) -> None:
        self._answers, self._start, self._end = answers, start, end
        self._counted: dict[str, MetricCount] = {}

    def __getitem__(self, metric: str) -> MetricCount:
        found = self._counted.get(metric)
        if found is None:
            found = self._counted[metric] = count_window(self._answers, metric, self._start, self._end)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(METRICS)

    def __len__(self) -> int:
        return len(METRICS)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` to `end`, both included, and what they count.

    `days` is the nominal length, also while the window is running; `recorded` the days with an entry up to
    as_of; `complete` tells that `end` is not after as_of. `label` stands on the periods of a cycle only.
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
        """The period of that label, or None where the cycle has none."""
        return next((window for window in self.periods if window.label == label), None)


def days_between(number: int) -> timedelta:
    """So many calendar days."""
    return timedelta(days=number)


def count_window(answers: MetricIndex, metric: str, start: date, end: date) -> MetricCount:
    """One metric from `start` to `end`, both included."""
    return MetricCount.of(*answers.tally(metric, start, end))


def build_window(answers: MetricIndex, start: date, end: date, label: str | None = None) -> Window:
    """All metrics from `start` to `end`, both included."""
    return Window(
        start=start,
        end=end,
        days=(end - start).days + 1,
        recorded=answers.recorded(start, end),
        complete=end <= answers.as_of,
        metrics=Counts(answers, start, end),
        label=label,
    )


def baseline_window(answers: MetricIndex) -> Window | None:
    """The 28 days before the first session; None without a session."""
    if not answers.sessions:
        return None
    first = answers.sessions[0]
    return build_window(answers, first - days_between(MONTH), first - days_between(1))


def now_window(answers: MetricIndex) -> Window | None:
    """The 28 days up to as_of, none of them before the first session; None without a session."""
    if not answers.sessions:
        return None
    return build_window(
        answers, max(answers.sessions[0], answers.as_of - days_between(MONTH - 1)), answers.as_of
    )


def cycle_spans(answers: MetricIndex) -> list[tuple[date, date]]:
    """Session and last day of each cycle, in order; the last cycle's last day is as_of."""
    last_days = [following - days_between(1) for following in answers.sessions[1:]]
    # Not strict: without any session, as_of has no partner.
    return list(zip(answers.sessions, [*last_days, answers.as_of], strict=False))


def build_cycles(answers: MetricIndex) -> tuple[Cycle, ...]:
    """Every cycle with its periods; () without a session."""
    last = len(answers.sessions)
    return tuple(
        Cycle(number, session, tuple(_periods(answers, session, end, running=number == last)))
        for number, (session, end) in enumerate(cycle_spans(answers), start=1)
    )


def _periods(answers: MetricIndex, session: date, cycle_end: date, *, running: bool) -> Iterator[Window]:
    start = session
    for label in MONTHS_OF_A_CYCLE:
        if start > cycle_end:
            return
        nominal = start + days_between(MONTH - 1)
        # Only a next session cuts a period; as_of leaves its nominal end, so that a page can say "running".
        yield build_window(answers, start, nominal if running else min(nominal, cycle_end), label)
        start += days_between(MONTH)
    if start <= cycle_end:
        yield build_window(answers, start, cycle_end, WEEKS_13_ON)
