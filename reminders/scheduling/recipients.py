"""From rows to the values the rules of when are asked with: a fixed number of queries for any number of people."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from accounts.models import Record, User
from reminders.models import ReminderPreference
from reminders.rules import DIGEST, NONE, SESSION_KINDS, SUMMARY, SWITCHES, Person, Preferences
from treatments.actions import get_next_sessions
from treatments.domain.schedule import NextSession

# Kinds with a switch of their own; the daily and weekly ones share one.
SWITCHED_KINDS = (*SESSION_KINDS, SUMMARY, DIGEST)


def get_preference(user: User) -> ReminderPreference:
    """What this person chose, or what holds before anything was chosen; the latter is not stored."""
    return ReminderPreference.objects.filter(user=user).first() or ReminderPreference(user=user)


def get_preferences(kept: ReminderPreference) -> Preferences:
    return Preferences(
        kinds=frozenset(kind for kind in SWITCHED_KINDS if getattr(kept, SWITCHES[kind])),
        hour=kept.hour,
        diary_days=frozenset(day for day in range(7) if kept.diary_days >> day & 1),
        diary_hour=kept.diary_hour,
        weekday=kept.weekday,
        pause_until=kept.pause_until,
    )


AT_FIRST = get_preferences(ReminderPreference())


def get_person(
    user: User, kept: ReminderPreference | None, record: Record | None, coming: NextSession | None
) -> Person:
    """One person as the rules see her. Diary and sessions need a record; the digest needs a clinician."""
    wishes = get_preferences(kept) if kept else AT_FIRST
    kinds = wishes.kinds if record else wishes.kinds & {DIGEST}
    if not user.is_clinician:
        kinds -= {DIGEST}
    rhythm = record.rhythm if record and kept and kept.remind_to_write else NONE
    if kinds != wishes.kinds or rhythm != wishes.rhythm:
        wishes = replace(wishes, kinds=kinds, rhythm=rhythm)
    if coming is None:
        return Person(user.time_zone, wishes)
    return Person(user.time_zone, wishes, coming.last, coming.target, booked=coming.booked is not None)


def load_preferences(users: Collection[User]) -> dict[int, ReminderPreference]:
    """Stored preferences by user."""
    return {kept.user_id: kept for kept in ReminderPreference.objects.filter(user__in=users)}


def load_records(users: Collection[User]) -> dict[int, Record]:
    """Records by user, each with its user set."""
    by_pk = {user.pk: user for user in users}
    found = {}
    for record in Record.objects.filter(user__in=users):
        record.user = by_pk[record.user_id]
        found[record.user_id] = record
    return found


def load_people(
    users: Collection[User], preferences: dict[int, ReminderPreference], now: datetime
) -> dict[int, Person]:
    """Each user as the rules see her. Three queries."""
    records = load_records(users)
    coming = get_next_sessions(list(records.values()), now)
    return {
        user.pk: get_person(
            user,
            preferences.get(user.pk),
            records.get(user.pk),
            coming.get(records[user.pk].pk) if user.pk in records else None,
        )
        for user in users
    }
