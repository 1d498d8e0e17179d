"""May this letter still go out? Asked of a whole batch in a fixed number of queries, just before it is sent."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.db.models import Max, Q
from django.utils.translation import override

from accounts.access import shared_records
from accounts.models import Record, User
from core.dates import day_of
from headaches.models import DiaryDay
from progress.dashboard.summary import change_sentences
from reminders.emails.messages import Facts
from reminders.models import Channel, Kind, PushDevice, Reminder, ReminderPreference, State
from reminders.rules import LATE, NEXT_KIND, Letter, Person, due_at, is_merged, is_wanted, useful_until
from reminders.scheduling.planning import channels_of
from reminders.scheduling.recipients import people, preferences_of, records_of
from treatments.actions import upcoming_of_many

SOON = timedelta(days=14)
SILENT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter that may go out, and what it may say."""

    row: Reminder
    language: str
    email: str
    detail: bool
    facts: Facts


@dataclass(slots=True)
class Known:
    """What a batch is judged by, each fetched once."""

    people: dict[int, Person]
    preferences: dict[int, ReminderPreference]
    records: dict[int, Record]
    addresses: set[tuple[int, str]]
    with_devices: set[int]
    entries: dict[int, set[date]]
    others: dict[int, list[tuple[str, Letter]]]


def judge_many(rows: Collection[Reminder], now: datetime) -> tuple[list[Ready], dict[int, str]]:
    """Rows that may go out, in their order; and for each of the others the state it ends in."""
    users = list({row.user_id: row.user for row in rows}.values())
    known = know(rows, users, now)
    ready, verdicts = [], {}
    for row in rows:
        verdict = judge(row, known, now)
        facts = None if verdict else facts_of(row, known, now)
        if facts is None:
            verdicts[row.pk] = verdict or State.SUPPRESSED
        else:
            kept = known.preferences.get(row.user_id)
            ready.append(Ready(row, row.user.language, row.user.email, bool(kept and kept.detail), facts))
    return ready, verdicts


def know(rows: Collection[Reminder], users: list[User], now: datetime) -> Known:
    preferences = preferences_of(users)
    records = records_of(users)
    proven = EmailAddress.objects.filter(user__in=[user.pk for user in users], verified=True)
    return Known(
        people=people(users, preferences, now),
        preferences=preferences,
        records=records,
        addresses=set(proven.values_list("user_id", "email")),
        with_devices=devices(rows),
        entries=entries(rows, records),
        others=others(rows, users, now),
    )


def devices(rows: Collection[Reminder]) -> set[int]:
    asked = {row.user_id for row in rows if row.channel == Channel.PUSH}
    return (
        set(PushDevice.objects.filter(user__in=asked).values_list("user_id", flat=True)) if asked else set()
    )


def entries(rows: Collection[Reminder], records: dict[int, Record]) -> dict[int, set[date]]:
    """Recorded days by user, of those days that diary letters ask for."""
    asked = [row for row in rows if row.kind in (Kind.DAILY, Kind.WEEKLY) and row.user_id in records]
    found: dict[int, set[date]] = defaultdict(set)
    if not asked:
        return found
    start = min(row.target_date for row in asked) - timedelta(6)
    owners = {records[row.user_id].pk: row.user_id for row in asked}
    days = DiaryDay.objects.filter(record__in=owners, date__gte=start).order_by()
    for record_id, on in days.values_list("record_id", "date"):
        found[owners[record_id]].add(on)
    return found


def others(
    rows: Collection[Reminder], users: list[User], now: datetime
) -> dict[int, list[tuple[str, Letter]]]:
    """What else is due or has just been sent to people one of whose letters is late."""
    found: dict[int, list[tuple[str, Letter]]] = defaultdict(list)
    if all(now - row.due_at < LATE for row in rows):
        return found
    near = Q(wake_at__isnull=False, due_at__lte=now) | Q(state=State.SENT, sent_at__gt=now - LATE)
    for row in Reminder.objects.filter(near, user__in=users).order_by():
        letter = Letter(
            row.kind, row.target_date, row.due_at, row.sent_at if row.state == State.SENT else None
        )
        found[row.user_id].append((row.channel, letter))
    return found


def judge(row: Reminder, known: Known, now: datetime) -> str:
    """Why this letter must not go out now, as the state to end in; "" when it may."""
    person = known.people[row.user_id]
    if row.channel not in channels_of(row.user, known.preferences.get(row.user_id)):
        return State.SUPPRESSED
    if not is_wanted(row.kind, row.target_date, person):
        return State.CANCELLED
    if now >= useful_until(row.kind, row.target_date, person):
        return State.SUPERSEDED if row.kind in NEXT_KIND else State.SUPPRESSED
    if now < due_at(row.kind, row.target_date, person) - LATE:
        return State.CANCELLED  # her clock has moved, and the plan will have it later
    if is_merged(*merging(row, known), person, now):
        return State.SUPERSEDED
    return "" if can_be_reached(row, known) and has_a_gap(row, known) else State.SUPPRESSED


def merging(row: Reminder, known: Known) -> tuple[Letter, list[Letter]]:
    letter = Letter(row.kind, row.target_date, row.due_at)
    return letter, [other for channel, other in known.others[row.user_id] if channel == row.channel]


def can_be_reached(row: Reminder, known: Known) -> bool:
    """A proven address that no server refused for good, or a device."""
    if row.channel == Channel.PUSH:
        return row.user_id in known.with_devices
    return (row.user_id, row.user.email) in known.addresses and not row.user.mail_is_stopped


def has_a_gap(row: Reminder, known: Known) -> bool:
    """Diary letters go to who has something to enter: today, or a day of the last seven."""
    written = known.entries.get(row.user_id, set())
    if row.kind == Kind.DAILY:
        return row.target_date not in written
    if row.kind == Kind.WEEKLY:
        return any(row.target_date - timedelta(back) not in written for back in range(7))
    return True


def facts_of(row: Reminder, known: Known, now: datetime) -> Facts | None:
    """What the letter may tell; None when there is nothing to tell."""
    if row.kind == Kind.DIGEST:
        return counts(row.user, row.target_date, now)
    if row.kind == Kind.SUMMARY:
        record = known.records[row.user_id]
        with override(row.user.language):
            found = change_sentences(record, day_of(row.user, now))
        return Facts(row.target_date, sentences=tuple(found)) if found else None
    return Facts(row.target_date, booked=known.people[row.user_id].booked)


def counts(clinician: User, on: date, now: datetime) -> Facts | None:
    """How many of those who share with a clinician are due, late or silent. Four queries, whatever their number."""
    records = list(shared_records(clinician))
    coming = upcoming_of_many(records, now).values()
    known = [one for one in coming if one]
    facts = Facts(
        on,
        due=sum(one.days_left <= SOON.days and not one.is_late for one in known),
        late=sum(one.is_late for one in known),
        silent=silent(records, now),
    )
    return facts if facts.due or facts.late or facts.silent else None


def silent(records: Iterable[Record], now: datetime) -> int:
    """Records without an entry in the last 14 days of their owner's clock."""
    latest = dict(
        DiaryDay.objects.filter(record__in=[record.pk for record in records])
        .order_by()
        .values_list("record_id")
        .annotate(Max("date"))
        .values_list("record_id", "date__max")
    )
    return sum(latest.get(record.pk, date.min) <= day_of(record.user, now) - SILENT for record in records)
