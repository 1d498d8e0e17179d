"""A diary as it stood on a day, ready to be counted: for each metric two rows of bits, known and yes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from progress.figures.facts import STATE, YES, PackedDiary, pack_column
from progress.figures.values import METRICS, SUM_METRICS, Diary

_ONES: Final = b"1" * 256
_IS_KNOWN: Final = b"0" + _ONES[1:]
_IS_YES: Final = bytes(ord("1" if byte == YES else "0") for byte in range(256))


def _to_bits(column: bytes, wanted: bytes) -> int:
    """One bit a day, the first day lowest."""
    return int(column[::-1].translate(wanted) or b"0", 2)


@dataclass(frozen=True, slots=True)
class MetricIndex:
    """What the recorded days up to `as_of` answer; nothing later is in here (Rules, section 3).

    `facts` end at as_of. `known` and `yes` hold a bit for each of their days: whether it answered a metric, and
    whether the answer was yes (yes/no metrics alone). `sessions` are those up to `as_of`, ascending.
    """

    as_of: date
    sessions: tuple[date, ...]
    criterion: str
    facts: PackedDiary
    recorded_days: int
    known: Mapping[str, int]
    yes: Mapping[str, int]

    @classmethod
    def of(cls, record: Diary, as_of: date) -> "MetricIndex":
        """Ask every metric of every day of `record` that is not after `as_of`."""
        return cls.of_facts(PackedDiary.of(record.days.values()), record.sessions, record.criterion, as_of)

    @classmethod
    def of_facts(
        cls, facts: PackedDiary, sessions: Iterable[date], criterion: str, as_of: date
    ) -> "MetricIndex":
        """The same from days packed already; sessions in order, each once."""
        cut = facts.up_to(as_of)
        columns = {metric: cut.columns[pack_column(metric, criterion)] for metric in METRICS}
        return cls(
            as_of,
            tuple(session for session in sessions if session <= as_of),
            criterion,
            cut,
            _to_bits(cut.columns[STATE], _IS_KNOWN),
            {metric: _to_bits(column, _IS_KNOWN) for metric, column in columns.items()},
            {
                metric: _to_bits(column, _IS_YES)
                for metric, column in columns.items()
                if metric not in SUM_METRICS
            },
        )

    def recorded(self, start: date, end: date) -> int:
        """Recorded days from `start` to `end`, both included."""
        return _cut_bits(self.recorded_days, *self._place(start, end)).bit_count()

    def tally(self, metric: str, start: date, end: date) -> tuple[float, int]:
        """The sum of the known answers to `metric` from `start` to `end`, both included, and how many those are."""
        first, number = self._place(start, end)
        known = _cut_bits(self.known[metric], first, number).bit_count()
        yes = self.yes.get(metric)
        if yes is not None:
            return _cut_bits(yes, first, number).bit_count(), known
        # Each known byte is 1 + twice its value.
        total = sum(self.facts.columns[metric][max(0, first) : max(0, first + number)])
        return (total - known) / 2, known

    def bits(self, metric: str, start: date, end: date) -> tuple[int, int]:
        """The known and the yes days of a yes/no metric from `start` to `end`: a bit a day, `start` lowest."""
        place = self._place(start, end)
        return _cut_bits(self.known[metric], *place), _cut_bits(self.yes[metric], *place)

    def _place(self, start: date, end: date) -> tuple[int, int]:
        """Where `start` stands, counted from the first day of the diary, and the number of days."""
        first = start.toordinal()
        return first - self.facts.first, end.toordinal() - first + 1


def _cut_bits(bits: int, first: int, number: int) -> int:
    """So many days from a place on; what lies outside of the diary is 0."""
    return (bits >> first if first >= 0 else bits << -first) & ((1 << number) - 1)
