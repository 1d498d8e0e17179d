"""manage.py doctor: a sentence for each thing that a site needs, and what to do about a fault."""

import json
import os
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from hosting.doctor import LOOKS
from reminders.models import JobHeartbeat, Reminder
from tests.conftest import NOON, make_patient
from tests.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def look(name: str, now: datetime = NOON) -> tuple[bool, str]:
    finding = LOOKS[name](now)
    assert bool(finding.fix) != finding.is_well
    return finding.is_well, finding.sentence


def beat(at: datetime) -> None:
    JobHeartbeat.objects.update_or_create(job=JobHeartbeat.Job.TICK, defaults={"at": at})


def test_a_migrated_database_is_well() -> None:
    assert look("database") == (
        True,
        f"The database ({connection.vendor}) is reached, and all migrations are applied.",
    )
    assert look("triggers") == (True, "The triggers of the audit log and of the cache are there.")


@pytest.mark.django_db(transaction=True)
def test_a_missing_trigger_is_named() -> None:
    from progress.cache.triggers import existing_triggers, expected_triggers

    trigger = expected_triggers(connection)[0]
    with connection.cursor() as cursor:
        on = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {trigger.name}{on}")
    try:
        assert look("triggers") == (False, "Triggers that count changes of records are missing.")
    finally:
        call_command("migrate", verbosity=0)
        if trigger.name not in existing_triggers(connection):
            with connection.cursor() as cursor:
                for statement in trigger.statements:
                    cursor.execute(statement)


def test_the_worker_and_the_reminders() -> None:
    assert look("worker") == (False, "No worker has run yet.")
    beat(NOON - timedelta(seconds=30))
    assert look("worker") == (True, "The worker was seen 30 seconds ago.")
    beat(NOON - timedelta(hours=1))
    assert look("worker") == (False, "The worker was last seen 3600 seconds ago.")
    assert look("reminders") == (True, "0 reminders are due, none for longer than 15 minutes.")
    user = make_patient("alice@example.org").user
    due = NOON - timedelta(minutes=20)
    Reminder.objects.create(user=user, kind="d7", due_at=due, target_date=NOON.date(), next_action_at=due)
    assert look("reminders") == (False, "1 reminders are due, the oldest for 20 minutes.")


def test_the_mail_server(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    is_well, sentence = look("mail")
    assert (is_well, sentence.startswith("The mail server is not reached")) == (False, True)


def test_the_disk_and_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look("disk")[0]
    monkeypatch.setattr("hosting.doctor.MIN_FREE_BYTES", 2**80)
    assert look("disk")[1].startswith("Only ")
    assert look("clock") == (True, "The clock agrees with the database's.")
    if connection.vendor == "sqlite":
        beat(datetime.now(UTC) + timedelta(hours=1))
        assert look("clock")[1] == "This machine's clock and what the database holds differ by 3600 s."


def test_the_backups(settings: Any, tmp_path: Path) -> None:
    assert look("backup") == (False, "It is not known where the backups are.")
    settings.BACKUP_DIR = str(tmp_path)
    assert look("backup") == (False, f"There is no backup in {tmp_path}.")
    file = tmp_path / "botoxtrack-20260506T100000Z.zip.age"
    file.touch()
    cases = (
        (2, (True, "The latest of 1 backups is 2.0 hours old.")),
        (30, (False, "The latest backup is 30 hours old.")),
    )
    for hours, expected in cases:
        moment = (NOON - timedelta(hours=hours)).timestamp()
        os.utime(file, (moment, moment))
        assert look("backup") == expected
    settings.BACKUP_DIR = str(tmp_path / "none")
    assert look("backup")[0] is False


def test_the_command_prints_each_and_ends_with_1_if_there_is_a_fault() -> None:
    out = StringIO()
    call_command("doctor", only=["database", "disk"], stdout=out)
    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == ["good   database", "good   disk"]
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 have a fault"):
        call_command("doctor", only=["backup", "disk"], json=True, stdout=out)
    found = json.loads(out.getvalue())
    assert found["backup"] == {
        "is_well": False,
        "sentence": "It is not known where the backups are.",
        "fix": "Set BACKUP_DIR to the folder of manage.py backup.",
    }
