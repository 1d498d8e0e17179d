"""Typed builders of days and records for the tests of the figures."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from figures.values import ANY, Day, Diary, Intake

FIRST = date(2024, 3, 4)
"""The first session, wherever a test does not say otherwise."""


def after(days: int, start: date = FIRST) -> date:
    """So many days after `start`; before it when negative."""
    return start + timedelta(days=days)


def headache(
    at: date = FIRST,
    *,
    intensity: str | None = None,
    hours: float | None = None,
    features: Iterable[str] | None = None,
    lost: float | None = None,
    intakes: Sequence[Intake] = (),
) -> Day:
    """A recorded headache day; what is not named is not answered."""
    answered = None if features is None else frozenset(features)
    return Day(at, True, intensity, hours, answered, lost, tuple(intakes))


def clear(at: date = FIRST, *, lost: float | None = None, intakes: Sequence[Intake] = ()) -> Day:
    """A recorded day without headache."""
    return Day(at, False, lost=lost, intakes=tuple(intakes))


def took(drug_class: str, relief: str | None = None) -> Intake:
    """One row of acute medication."""
    return Intake(drug_class, relief)


def stretch(start: date, pattern: str) -> list[Day]:
    """Days in a row from `start`, one letter each: h headache, c clear, . unrecorded, M moderate headache of
    eight hours, s headache of two hours.
    """
    kinds = {
        "h": lambda at: headache(at),
        "c": lambda at: clear(at),
        "M": lambda at: headache(at, intensity="moderate", hours=8),
        "s": lambda at: headache(at, hours=2),
    }
    return [
        kinds[letter](start + timedelta(days=index)) for index, letter in enumerate(pattern) if letter != "."
    ]


def month(start: date, headaches: int, known: int = 28) -> list[Day]:
    """28 days from `start`: so many headache days, then clear days, then days not recorded."""
    assert headaches <= known
    return stretch(start, "h" * headaches + "c" * (known - headaches))


def months(start: date, *headaches: int) -> list[Day]:
    """Fully recorded months of 28 days back to back, with so many headache days each."""
    return [day for index, number in enumerate(headaches) for day in month(after(28 * index, start), number)]


def spread(start: date, *headaches: int) -> list[Day]:
    """Fully recorded months of 28 days back to back, their headache days spread evenly, so that days are not alike."""
    return stretch(
        start,
        "".join(
            "h" if (day + 1) * number // 28 > day * number // 28 else "c"
            for number in headaches
            for day in range(28)
        ),
    )


def record(days: Iterable[Day], *sessions: date, criterion: str = ANY) -> Diary:
    """A record with one session on FIRST, or with those named."""
    return Diary.of(days, sessions or (FIRST,), criterion)
