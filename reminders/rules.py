"""Which letters a person should get, when each is due and until when it is useful.

Pure: dates, a zone's name, wishes in; instants out. Nothing here asks a clock or a database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from headaches.rhythm import BURST, DAILY, WEEKLY, rhythm_for_day

BOOK, D14, D7, D1, OVERDUE = "book", "d14", "d7", "d1", "overdue"
AFTER7, AFTER14 = "after7", "after14"
SUMMARY, DIGEST = "summary", "digest"

# Days from the date a letter is about to the day it is sent: the booked or due date, or the last session.
FROM_TARGET: Final[Mapping[str, int]] = MappingProxyType({BOOK: -28, D14: -14, D7: -7, D1: -1, OVERDUE: 7})
FROM_LAST: Final[Mapping[str, int]] = MappingProxyType({AFTER7: 7, AFTER14: 14})
SESSION_KINDS: Final = (*FROM_TARGET, *FROM_LAST)
# The field of ReminderPreference that switches each kind.
SWITCHES: Final[Mapping[str, str]] = MappingProxyType(
    {
        BOOK: "remind_to_book",
        D14: "remind_14_days_before",
        D7: "remind_7_days_before",
        D1: "remind_1_day_before",
        OVERDUE: "remind_when_overdue",
        AFTER7: "remind_7_days_after",
        AFTER14: "remind_14_days_after",
        DAILY: "remind_to_write",
        WEEKLY: "remind_to_write",
        SUMMARY: "send_summary",
        DIGEST: "send_digest",
    }
)
RECURRING: Final = (DAILY, WEEKLY, SUMMARY, DIGEST)
# Of several late letters one goes out: the first of this list.
RANK: Final = (D1, D7, D14, OVERDUE, BOOK, AFTER14, AFTER7, DAILY, WEEKLY, SUMMARY, DIGEST)
# The letter that says the same, later.
NEXT_KIND: Final[Mapping[str, str]] = MappingProxyType({BOOK: D14, D14: D7, D7: D1, AFTER7: AFTER14})
# Days of use for letters that nothing follows; the others end with the day they are about.
USEFUL_DAYS: Final[Mapping[str, int]] = MappingProxyType(
    {OVERDUE: 14, AFTER14: 7, WEEKLY: 2, SUMMARY: 7, DIGEST: 2}
)
# The diary's rhythm where she wants no letters about it; the others are those of headaches/rhythm.py.
NONE: Final = "none"
RHYTHMS: Final = (NONE, DAILY, WEEKLY, BURST)
EVERY_DAY: Final = frozenset(range(7))
# From so much on a letter is late, and of several late ones only one goes out.
LATE: Final = timedelta(hours=1)
# How far ahead a recurring letter is looked for: a month and a bit, for the monthly one.
HORIZON: Final = 40


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose. Weekdays count from Monday, 0. pause_until: the first day with letters again."""

    kinds: frozenset[str] = frozenset(FROM_TARGET)
    hour: int = 9
    rhythm: str = NONE
    diary_days: frozenset[int] = EVERY_DAY
    diary_hour: int = 20
    weekday: int = 6
    pause_until: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the letters are for. last: her latest session; target: the booked or due date of the next; booked: which."""

    zone: str
    wishes: Preferences = field(default_factory=Preferences)
    last: date | None = None
    target: date | None = None
    booked: bool = False


@lru_cache(maxsize=4096)
def local_instant(on: date, at: time, zone: str) -> datetime:
    """A local wall-clock time as an instant in UTC.

    A time the clock skips moves forward by the gap; one it shows twice is the first.
    """
    return datetime.combine(on, at, ZoneInfo(zone)).replace(fold=0).astimezone(UTC)


def sending_day(kind: str, target: date) -> date:
    """The local day on which a letter about this date goes out."""
    return target + timedelta(FROM_TARGET.get(kind, FROM_LAST.get(kind, 0)))


def due_at(kind: str, target: date, person: Person) -> datetime:
    """Her hour on her clock, on the day the letter goes out."""
    wishes = person.wishes
    hour = wishes.diary_hour if kind in (DAILY, WEEKLY) else wishes.hour
    return local_instant(sending_day(kind, target), time(hour), person.zone)


def useful_until(kind: str, target: date, person: Person) -> datetime:
    """The end of a letter's use: the time of the one that says the same later, or the end of a local day."""
    if kind in NEXT_KIND:
        return due_at(NEXT_KIND[kind], target, person)
    last_day = sending_day(kind, target) + timedelta(USEFUL_DAYS[kind]) if kind in USEFUL_DAYS else target
    return local_instant(last_day + timedelta(1), time(0), person.zone)


def is_recurring_day(kind: str, on: date, person: Person) -> bool:
    """Whether a recurring letter belongs to this local day."""
    wishes = person.wishes
    if kind in (DAILY, WEEKLY):
        days = wishes.diary_days if kind == DAILY else frozenset({wishes.weekday})
        return on.weekday() in days and rhythm_for_day(on, wishes.rhythm, person.last, person.target) == kind
    if kind not in wishes.kinds:
        return False
    return on.day == 1 if kind == SUMMARY else on.weekday() == wishes.weekday


def is_paused(on: date, wishes: Preferences) -> bool:
    return wishes.pause_until is not None and on < wishes.pause_until


def is_wanted(kind: str, target: date, person: Person) -> bool:
    """Whether a letter of this kind about this date is what she wants, as things stand."""
    if is_paused(sending_day(kind, target), person.wishes):
        return False
    if kind in RECURRING:
        return is_recurring_day(kind, target, person)
    if kind not in person.wishes.kinds or (kind == BOOK and person.booked):
        return False
    return target == (person.last if kind in FROM_LAST else person.target)


def session_reminders(person: Person) -> Iterator[tuple[str, date]]:
    """Every wanted letter around the sessions, past ones too."""
    for kind in SESSION_KINDS:
        target = person.last if kind in FROM_LAST else person.target
        if target and is_wanted(kind, target, person):
            yield kind, target


def next_recurring_date(kind: str, person: Person, now: datetime) -> tuple[str, date] | None:
    """The first letter of a recurring kind that is due after an instant; None when none is wanted."""
    today = now.astimezone(ZoneInfo(person.zone)).date()
    start = max(today, person.wishes.pause_until or today)
    for ahead in range(HORIZON):
        on = start + timedelta(ahead)
        if is_wanted(kind, on, person) and due_at(kind, on, person) > now:
            return kind, on
    return None


def has_recurring(kind: str, wishes: Preferences) -> bool:
    """Whether the wishes ask for this recurring kind at all."""
    if kind == DAILY:
        return wishes.rhythm in (DAILY, BURST)
    if kind == WEEKLY:
        return wishes.rhythm in (WEEKLY, BURST)
    return kind in wishes.kinds


def plan_reminders(person: Person, now: datetime) -> dict[tuple[str, date], datetime]:
    """Every letter that should stand in the ledger, with its instant: all around the sessions, one of each rhythm."""
    found = list(session_reminders(person))
    for kind in RECURRING:
        following = next_recurring_date(kind, person, now) if has_recurring(kind, person.wishes) else None
        if following:
            found.append(following)
    return {(kind, target): due_at(kind, target, person) for kind, target in found}


@dataclass(frozen=True, slots=True)
class PlannedReminder:
    """A letter as its merging sees it: which, about which date, due when, and since when sent, if it was."""

    kind: str
    target: date
    due: datetime
    sent: datetime | None = None


def is_merged_with(
    letter: PlannedReminder, others: list[PlannedReminder], person: Person, now: datetime
) -> bool:
    """Whether a late letter gives way to a better one of the same person: after an outage one comes, not five.

    Better is what stands first in RANK, or was due later; it is still of use, or went out late itself just before.
    """
    if now - letter.due < LATE:
        return False
    return any(
        sort_key(other) < sort_key(letter) and days_to_answer(other, person, now)
        for other in others
        if other != letter
    )


def sort_key(letter: PlannedReminder) -> tuple[int, float]:
    return RANK.index(letter.kind), -letter.due.timestamp()


def days_to_answer(other: PlannedReminder, person: Person, now: datetime) -> bool:
    """Whether another letter, due or just sent, stands for this one."""
    if other.sent:
        return now - other.sent < LATE and other.sent - other.due >= LATE
    return other.due <= now < useful_until(other.kind, other.target, person)


def next_slot(
    next_slot_at: datetime, now: datetime, wanted: int, per_minute: float, burst: float = 60.0
) -> tuple[int, datetime]:
    """How many letters may go to one mail domain now, and from when the next has its turn.

    Each letter takes 60 / per_minute seconds of the domain's time; up to `burst` seconds may be taken in advance.
    """
    step = timedelta(seconds=60 / per_minute)
    start = max(next_slot_at, now)
    room = (now + timedelta(seconds=burst) - start) / step
    granted = max(0, min(wanted, int(room)))
    return granted, start + granted * step
