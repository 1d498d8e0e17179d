"""Which reminders a person should get, when each is due and until when it is useful.

Pure: dates, the name of a time zone and preferences in, instants out. Nothing here reads a clock or a database.
"""

from collections.abc import Mapping
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
MEDICINE = "medicine"

# Days from the date a reminder is about to the day it is sent: from the booked or due date, or from the last session.
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
        MEDICINE: "remind_of_medicine_days",
        SUMMARY: "send_summary",
        DIGEST: "send_digest",
    }
)
RECURRING: Final = (DAILY, WEEKLY, SUMMARY, DIGEST)
# Of several late reminders only the first of this list goes out.
RANK: Final = (D1, D7, D14, OVERDUE, BOOK, AFTER14, AFTER7, MEDICINE, DAILY, WEEKLY, SUMMARY, DIGEST)
# The later reminder that says the same.
NEXT_KIND: Final[Mapping[str, str]] = MappingProxyType({BOOK: D14, D14: D7, D7: D1, AFTER7: AFTER14})
# For how many days a reminder that nothing follows is useful; the others end with the day they are about.
USEFUL_DAYS: Final[Mapping[str, int]] = MappingProxyType(
    {OVERDUE: 14, AFTER14: 7, MEDICINE: 2, WEEKLY: 2, SUMMARY: 7, DIGEST: 2}
)
# The rhythm of a user who wants no reminders of the diary; the others are those of headaches/rhythm.py.
NONE: Final = "none"
RHYTHMS: Final = (NONE, DAILY, WEEKLY, BURST)
EVERY_DAY: Final = frozenset(range(7))
# A reminder is late from so much after its due instant, and of several late ones only one goes out.
LATE: Final = timedelta(hours=1)
# How many days ahead a recurring reminder is searched for: a month and a bit, for the monthly one.
HORIZON_DAYS: Final = 40


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose. Weekdays count from Monday, 0. pause_until: the first day with reminders again."""

    kinds: frozenset[str] = frozenset(FROM_TARGET)
    hour: int = 9
    rhythm: str = NONE
    diary_days: frozenset[int] = EVERY_DAY
    diary_hour: int = 20
    weekday: int = 6
    pause_until: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The person who is reminded.

    zone: name of the time zone. last: date of the latest session. target: booked or due date of the next one;
    is_booked: which of the two it is. near_line: the days of this month by group of medicine, of groups near their
    published line. medicine_dates: by group the latest day on which a reminder says so; one of this month stands.
    """

    zone: str
    preferences: Preferences = field(default_factory=Preferences)
    last: date | None = None
    target: date | None = None
    is_booked: bool = False
    near_line: Mapping[str, int] = field(default_factory=dict)
    medicine_dates: Mapping[str, date] = field(default_factory=dict)


@lru_cache(maxsize=4096)
def local_instant(day: date, at: time, zone: str) -> datetime:
    """Return a local wall-clock time as an instant in UTC.

    A time the clock skips moves forward by the gap; one it shows twice is the first.
    """
    return datetime.combine(day, at, ZoneInfo(zone)).replace(fold=0).astimezone(UTC)


def sending_day(kind: str, target: date) -> date:
    """Return the local day on which a reminder about this date goes out."""
    return target + timedelta(FROM_TARGET.get(kind, FROM_LAST.get(kind, 0)))


def due_at(kind: str, target: date, person: Person) -> datetime:
    """Return the person's hour on her clock, on the day the reminder goes out."""
    preferences = person.preferences
    hour = preferences.diary_hour if kind in (DAILY, WEEKLY) else preferences.hour
    return local_instant(sending_day(kind, target), time(hour), person.zone)


def useful_until(kind: str, target: date, person: Person) -> datetime:
    """Return until when a reminder is useful: the due instant of its NEXT_KIND, or the end of a local day."""
    if kind in NEXT_KIND:
        return due_at(NEXT_KIND[kind], target, person)
    last_day = sending_day(kind, target) + timedelta(USEFUL_DAYS[kind]) if kind in USEFUL_DAYS else target
    return local_instant(last_day + timedelta(1), time(0), person.zone)


def is_wanted(kind: str, target: date, person: Person) -> bool:
    """Whether the person wants a reminder of this kind about this date, as things are now."""
    preferences = person.preferences
    if preferences.pause_until and sending_day(kind, target) < preferences.pause_until:
        return False
    if kind in (DAILY, WEEKLY):
        days = preferences.diary_days if kind == DAILY else frozenset({preferences.weekday})
        rhythm = rhythm_for_day(target, preferences.rhythm, person.last, person.target)
        return target.weekday() in days and rhythm == kind
    if kind not in preferences.kinds or (kind == BOOK and person.is_booked):
        return False
    if kind == SUMMARY:
        return target.day == 1
    if kind == DIGEST:
        return target.weekday() == preferences.weekday
    if kind == MEDICINE:
        return target in person.medicine_dates.values()
    return target == (person.last if kind in FROM_LAST else person.target)


def plan_reminders(person: Person, now: datetime) -> dict[tuple[str, date], datetime]:
    """Return every reminder that should be planned, with its instant: all around the sessions and of medicine days,
    past ones too, and the next of each recurring kind."""
    wanted = [
        (MEDICINE, day) for day in set(person.medicine_dates.values()) if is_wanted(MEDICINE, day, person)
    ]
    for kind in SESSION_KINDS:
        target = person.last if kind in FROM_LAST else person.target
        if target and is_wanted(kind, target, person):
            wanted.append((kind, target))
    rhythm, kinds = person.preferences.rhythm, person.preferences.kinds
    is_in_rhythm = {DAILY: rhythm in (DAILY, BURST), WEEKLY: rhythm in (WEEKLY, BURST)}
    start = first_open_day(person, now)
    for kind in RECURRING:
        if is_in_rhythm.get(kind, kind in kinds):
            for ahead in range(HORIZON_DAYS):
                day = start + timedelta(ahead)
                if is_wanted(kind, day, person) and due_at(kind, day, person) > now:
                    wanted.append((kind, day))
                    break
    return {(kind, target): due_at(kind, target, person) for kind, target in wanted}


def first_open_day(person: Person, now: datetime) -> date:
    """Return the person's today, or the first day after her pause."""
    today = now.astimezone(ZoneInfo(person.zone)).date()
    return max(today, person.preferences.pause_until or today)


def choose_medicine_dates(person: Person, now: datetime) -> Mapping[str, date]:
    """Return medicine_dates with the groups that have come near their line since.

    A group is mentioned once a calendar month: on the first day whose reminder is still to come, if that day is in the
    month that was counted.
    """
    if MEDICINE not in person.preferences.kinds:
        return person.medicine_dates
    month = now.astimezone(ZoneInfo(person.zone)).date().replace(day=1)
    day = first_open_day(person, now)
    if due_at(MEDICINE, day, person) <= now:
        day += timedelta(1)
    if day.replace(day=1) != month:
        return person.medicine_dates
    new = {group: day for group in person.near_line if person.medicine_dates.get(group, date.min) < month}
    return {**person.medicine_dates, **new}


def next_medicine_count(person: Person, now: datetime) -> datetime | None:
    """Return when medicine days have to be counted next: an hour before a reminder could go out; None for never."""
    if MEDICINE not in person.preferences.kinds:
        return None
    start = first_open_day(person, now)
    counts = (due_at(MEDICINE, start + timedelta(ahead), person) - LATE for ahead in range(3))
    return next(count for count in counts if count > now)


@dataclass(frozen=True, slots=True)
class PlannedReminder:
    """A reminder, as far as it matters for replacing others. sent_at: None unless it was sent."""

    kind: str
    target: date
    due_at: datetime
    sent_at: datetime | None = None


def is_replaced(
    reminder: PlannedReminder, others: list[PlannedReminder], person: Person, now: datetime
) -> bool:
    """Whether another reminder of the person replaces this late one: after an outage one is sent, not five.

    It does if it comes earlier in RANK, or was due later, and is still useful, or was sent late itself just before.
    """
    if now - reminder.due_at < LATE:
        return False
    for other in others:
        if other == reminder or sort_key(other) >= sort_key(reminder):
            continue
        if other.sent_at:
            can_replace = now - other.sent_at < LATE and other.sent_at - other.due_at >= LATE
        else:
            can_replace = other.due_at <= now < useful_until(other.kind, other.target, person)
        if can_replace:
            return True
    return False


def sort_key(reminder: PlannedReminder) -> tuple[int, float]:
    return RANK.index(reminder.kind), -reminder.due_at.timestamp()


def reserve_slots(
    next_slot_at: datetime, now: datetime, wanted: int, per_minute: float, burst: float = 60.0
) -> tuple[int, datetime]:
    """Return how many of the wanted e-mails may go to one mail domain now, and when its next slot is.

    Each e-mail takes 60 / per_minute seconds of the domain's time; up to `burst` seconds may be taken in advance.
    """
    seconds_each = timedelta(seconds=60 / per_minute)
    start = max(next_slot_at, now)
    free_slots = (now + timedelta(seconds=burst) - start) / seconds_each
    granted = max(0, min(wanted, int(free_slots)))
    return granted, start + granted * seconds_each
