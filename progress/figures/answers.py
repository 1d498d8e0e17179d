"""Every metric asked of every recorded day once, so that each window is a slice."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from progress.figures.metrics import QUESTIONS
from progress.figures.values import Record


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of the recorded days up to `as_of`; nothing later is in here (Rules, section 3).

    `ordinals` are the proleptic ordinals of the recorded days, ascending; `columns` holds for each metric one
    answer for each of them (None: unknown). Columns are as long as the diary has entries, not as its years,
    so a stray entry from decades ago costs nothing. `sessions` are those up to `as_of`, ascending.
    """

    as_of: date
    sessions: tuple[date, ...]
    ordinals: list[int]
    columns: Mapping[str, list[float | None]]

    @classmethod
    def of(cls, record: Record, as_of: date) -> "Answers":
        """Ask every metric of every day of `record` that is not after `as_of`."""
        days = [record.days[at] for at in sorted(record.days) if at <= as_of]
        return cls(
            as_of,
            tuple(session for session in record.sessions if session <= as_of),
            [day.date.toordinal() for day in days],
            {metric: [ask(day, record.criterion) for day in days] for metric, ask in QUESTIONS.items()},
        )

    def recorded(self, start: date, end: date) -> int:
        """Recorded days from `start` to `end`, both included."""
        first, stop = self._slice(start, end)
        return stop - first

    def known(self, metric: str, start: date, end: date) -> list[float]:
        """The known answers to `metric` from `start` to `end`, both included, in order of date."""
        first, stop = self._slice(start, end)
        return [answer for answer in self.columns[metric][first:stop] if answer is not None]

    def by_date(self, metric: str, start: date, end: date) -> list[float | None]:
        """One answer for each calendar date from `start` to `end`; None where unrecorded or unknown."""
        origin = start.toordinal()
        dates: list[float | None] = [None] * (end.toordinal() - origin + 1)
        column = self.columns[metric]
        for index in range(*self._slice(start, end)):
            dates[self.ordinals[index] - origin] = column[index]
        return dates

    def _slice(self, start: date, end: date) -> tuple[int, int]:
        first = bisect_left(self.ordinals, start.toordinal())
        return first, bisect_right(self.ordinals, end.toordinal(), lo=first)
