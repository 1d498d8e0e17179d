"""Checks whether reminders may still go out: a whole batch in a fixed number of queries, just before it is sent."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.db.models import Max, Q
from django.utils.translation import override

from accounts.access import get_shared_records
from accounts.models import Record, User
from core.dates import local_date
from headaches.medicine_days import describe_near_line
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
    is_replaced,
    is_wanted,
    useful_until,
)
from reminders.scheduling.planning import get_channels
from reminders.scheduling.recipients import load_people, load_preferences, load_records
from treatments.actions import get_next_sessions

SOON = timedelta(days=14)
SILENT = timedelta(days=14)
# A daily reminder asks for its own day, a weekly one for the last seven; the others are not about the diary.
DAYS_ASKED_FOR: dict[str, int] = {Kind.DAILY: 1, Kind.WEEKLY: 7}


@dataclass(frozen=True, slots=True)
class EligibleReminder:
    """A reminder that may go out, and what its e-mail needs."""

    reminder: Reminder
    language: str
    email: str
    allow_detail: bool
    facts: EmailFacts


@dataclass(slots=True)
class BatchContext:
    """What a batch is checked against, each part loaded once.

    verified: pairs of user and verified address. recorded_days, others: by user, as load_recorded_days() and
    load_others() return them.
    """

    people: dict[int, Person]
    preferences: dict[int, ReminderPreference]
    records: dict[int, Record]
    verified: set[tuple[int, str]]
    users_with_device: set[int]
    recorded_days: dict[int, set[date]]
    others: dict[int, list[tuple[str, PlannedReminder]]]


def check_batch(
    reminders: Collection[Reminder], now: datetime
) -> tuple[list[EligibleReminder], dict[int, str]]:
    """Return the reminders that may go out, in their order, and by primary key the state each of the others ends in."""
    users = list({reminder.user_id: reminder.user for reminder in reminders}.values())
    preferences = load_preferences(users)
    records = load_records(users)
    addresses = EmailAddress.objects.filter(user__in=[user.pk for user in users], verified=True)
    to_devices = {reminder.user_id for reminder in reminders if reminder.channel == Channel.PUSH}
    devices = PushDevice.objects.filter(user__in=to_devices)  # no query without any
    context = BatchContext(
        people=load_people(users, preferences, now),
        preferences=preferences,
        records=records,
        verified=set(addresses.values_list("user_id", "email")),
        users_with_device=set(devices.values_list("user_id", flat=True)),
        recorded_days=load_recorded_days(reminders, records),
        others=load_others(reminders, users, now),
    )
    eligible, end_states = [], {}
    for reminder in reminders:
        end_state = check_reminder(reminder, context, now)
        facts = None if end_state else build_facts(reminder, context, now)
        if facts is None:
            end_states[reminder.pk] = end_state or State.SUPPRESSED
            continue
        preference = context.preferences.get(reminder.user_id)
        allow_detail = preference is not None and preference.allow_detail
        user = reminder.user
        eligible.append(EligibleReminder(reminder, user.language, user.email, allow_detail, facts))
    return eligible, end_states


def load_recorded_days(reminders: Collection[Reminder], records: dict[int, Record]) -> dict[int, set[date]]:
    """Return recorded days by user, of those days that reminders of the diary ask for."""
    recorded: dict[int, set[date]] = defaultdict(set)
    about_diary = [
        reminder
        for reminder in reminders
        if reminder.kind in (Kind.DAILY, Kind.WEEKLY) and reminder.user_id in records
    ]
    if not about_diary:
        return recorded
    start = min(reminder.target_date for reminder in about_diary) - timedelta(6)
    owners = {records[reminder.user_id].pk: reminder.user_id for reminder in about_diary}
    days = DiaryDay.objects.filter(record__in=owners, date__gte=start).order_by()
    for record_id, day in days.values_list("record_id", "date"):
        recorded[owners[record_id]].add(day)
    return recorded


def load_others(
    reminders: Collection[Reminder], users: list[User], now: datetime
) -> dict[int, list[tuple[str, PlannedReminder]]]:
    """Return by user, with their channels, all reminders that are due or have just been sent.

    Empty unless one of the given reminders is late: only then may another one replace it.
    """
    others: dict[int, list[tuple[str, PlannedReminder]]] = defaultdict(list)
    if all(now - reminder.due_at < LATE for reminder in reminders):
        return others
    current = Q(next_action_at__isnull=False, due_at__lte=now) | Q(state=State.SENT, sent_at__gt=now - LATE)
    for reminder in Reminder.objects.filter(current, user__in=users).order_by():
        sent_at = reminder.sent_at if reminder.state == State.SENT else None
        planned = PlannedReminder(reminder.kind, reminder.target_date, reminder.due_at, sent_at)
        others[reminder.user_id].append((reminder.channel, planned))
    return others


def check_reminder(reminder: Reminder, context: BatchContext, now: datetime) -> str:
    """Return the state of a reminder that must not go out now; "" when it may."""
    kind, target = reminder.kind, reminder.target_date
    person = context.people[reminder.user_id]
    if reminder.channel not in get_channels(reminder.user, context.preferences.get(reminder.user_id)):
        return State.SUPPRESSED
    if not is_wanted(kind, target, person):
        return State.CANCELLED
    if now >= useful_until(kind, target, person):
        return State.SUPERSEDED if kind in NEXT_KIND else State.SUPPRESSED
    if now < due_at(kind, target, person) - LATE:
        return State.CANCELLED  # the user's clock has moved, and the plan has it for later
    planned = PlannedReminder(kind, target, reminder.due_at)
    others = [other for channel, other in context.others[reminder.user_id] if channel == reminder.channel]
    if is_replaced(planned, others, person, now):
        return State.SUPERSEDED
    if reminder.channel == Channel.PUSH:
        can_be_reached = reminder.user_id in context.users_with_device
    else:
        is_verified = (reminder.user_id, reminder.user.email) in context.verified
        can_be_reached = is_verified and not reminder.user.is_email_bounced
    days_back = range(DAYS_ASKED_FOR.get(kind, 0))
    recorded = context.recorded_days.get(reminder.user_id, set())
    has_nothing_to_enter = bool(days_back) and all(target - timedelta(back) in recorded for back in days_back)
    return State.SUPPRESSED if has_nothing_to_enter or not can_be_reached else ""


def build_facts(reminder: Reminder, context: BatchContext, now: datetime) -> EmailFacts | None:
    """Return what the e-mail may tell; None when there is nothing to tell.

    A digest counts the clinician's patients that are due, late or silent: without an entry in the last 14 days, by the
    patient's clock. Four queries for any number of them.
    """
    day, user = reminder.target_date, reminder.user
    if reminder.kind == Kind.SUMMARY:
        with override(user.language):
            sentences = change_sentences(context.records[user.pk], local_date(user, now))
        return EmailFacts(day, sentences=tuple(sentences)) if sentences else None
    if reminder.kind == Kind.MEDICINE:
        person = context.people[user.pk]
        near_line = {
            group: days for group, days in person.near_line.items() if person.medicine_dates.get(group) == day
        }
        with override(user.language):
            return EmailFacts(day, sentences=tuple(describe_near_line(near_line))) if near_line else None
    if reminder.kind != Kind.DIGEST:
        return EmailFacts(day, is_booked=context.people[user.pk].is_booked)
    records = list(get_shared_records(user))
    sessions = [session for session in get_next_sessions(records, now).values() if session]
    entries = DiaryDay.objects.filter(record__in=[record.pk for record in records]).order_by()
    last_dates = dict(
        entries.values_list("record_id").annotate(Max("date")).values_list("record_id", "date__max")
    )
    facts = EmailFacts(
        day,
        due=sum(session.days_left <= SOON.days and not session.is_late for session in sessions),
        late=sum(session.is_late for session in sessions),
        silent=sum(
            last_dates.get(record.pk, date.min) <= local_date(record.user, now) - SILENT for record in records
        ),
    )
    return facts if facts.due or facts.late or facts.silent else None
