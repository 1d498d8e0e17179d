"""When a reminder is due and until when it is useful. Pure: dates, a zone's name, an hour."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

AT: Final = time(9, 0)
DAYS_BEFORE: Final[Mapping[str, int]] = MappingProxyType({"d14": 14, "d7": 7, "d1": 1})
NEXT_KIND: Final[Mapping[str, str]] = MappingProxyType({"d14": "d7", "d7": "d1"})


def instant(on: date, at: time, zone: str) -> datetime:
    """A local wall-clock time as an instant in UTC.

    A time the clock skips moves forward by the gap; one it shows twice is the first.
    """
    return datetime.combine(on, at, ZoneInfo(zone)).replace(fold=0).astimezone(UTC)


def due_at(kind: str, target: date, zone: str) -> datetime:
    """9:00 on the patient's clock, so many days before the target."""
    return instant(target - timedelta(DAYS_BEFORE[kind]), AT, zone)


def useful_until(kind: str, target: date, zone: str) -> datetime:
    """The end of a reminder's use: the next one's time, or the end of the target day."""
    if kind in NEXT_KIND:
        return due_at(NEXT_KIND[kind], target, zone)
    return instant(target + timedelta(1), time(0), zone)


def planned(target: date, zone: str) -> dict[str, datetime]:
    """Every kind with its instant, for one target date."""
    return {kind: due_at(kind, target, zone) for kind in DAYS_BEFORE}
