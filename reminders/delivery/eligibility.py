"""May this letter still go out? Asked of a whole batch in a fixed number of queries, just before it is sent."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.db.models import Max, Q
from django.utils.translation import override

from accounts.access import get_shared_records
from accounts.models import Record, User
from core.dates import local_date
from headaches.models import DiaryDay
from progress.dashboard.summary import change_sentences
from reminders.emails.messages import EmailFacts
from reminders.models import Channel, Kind, PushDevice, Reminder, ReminderPreference, State
from reminders.rules import (
    LATE,
    NEXT_KIND,
    Person,
    PlannedReminder,
    due_at,
    is_merged_with,
    is_wanted,
    useful_until,
)
from reminders.scheduling.planning import get_channels
from reminders.scheduling.recipients import load_people, load_preferences, load_records
from treatments.actions import get_next_sessions

SOON = timedelta(days=14)
SILENT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class EligibleReminder:
    """A letter that may go out, and what it may say."""

    row: Reminder
    language: str
    email: str
    detail: bool
    facts: EmailFacts


@dataclass(slots=True)
class BatchContext:
    """What a batch is judged by, each fetched once."""

    people: dict[int, Person]
    preferences: dict[int, ReminderPreference]
    records: dict[int, Record]
    addresses: set[tuple[int, str]]
    with_devices: set[int]
    entries: dict[int, set[date]]
    others: dict[int, list[tuple[str, PlannedReminder]]]


def check_many(rows: Collection[Reminder], now: datetime) -> tuple[list[EligibleReminder], dict[int, str]]:
    """Rows that may go out, in their order; and for each of the others the state it ends in."""
    users = list({row.user_id: row.user for row in rows}.values())
    known = load_context(rows, users, now)
    ready, verdicts = [], {}
    for row in rows:
        verdict = check_one(row, known, now)
        facts = None if verdict else build_facts(row, known, now)
        if facts is None:
            verdicts[row.pk] = verdict or State.SUPPRESSED
        else:
            kept = known.preferences.get(row.user_id)
            ready.append(
                EligibleReminder(
                    row, row.user.language, row.user.email, bool(kept and kept.allow_detail), facts
                )
            )
    return ready, verdicts


def load_context(rows: Collection[Reminder], users: list[User], now: datetime) -> BatchContext:
    preferences = load_preferences(users)
    records = load_records(users)
    proven = EmailAddress.objects.filter(user__in=[user.pk for user in users], verified=True)
    return BatchContext(
        people=load_people(users, preferences, now),
        preferences=preferences,
        records=records,
        addresses=set(proven.values_list("user_id", "email")),
        with_devices=load_devices(rows),
        entries=load_entries(rows, records),
        others=load_others(rows, users, now),
    )


def load_devices(rows: Collection[Reminder]) -> set[int]:
    asked = {row.user_id for row in rows if row.channel == Channel.PUSH}
    return (
        set(PushDevice.objects.filter(user__in=asked).values_list("user_id", flat=True)) if asked else set()
    )


def load_entries(rows: Collection[Reminder], records: dict[int, Record]) -> dict[int, set[date]]:
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


def load_others(
    rows: Collection[Reminder], users: list[User], now: datetime
) -> dict[int, list[tuple[str, PlannedReminder]]]:
    """What else is due or has just been sent to people one of whose letters is late."""
    found: dict[int, list[tuple[str, PlannedReminder]]] = defaultdict(list)
    if all(now - row.due_at < LATE for row in rows):
        return found
    near = Q(next_action_at__isnull=False, due_at__lte=now) | Q(state=State.SENT, sent_at__gt=now - LATE)
    for row in Reminder.objects.filter(near, user__in=users).order_by():
        letter = PlannedReminder(
            row.kind, row.target_date, row.due_at, row.sent_at if row.state == State.SENT else None
        )
        found[row.user_id].append((row.channel, letter))
    return found


def check_one(row: Reminder, known: BatchContext, now: datetime) -> str:
    """Why this letter must not go out now, as the state to end in; "" when it may."""
    person = known.people[row.user_id]
    if row.channel not in get_channels(row.user, known.preferences.get(row.user_id)):
        return State.SUPPRESSED
    if not is_wanted(row.kind, row.target_date, person):
        return State.CANCELLED
    if now >= useful_until(row.kind, row.target_date, person):
        return State.SUPERSEDED if row.kind in NEXT_KIND else State.SUPPRESSED
    if now < due_at(row.kind, row.target_date, person) - LATE:
        return State.CANCELLED  # her clock has moved, and the plan will have it later
    if is_merged_with(*find_mergeable(row, known), person, now):
        return State.SUPERSEDED
    return "" if can_be_reached(row, known) and has_unrecorded_day(row, known) else State.SUPPRESSED


def find_mergeable(row: Reminder, known: BatchContext) -> tuple[PlannedReminder, list[PlannedReminder]]:
    letter = PlannedReminder(row.kind, row.target_date, row.due_at)
    return letter, [other for channel, other in known.others[row.user_id] if channel == row.channel]


def can_be_reached(row: Reminder, known: BatchContext) -> bool:
    """A proven address that no server refused for good, or a device."""
    if row.channel == Channel.PUSH:
        return row.user_id in known.with_devices
    return (row.user_id, row.user.email) in known.addresses and not row.user.is_email_bounced


def has_unrecorded_day(row: Reminder, known: BatchContext) -> bool:
    """Diary letters go to who has something to enter: today, or a day of the last seven."""
    written = known.entries.get(row.user_id, set())
    if row.kind == Kind.DAILY:
        return row.target_date not in written
    if row.kind == Kind.WEEKLY:
        return any(row.target_date - timedelta(back) not in written for back in range(7))
    return True


def build_facts(row: Reminder, known: BatchContext, now: datetime) -> EmailFacts | None:
    """What the letter may tell; None when there is nothing to tell."""
    if row.kind == Kind.DIGEST:
        return count_for_digest(row.user, row.target_date, now)
    if row.kind == Kind.SUMMARY:
        record = known.records[row.user_id]
        with override(row.user.language):
            found = change_sentences(record, local_date(row.user, now))
        return EmailFacts(row.target_date, sentences=tuple(found)) if found else None
    return EmailFacts(row.target_date, booked=known.people[row.user_id].booked)


def count_for_digest(clinician: User, on: date, now: datetime) -> EmailFacts | None:
    """How many of those who share with a clinician are due, late or silent. Four queries, whatever their number."""
    records = list(get_shared_records(clinician))
    coming = get_next_sessions(records, now).values()
    known = [one for one in coming if one]
    facts = EmailFacts(
        on,
        due=sum(one.days_left <= SOON.days and not one.is_late for one in known),
        late=sum(one.is_late for one in known),
        silent=count_silent(records, now),
    )
    return facts if facts.due or facts.late or facts.silent else None


def count_silent(records: Iterable[Record], now: datetime) -> int:
    """Records without an entry in the last 14 days of their owner's clock."""
    latest = dict(
        DiaryDay.objects.filter(record__in=[record.pk for record in records])
        .order_by()
        .values_list("record_id")
        .annotate(Max("date"))
        .values_list("record_id", "date__max")
    )
    return sum(latest.get(record.pk, date.min) <= local_date(record.user, now) - SILENT for record in records)
