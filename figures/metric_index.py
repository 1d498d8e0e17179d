"""A diary as it stood on a day, indexed for counting: two bit fields for each metric, known and yes (Rules, 2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from figures.packed_diary import HOURS_HIGH, HOURS_LOW, STATE, YES_BYTE, PackedDiary, pack_column
from figures.values import HEADACHE_HOURS, METRICS, SUM_METRICS, Diary

_ONES: Final = b"1" * 256
_IS_KNOWN: Final = b"0" + _ONES[1:]
_IS_YES: Final = bytes(ord("1" if byte == YES_BYTE else "0") for byte in range(256))


def _to_bits(column: bytes, table: bytes) -> int:
    """Turn a column into one bit a day, the first day lowest; `table` maps each byte to "0" or "1"."""
    return int(column[::-1].translate(table) or b"0", 2)


@dataclass(frozen=True, slots=True)
class MetricIndex:
    """What the recorded days up to `as_of` answer; nothing later is included (Rules, section 3).

    `diary` ends at as_of. `known_bits` and `yes_bits` have one bit for each of its days: whether the day answers a
    metric, and whether the answer is yes (yes/no metrics only). `sessions` are those up to `as_of`, ascending.
    """

    as_of: date
    sessions: tuple[date, ...]
    criterion: str
    diary: PackedDiary
    recorded_days: int
    known_bits: Mapping[str, int]
    yes_bits: Mapping[str, int]

    @classmethod
    def of(cls, diary: Diary, as_of: date) -> "MetricIndex":
        """Index every metric of every day that is not after `as_of`."""
        return cls.of_packed(PackedDiary.of(diary.days.values()), diary.sessions, diary.criterion, as_of)

    @classmethod
    def of_packed(
        cls, diary: PackedDiary, sessions: Iterable[date], criterion: str, as_of: date
    ) -> "MetricIndex":
        """Index an already packed diary; sessions ascending, without duplicates."""
        part = diary.up_to(as_of)
        columns = {
            metric: part.columns[pack_column(metric, criterion)]
            for metric in METRICS
            if metric != HEADACHE_HOURS
        }
        known_bits = {metric: _to_bits(column, _IS_KNOWN) for metric, column in columns.items()}
        known_bits[HEADACHE_HOURS] = _to_bits(part.columns[HOURS_HIGH], _IS_KNOWN) | _to_bits(
            part.columns[HOURS_LOW], _IS_KNOWN
        )
        return cls(
            as_of,
            tuple(session for session in sessions if session <= as_of),
            criterion,
            part,
            _to_bits(part.columns[STATE], _IS_KNOWN),
            known_bits,
            {
                metric: _to_bits(column, _IS_YES)
                for metric, column in columns.items()
                if metric not in SUM_METRICS
            },
        )

    def recorded(self, start: date, end: date) -> int:
        """Count the recorded days from `start` to `end`, both included."""
        return _cut_bits(self.recorded_days, *self._offset_and_length(start, end)).bit_count()

    def tally(self, metric: str, start: date, end: date) -> tuple[float, int]:
        """Return the sum of the known answers to `metric` from `start` to `end`, both included, and their number."""
        first, number = self._offset_and_length(start, end)
        known = _cut_bits(self.known_bits[metric], first, number).bit_count()
        yes = self.yes_bits.get(metric)
        if yes is not None:
            return _cut_bits(yes, first, number).bit_count(), known
        days = slice(max(0, first), max(0, first + number))
        if metric == HEADACHE_HOURS:
            high, low = self.diary.columns[HOURS_HIGH], self.diary.columns[HOURS_LOW]
            return (256 * sum(high[days]) + sum(low[days]) - known) / 100, known
        # A known byte is 1 + twice its value.
        return (sum(self.diary.columns[metric][days]) - known) / 2, known

    def bits(self, metric: str, start: date, end: date) -> tuple[int, int]:
        """Return the known and the yes days of a yes/no metric from `start` to `end`: one bit a day, `start` lowest."""
        span = self._offset_and_length(start, end)
        return _cut_bits(self.known_bits[metric], *span), _cut_bits(self.yes_bits[metric], *span)

    def _offset_and_length(self, start: date, end: date) -> tuple[int, int]:
        """Return the offset of `start` from the first day of the diary, and the number of days."""
        first = start.toordinal()
        return first - self.diary.first, end.toordinal() - first + 1


def _cut_bits(bits: int, first: int, number: int) -> int:
    """Return `number` bits from `first` on; days outside of the diary are 0."""
    return (bits >> first if first >= 0 else bits << -first) & ((1 << number) - 1)
