"""Builders of diaries for tests: plain, typed, without chance."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Record
from headaches.models import DiaryDay
from tests.conftest import NOON
from treatments.models import InjectionSession


def keep(record: Record, start: date, pattern: Iterable[str]) -> None:
    """One day a letter from start on: f free, m mild, o moderate, s severe, h headache alone, . not recorded."""
    words = {"m": "mild", "o": "moderate", "s": "severe", "h": ""}
    rows = [
        DiaryDay(
            record=record,
            date=start + timedelta(offset),
            headache=letter != "f",
            intensity=words.get(letter, ""),
            hours=Decimal(6) if letter in "mos" else None,
            written_at=NOON,
        )
        for offset, letter in enumerate(pattern)
        if letter != "."
    ]
    DiaryDay.objects.bulk_create(rows)


def treat(record: Record, *dates: date) -> None:
    for on in dates:
        InjectionSession.objects.create(record=record, date=on)


def rate(headaches: int, days: int = 28, kind: str = "o") -> str:
    """So many headache days spread evenly over so many."""
    return "".join(kind if (index * headaches) % days < headaches else "f" for index in range(days))


def two_cycles(record: Record, today: date, **_more: Any) -> date:
    """20 of 28 before, 13 in the first cycle, 10 now, with a hole and a late second session. First session's date."""
    first = today - timedelta(91 + 70)
    keep(record, first - timedelta(28), rate(20))
    keep(record, first, rate(13) + rate(12) + rate(15) + "." * 7)
    keep(record, first + timedelta(91), rate(10) + rate(8) + rate(10, 14, "s"))
    treat(record, first, first + timedelta(91))
    return first
