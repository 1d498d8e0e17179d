"""Headache days around menstruation (Rules, section 18; ICHD-3 A1.1.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from figures.metric_index import MetricIndex
from figures.packed_diary import MENSTRUATION
from figures.values import HEADACHE_DAYS

YEAR: Final = 365  # days
DAYS_WITHOUT: Final = 10  # before an onset
DAYS_AROUND: Final = 2  # before and after an onset
MIN_ONSETS: Final = 3
_AROUND_BITS: Final = (1 << 2 * DAYS_AROUND + 1) - 1


@dataclass(frozen=True, slots=True)
class DayCount:
    """Headache days among known days."""

    count: int
    known: int


@dataclass(frozen=True, slots=True)
class Menstrual:
    """Headache days inside and outside of the days around `onsets` onsets of menstruation, over 365 days."""

    onsets: int
    inside: DayCount
    outside: DayCount


def compute_menstrual(index: MetricIndex) -> Menstrual | None:
    """Count headache days around the onsets of the last 365 days; None under 3 onsets (Rules, section 18)."""
    start = index.as_of - timedelta(YEAR - 1)
    offsets = [
        offset for ordinal in _iterate_onsets(index) if 0 <= (offset := ordinal - start.toordinal()) < YEAR
    ]
    if len(offsets) < MIN_ONSETS:
        return None
    known, yes = index.bits(HEADACHE_DAYS, start, index.as_of)
    around = 0
    for offset in offsets:  # days before `start` are shifted out, days after as_of are not known
        around |= _AROUND_BITS << offset >> DAYS_AROUND
    return Menstrual(
        len(offsets),
        DayCount((yes & around).bit_count(), (known & around).bit_count()),
        DayCount((yes & ~around).bit_count(), (known & ~around).bit_count()),
    )


def _iterate_onsets(index: MetricIndex) -> Iterator[int]:
    """Yield the ordinal of each day with menstruation whose ten days before have none."""
    column, first = index.diary.columns[MENSTRUATION], index.diary.first
    previous = -DAYS_WITHOUT - 1
    offset = column.find(b"\1")
    while offset >= 0:
        if offset - previous > DAYS_WITHOUT:
            yield first + offset
        previous = offset
        offset = column.find(b"\1", offset + 1)
