"""From rows to the values the rules of when are asked with: a fixed number of queries for any number of people."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from accounts.models import Record, User
from reminders.models import ReminderPreference
from reminders.rules import DIGEST, NONE, SESSION_KINDS, SUMMARY, Person, Wishes
from treatments.actions import upcoming_of_many
from treatments.domain.schedule import NextSession

SWITCHES = (*SESSION_KINDS, SUMMARY, DIGEST)


def preference_of(user: User) -> ReminderPreference:
    """What this person chose, or what holds before anything was chosen; the latter is not stored."""
    return ReminderPreference.objects.filter(user=user).first() or ReminderPreference(user=user)


def wishes_of(kept: ReminderPreference) -> Wishes:
    return Wishes(
        kinds=frozenset(kind for kind in SWITCHES if getattr(kept, kind)),
        hour=kept.hour,
        diary_days=frozenset(day for day in range(7) if kept.diary_days >> day & 1),
        diary_hour=kept.diary_hour,
        weekday=kept.weekday,
        pause_until=kept.pause_until,
    )


AT_FIRST = wishes_of(ReminderPreference())


def person_of(
    user: User, kept: ReminderPreference | None, record: Record | None, coming: NextSession | None
) -> Person:
    """One person as the rules see her. Diary and sessions need a record; the digest needs a clinician."""
    wishes = wishes_of(kept) if kept else AT_FIRST
    kinds = wishes.kinds if record else wishes.kinds & {DIGEST}
    if not user.is_clinician:
        kinds -= {DIGEST}
    rhythm = record.rhythm if record and kept and kept.diary else NONE
    if kinds != wishes.kinds or rhythm != wishes.rhythm:
        wishes = replace(wishes, kinds=kinds, rhythm=rhythm)
    if coming is None:
        return Person(user.time_zone, wishes)
    return Person(user.time_zone, wishes, coming.last, coming.target, booked=coming.booked is not None)


def preferences_of(users: Collection[User]) -> dict[int, ReminderPreference]:
    """Stored preferences by user."""
    return {kept.user_id: kept for kept in ReminderPreference.objects.filter(user__in=users)}


def records_of(users: Collection[User]) -> dict[int, Record]:
    """Records by user, each with its user set."""
    by_pk = {user.pk: user for user in users}
    found = {}
    for record in Record.objects.filter(user__in=users):
        record.user = by_pk[record.user_id]
        found[record.user_id] = record
    return found


def people(
    users: Collection[User], preferences: dict[int, ReminderPreference], now: datetime
) -> dict[int, Person]:
    """Each user as the rules see her. Three queries."""
    records = records_of(users)
    coming = upcoming_of_many(list(records.values()), now)
    return {
        user.pk: person_of(
            user,
            preferences.get(user.pk),
            records.get(user.pk),
            coming.get(records[user.pk].pk) if user.pk in records else None,
        )
        for user in users
    }
