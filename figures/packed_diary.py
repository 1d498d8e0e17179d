"""A packed diary: what each day answers, one byte for each calendar day and column.

Packing evaluates every metric on every day (Rules, section 2), which is most of the work for a long diary. A packed
diary can be stored, a few of its days can be replaced, and windows are counted from it directly.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from figures import values
from figures.metrics import QUESTIONS
from figures.values import Day, Intake

# The byte of each of some recorded days.
PackColumn = Callable[[Sequence[Day]], list[int]]

NON_OPIOID: Final = "non-opioid"
_NON_OPIOID_CLASSES: Final = frozenset({"simple", "nsaid"})
GROUPS: Final = ("triptan", "ergot", "opioid", "combination", NON_OPIOID, "gepant", "ditan", "other")
# The state of a day on a calendar; the position in the tuple is the packed byte, 0 for an unrecorded day.
STATES: Final = ("", "free", "headache", *values.INTENSITIES)
STATE: Final = "state"
GROUP: Final = "group"
MENSTRUATION: Final = "menstruation"
UNKNOWN_BYTE: Final = 0
YES_BYTE: Final = 3
# Hours come in hundredths: 1 + a hundred times their value takes two bytes, each a column.
HOURS_HIGH: Final = f"{values.HEADACHE_HOURS}:high"
HOURS_LOW: Final = f"{values.HEADACHE_HOURS}:low"
_HEADER: Final = struct.Struct(">I")


def pack_column(metric: str, criterion: str) -> str:
    """Return the name of the column of a metric; headache days have one for each criterion."""
    return f"{metric}:{criterion}" if metric == values.HEADACHE_DAYS else metric


# The byte of each value a metric may have.
_BYTES: Final[Mapping[float | None, int]] = {
    None: UNKNOWN_BYTE,
    **{halves / 2: halves + 1 for halves in range(255)},
}


def _pack_metric(metric: str, criterion: str) -> PackColumn:
    evaluate = QUESTIONS[metric]

    def pack(days: Sequence[Day]) -> list[int]:
        try:
            return [_BYTES[evaluate(day, criterion)] for day in days]
        except KeyError as error:
            raise ValueError(f"{metric} is {error}: lost days come in halves") from error

    return pack


# Most days have one of a few answers, which the cache gives back.
@lru_cache(maxsize=2401)
def _pack_hours(hours: float | None) -> int:
    """Return 1 + the hundredths of some hours, 0 for unknown (Rules, section 1)."""
    if hours is None:
        return 0
    hundredths = round(100 * hours)
    if abs(hundredths - 100 * hours) > 1e-6:
        raise ValueError(f"hours are {hours}: they come in hundredths")
    return hundredths + 1


def _pack_all_hours(days: Sequence[Day]) -> list[int]:
    evaluate = QUESTIONS[values.HEADACHE_HOURS]
    return [_pack_hours(evaluate(day, "")) for day in days]


def group_of(drug_class: str) -> str:
    """Return the group of a class: simple painkillers and NSAIDs are one, any other class is its own (section 7)."""
    return NON_OPIOID if drug_class in _NON_OPIOID_CLASSES else drug_class


_GROUP_BITS: Final = {name: 1 << bit for bit, name in enumerate(GROUPS)}
_CLASS_BITS: Final = {name: _GROUP_BITS[group_of(name)] for name in values.DRUG_CLASSES}
_STATE_BYTES: Final = {name: byte for byte, name in enumerate(STATES)}


def _pack_states(days: Sequence[Day]) -> list[int]:
    return [_STATE_BYTES[(day.intensity or "headache") if day.headache else "free"] for day in days]


def _pack_groups(days: Sequence[Day]) -> list[int]:
    return [_pack_intakes(day.intakes) if day.intakes else 0 for day in days]


def _pack_intakes(intakes: Iterable[Intake]) -> int:
    bits = 0
    for intake in intakes:
        bits |= _CLASS_BITS[intake.drug_class]
    return bits


# How each column packs recorded days. A metric is packed as 1 + twice its value, 0 for unknown; hours see above.
COLUMNS: Final[Mapping[str, PackColumn]] = {
    STATE: _pack_states,
    GROUP: _pack_groups,
    MENSTRUATION: lambda days: [int(day.menstruation) for day in days],
    HOURS_HIGH: lambda days: [packed >> 8 for packed in _pack_all_hours(days)],
    HOURS_LOW: lambda days: [packed & 255 for packed in _pack_all_hours(days)],
    **{
        pack_column(metric, criterion): _pack_metric(metric, criterion)
        for metric in values.METRICS
        if metric != values.HEADACHE_HOURS
        for criterion in values.CRITERIA
    },
}


@dataclass(frozen=True, slots=True)
class PackedDiary:
    """The packed days from the first recorded one to the last.

    `first` is the ordinal of the first day, 0 for an empty diary; each of `columns` holds one byte for each
    calendar day from it on, 0 for an unrecorded day or an unknown answer.
    """

    first: int
    columns: Mapping[str, bytes]

    @classmethod
    def of(cls, days: Iterable[Day]) -> "PackedDiary":
        """Pack recorded days in any order, one a date.

        Raise ValueError for lost days that are not in halves, and for hours that are not in hundredths.
        """
        ordered = sorted(days, key=lambda day: day.date)
        if not ordered:
            return cls(0, dict.fromkeys(COLUMNS, b""))
        first = ordered[0].date.toordinal()
        offsets = [day.date.toordinal() - first for day in ordered]
        columns = {}
        for name, pack in COLUMNS.items():
            packed = pack(ordered)
            if len(packed) <= offsets[-1]:  # days without an entry lie between
                column = bytearray(offsets[-1] + 1)
                for offset, byte in zip(offsets, packed, strict=True):
                    column[offset] = byte
                columns[name] = bytes(column)
            else:
                columns[name] = bytes(packed)
        return cls(first, columns)

    @property
    def length(self) -> int:
        """Calendar days from the first recorded one to the last; 0 for an empty diary."""
        return len(self.columns[STATE])

    def up_to(self, last: date) -> "PackedDiary":
        """Return the part up to a day, which is included."""
        return self._slice(0, last.toordinal() + 1 - self.first)

    def replace_days(self, start: date, end: date, days: Iterable[Day]) -> "PackedDiary":
        """Return a copy in which `days` replace those from `start` to `end`, both included."""
        low, high = start.toordinal() - self.first, end.toordinal() - self.first + 1
        parts = [self._slice(0, low), PackedDiary.of(days), self._slice(high, self.length)]
        filled = [part for part in parts if part.length]
        if not filled:
            return PackedDiary.of([])
        # Days between the parts are unrecorded.
        first = filled[0].first
        columns = {name: bytearray(filled[-1].first + filled[-1].length - first) for name in COLUMNS}
        for part in filled:
            for name, column in part.columns.items():
                columns[name][part.first - first : part.first - first + part.length] = column
        return PackedDiary(first, {name: bytes(column) for name, column in columns.items()})

    def state_on(self, day: date) -> str:
        """Return one of STATES; "" for an unrecorded day."""
        offset = day.toordinal() - self.first
        return STATES[self.columns[STATE][offset]] if 0 <= offset < self.length else ""

    def recorded_dates(self) -> tuple[date, date] | None:
        """Return the first and the last recorded day, or None for an empty diary."""
        if not self.length:
            return None
        return date.fromordinal(self.first), date.fromordinal(self.first + self.length - 1)

    def pack(self) -> bytes:
        """Serialize to bytes; unpack() is the inverse."""
        return _HEADER.pack(self.first) + zlib.compress(b"".join(self.columns[name] for name in COLUMNS), 1)

    @classmethod
    def unpack(cls, packed: bytes) -> "PackedDiary":
        """Restore a diary from the bytes of pack()."""
        content = zlib.decompress(packed[_HEADER.size :])
        length = len(content) // len(COLUMNS)
        columns = {
            name: content[position * length : (position + 1) * length]
            for position, name in enumerate(COLUMNS)
        }
        return cls(_HEADER.unpack(packed[: _HEADER.size])[0], columns)

    def _slice(self, low: int, high: int) -> "PackedDiary":
        """Return the days of a range of offsets, trimmed to the first and the last recorded one."""
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
