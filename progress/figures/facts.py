"""A diary packed: what each day answers, one byte a calendar day and column.

Packing asks every metric of every day (Rules, section 2), which is most of the work of a long diary; what is packed
can be kept, and a few days of it replaced, while windows are counted from it at once.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from progress.figures import values
from progress.figures.metrics import QUESTIONS
from progress.figures.values import Day

NON_OPIOID: Final = "non-opioid"
_NON_OPIOID_CLASSES: Final = frozenset({"simple", "nsaid"})
GROUPS: Final = ("triptan", "ergot", "opioid", "combination", NON_OPIOID, "gepant", "ditan", "other")
# What a day looks like on a calendar; the place is its byte, 0 is not recorded.
STATES: Final = ("", "free", "headache", *values.INTENSITIES)
STATE: Final = "state"
GROUP: Final = "group"
UNKNOWN: Final = 0
YES: Final = 3
_HEAD: Final = struct.Struct(">I")


def medication_group(drug_class: str) -> str:
    """The group that a class is counted in: `non-opioid` for simple and nsaid, else the class itself (Rules, 7)."""
    return NON_OPIOID if drug_class in _NON_OPIOID_CLASSES else drug_class


def pack_column(metric: str, criterion: str) -> str:
    """The column that holds a metric; headache days have one for each criterion."""
    return f"{metric}:{criterion}" if metric == values.HEADACHE_DAYS else metric


def _days_between(metric: str, criterion: str) -> Callable[[Day], int]:
    ask = QUESTIONS[metric]

    def answer(day: Day) -> int:
        found = ask(day, criterion)
        if found is None:
            return UNKNOWN
        packed = 2 * found + 1
        if packed != int(packed):
            raise ValueError(f"{metric} of {day.date} is {found}: hours and lost days come in halves")
        return int(packed)

    return answer


_GROUP_BITS: Final = {name: 1 << place for place, name in enumerate(GROUPS)}
_CLASS_BITS: Final = {name: _GROUP_BITS[medication_group(name)] for name in values.DRUG_CLASSES}
_STATE_BYTES: Final = {name: place for place, name in enumerate(STATES)}


def _state(day: Day) -> int:
    return _STATE_BYTES[(day.intensity or "headache") if day.headache else "free"]


def _groups(day: Day) -> int:
    found = 0
    for taken in day.intakes:
        found |= _CLASS_BITS[taken.drug_class]
    return found


# What each column asks of a recorded day. The answer of a metric is 1 + twice its value, 0 for unknown.
COLUMNS: Final[Mapping[str, Callable[[Day], int]]] = {
    STATE: _state,
    GROUP: _groups,
    **{
        pack_column(metric, criterion): _days_between(metric, criterion)
        for metric in values.METRICS
        for criterion in values.CRITERIA
    },
}


@dataclass(frozen=True, slots=True)
class PackedDiary:
    """The packed days from the first recorded one to the last.

    `first` is the ordinal of the first day, 0 for an empty diary; each of `columns` holds one byte for each
    calendar day from it on, 0 where nothing is recorded or known.
    """

    first: int
    columns: Mapping[str, bytes]

    @classmethod
    def of(cls, days: Iterable[Day]) -> "PackedDiary":
        """The facts of recorded days in any order, one a date. Raises ValueError for hours not in halves."""
        ordered = sorted(days, key=lambda day: day.date)
        if not ordered:
            return cls(0, dict.fromkeys(COLUMNS, b""))
        first = ordered[0].date.toordinal()
        places = [day.date.toordinal() - first for day in ordered]
        columns = {}
        for name, ask in COLUMNS.items():
            column = bytearray(places[-1] + 1)
            for place, day in zip(places, ordered, strict=True):
                column[place] = ask(day)
            columns[name] = bytes(column)
        return cls(first, columns)

    @property
    def length(self) -> int:
        """Calendar days from the first recorded one to the last; 0 for an empty diary."""
        return len(self.columns[STATE])

    def up_to(self, last: date) -> "PackedDiary":
        """What was recorded up to a day."""
        return self._part(0, last.toordinal() + 1 - self.first)

    def replaced(self, start: date, end: date, days: Iterable[Day]) -> "PackedDiary":
        """The same with the days from `start` to `end`, both included, now being `days`."""
        low, high = start.toordinal() - self.first, end.toordinal() - self.first + 1
        return _joined([self._part(0, low), PackedDiary.of(days), self._part(high, self.length)])

    def state_on(self, at: date) -> str:
        """One of STATES; "" for a day not recorded."""
        place = at.toordinal() - self.first
        return STATES[self.columns[STATE][place]] if 0 <= place < self.length else ""

    def recorded_dates(self) -> tuple[date, date] | None:
        """The first and the last recorded day, None for an empty diary."""
        if not self.length:
            return None
        return date.fromordinal(self.first), date.fromordinal(self.first + self.length - 1)

    def pack(self) -> bytes:
        """The facts as bytes; unpack() reads them."""
        return _HEAD.pack(self.first) + zlib.compress(b"".join(self.columns[name] for name in COLUMNS), 1)

    @classmethod
    def unpack(cls, packed: bytes) -> "PackedDiary":
        """What pack() wrote."""
        held = zlib.decompress(packed[_HEAD.size :])
        length = len(held) // len(COLUMNS)
        columns = {name: held[place * length : (place + 1) * length] for place, name in enumerate(COLUMNS)}
        return cls(_HEAD.unpack(packed[: _HEAD.size])[0], columns)

    def _part(self, low: int, high: int) -> "PackedDiary":
        """The days of some places, from the first recorded one to the last."""
        low, high = max(0, low), max(0, min(high, self.length))
        states = self.columns[STATE][low:high]
        low, high = low + len(states) - len(states.lstrip(b"\0")), low + len(states.rstrip(b"\0"))
        if high <= low:
            return PackedDiary.of([])
        if (low, high) == (0, self.length):
            return self
        return PackedDiary(
            self.first + low, {name: column[low:high] for name, column in self.columns.items()}
        )


def _joined(parts: Sequence[PackedDiary]) -> PackedDiary:
    """Parts of one diary, in order and apart from each other, with what lies between unrecorded."""
    filled = [part for part in parts if part.length]
    if not filled:
        return PackedDiary.of([])
    first = filled[0].first
    columns = {name: bytearray(filled[-1].first + filled[-1].length - first) for name in COLUMNS}
    for part in filled:
        for name, column in part.columns.items():
            columns[name][part.first - first : part.first - first + part.length] = column
    return PackedDiary(first, {name: bytes(column) for name, column in columns.items()})
