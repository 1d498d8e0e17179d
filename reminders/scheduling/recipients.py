"""Loads what the rules of reminders/rules.py need: a fixed number of queries for any number of users."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from accounts.models import Record, User
from core.dates import local_date
from headaches.medicine_days import count_medicine_days, select_near_line
from reminders.models import ReminderPreference
from reminders.rules import DIGEST, MEDICINE, NONE, SESSION_KINDS, SUMMARY, SWITCHES, Person, Preferences
from treatments.actions import get_next_sessions

# Kinds with a switch of their own; the daily and weekly ones share one.
SWITCHED_KINDS = (*SESSION_KINDS, MEDICINE, SUMMARY, DIGEST)


def build_preferences(preference: ReminderPreference) -> Preferences:
    """Return a row as the rules need it, without the diary's rhythm, which belongs to the record."""
    return Preferences(
        kinds=frozenset(kind for kind in SWITCHED_KINDS if getattr(preference, SWITCHES[kind])),
        hour=preference.hour,
        diary_days=frozenset(day for day in range(7) if preference.diary_days >> day & 1),
        diary_hour=preference.diary_hour,
        weekday=preference.weekday,
        pause_until=preference.pause_until,
    )


DEFAULT_PREFERENCES = build_preferences(ReminderPreference())


def load_preferences(users: Collection[User]) -> dict[int, ReminderPreference]:
    """Return stored preferences by user."""
    return {
        preference.user_id: preference for preference in ReminderPreference.objects.filter(user__in=users)
    }


def load_records(users: Collection[User]) -> dict[int, Record]:
    """Return records by user, each with its user set."""
    users_by_pk = {user.pk: user for user in users}
    records = {}
    for record in Record.objects.filter(user__in=users):
        record.user = users_by_pk[record.user_id]
        records[record.user_id] = record
    return records


def load_people(
    users: Collection[User], stored: dict[int, ReminderPreference], now: datetime
) -> dict[int, Person]:
    """Return each user as the rules need it, by primary key. Three queries, four if medicine days are counted.

    Kinds about diary and sessions need a record, the digest a clinician. stored: what users chose, by user.
    """
    records = load_records(users)
    next_sessions = get_next_sessions(list(records.values()), now)
    people = {}
    for user in users:
        preference, record = stored.get(user.pk), records.get(user.pk)
        preferences = build_preferences(preference) if preference else DEFAULT_PREFERENCES
        kinds = preferences.kinds if record else preferences.kinds & {DIGEST}
        if not user.is_clinician:
            kinds -= {DIGEST}
        rhythm = record.rhythm if record and preference and preference.remind_to_write else NONE
        if kinds != preferences.kinds or rhythm != preferences.rhythm:
            preferences = replace(preferences, kinds=kinds, rhythm=rhythm)
        session = next_sessions.get(record.pk) if record else None
        person = Person(user.time_zone, preferences)
        if session is not None:
            is_booked = session.booked is not None
            person = replace(person, last=session.last, target=session.target, is_booked=is_booked)
        people[user.pk] = person
    return add_medicine_days(people, stored, records, now)


def add_medicine_days(
    people: dict[int, Person],
    stored: dict[int, ReminderPreference],
    records: dict[int, Record],
    now: datetime,
) -> dict[int, Person]:
    """Return the people with the medicine days of those who want to be reminded of them. One query, or none."""
    days = {
        records[pk].pk: local_date(records[pk].user, now)
        for pk, person in people.items()
        if MEDICINE in person.preferences.kinds
    }
    counts = count_medicine_days(days)
    for pk, record in records.items():
        if record.pk in days:
            dates = {group: date.fromisoformat(day) for group, day in stored[pk].medicine_dates.items()}
            near_line = select_near_line(counts[record.pk])
            people[pk] = replace(people[pk], near_line=near_line, medicine_dates=dates)
    return people
