"""The databases of bench.reminders_scale: how they are filled and reset."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime

from tests.processes.site import Site

SMALL = 1_000


PLANNED_PEOPLE = 5_000

# Copies one row of each table, so that a new column needs no change here. The reminders of the first `due` people have
# been due for four days, the sessions of the others are more recent; the last `unplanned` people have no reminder yet.
LOAD = """
INSERT INTO accounts_user
SELECT (jsonb_populate_record(first, jsonb_build_object(
  'id', n, 'email', 'p' || n || '@d' || n % 500 || '.example.org'))).*
FROM accounts_user AS first, generate_series(2, {people}) AS n WHERE first.id = 1;
INSERT INTO account_emailaddress (email, verified, "primary", user_id)
SELECT email, TRUE, TRUE, id FROM accounts_user WHERE id > 1;
INSERT INTO accounts_record
SELECT (jsonb_populate_record(first, jsonb_build_object('id', n, 'user_id', n, 'key', md5('r' || n)))).*
FROM accounts_record AS first, generate_series(2, {people}) AS n WHERE first.id = 1;
INSERT INTO treatments_injectionsession
SELECT (jsonb_populate_record(first, jsonb_build_object('id', n, 'record_id', n, 'date',
  date '{today}' - 84 + CASE WHEN n <= {due} THEN 10 ELSE 30 + n % 50 END))).*
FROM treatments_injectionsession AS first, generate_series(2, {people}) AS n WHERE first.id = 1;
UPDATE treatments_injectionsession SET date = date '{today}' - 84 + CASE WHEN {due} > 0 THEN 10 ELSE 31 END
WHERE id = 1;
DELETE FROM reminders_reminder WHERE id > 1;
INSERT INTO reminders_reminder
SELECT (jsonb_populate_record(first, jsonb_build_object(
  'id', s.id, 'user_id', s.id, 'target_date', s.date + 84,
  'due_at', (s.date + 70 + time '09:00') AT TIME ZONE 'UTC',
  'next_action_at', (s.date + 70 + time '09:00') AT TIME ZONE 'UTC',
  'key', substr(md5('l' || s.id), 1, 24)))).*
FROM reminders_reminder AS first, treatments_injectionsession AS s
WHERE first.id = 1 AND s.id BETWEEN 2 AND {people} - {unplanned};
UPDATE reminders_reminder SET target_date = s.date + 84, due_at = (s.date + 70 + time '09:00') AT TIME ZONE 'UTC',
  next_action_at = (s.date + 70 + time '09:00') AT TIME ZONE 'UTC'
FROM treatments_injectionsession AS s WHERE reminders_reminder.id = 1 AND s.id = 1;
"""
SEQUENCES = ("accounts_user", "accounts_record", "treatments_injectionsession", "reminders_reminder")


def add_first_person() -> None:
    """Create the rows that LOAD copies."""
    from allauth.account.models import EmailAddress
    from django.utils import timezone

    from accounts.models import Record, User
    from reminders.models import Reminder
    from treatments.models import InjectionSession

    now = timezone.now()
    user = User.objects.create_user("p1@d1.example.org", time_zone="UTC")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    record = Record.objects.create(user=user)
    session = InjectionSession.objects.create(record=record, date=now.date(), units=155)
    reminder = Reminder.objects.create(
        user=user,
        kind="d14",
        channel="mail",
        target_date=now.date(),
        due_at=now,
        next_action_at=now,
        key="l1",
    )
    if {user.pk, record.pk, session.pk, reminder.pk} != {1}:
        raise RuntimeError("the database is not empty")


def load(people: int, due: int, unplanned: int) -> None:
    from django.db import connection

    add_first_person()
    today = datetime.now(UTC).date().isoformat()
    with connection.cursor() as cursor:
        cursor.execute(LOAD.format(people=people, due=due, unplanned=unplanned, today=today))
        for table in SEQUENCES:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {people})")
        cursor.execute("VACUUM ANALYZE")
        # Otherwise the server writes the loaded rows to disk during the measurement.
        cursor.execute("CHECKPOINT")


def connect_to(database: str) -> None:
    """Connect this process to another database of the same server."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = database
    connection.ensure_connection()


def reset(due: int) -> None:
    from django.db import connection

    from reminders.models import Reminder

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reminders_reminder SET state = 'scheduled', worker_token = '', next_action_at = due_at,"
            " sent_at = NULL WHERE user_id <= %s AND kind = 'd14'",
            [due],
        )
        cursor.execute("VACUUM ANALYZE reminders_reminder")
    if Reminder.objects.filter(user_id__lte=due, kind="d14").exclude(state="scheduled").exists():
        raise RuntimeError("the rows were not set back")


def use_site(site: Site) -> None:
    import django

    environment = site.environment
    os.environ.clear()
    os.environ.update(environment)
    django.setup()


def make_databases(options: argparse.Namespace) -> list[str]:
    """Create the databases "small" (few patients) and "postgres" (many). Return their names."""
    from django.core.management import call_command
    from django.db import connection

    connect_to("postgres")
    call_command("migrate", verbosity=0)
    connect_to("template1")  # nobody may be connected to what is copied
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE small TEMPLATE postgres")
    for name, people in (("small", SMALL), ("postgres", options.patients)):
        connect_to(name)
        load(people, options.due if name == "postgres" else 0, PLANNED_PEOPLE if name == "postgres" else 0)
    return ["small", "postgres"]
