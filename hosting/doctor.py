"""What a site needs to work, looked at one by one: a sentence for each, and what to do about a fault."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from celery import current_app
from django.conf import settings
from django.core.checks import WARNING, run_checks
from django.db import DatabaseError, connection
from django.db.models import Max
from kombu.exceptions import OperationalError

from accounts.audit.triggers import missing_triggers
from core.health import list_setup_problems
from progress.cache.triggers import are_installed
from reminders.delivery.transport import NotSentError, open_transport
from reminders.models import JobHeartbeat
from reminders.operations.health import ALARM, load_health

MIN_FREE_BYTES: Final = 1024**3
MAX_CLOCK_ERROR: Final = timedelta(seconds=5)
MAX_BACKUP_AGE: Final = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one look. fix: what to do, "" where all is well."""

    is_well: bool
    sentence: str
    fix: str = ""


Look = Callable[[datetime], Finding]


def look_at_database(_now: datetime) -> Finding:
    problems = list_setup_problems()
    if problems:
        fix = (
            "Check DATABASE_URL and that the server runs." if "reached" in problems[0] else "Do what it says."
        )
        return Finding(False, f"{problems[0]}.", fix)
    return Finding(True, f"The database ({connection.vendor}) is reached, and all migrations are applied.")


def look_at_triggers(_now: datetime) -> Finding:
    try:
        missing = missing_triggers(connection)
        is_counting = are_installed(connection)
    except DatabaseError:
        return Finding(False, "The triggers could not be read.", "Mend the database first.")
    if missing or not is_counting:
        what = "of the audit log" if missing else "that count changes of records"
        return Finding(False, f"Triggers {what} are missing.", "Run manage.py migrate.")
    return Finding(True, "The triggers of the audit log and of the cache are there.")


def look_at_broker(_now: datetime) -> Finding:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=5)
    except (OperationalError, OSError) as error:
        return Finding(
            False,
            f"The broker is not reached ({type(error).__name__}).",
            "Check REDIS_URL and that Redis runs.",
        )
    return Finding(
        True, "The broker is reached." if settings.REDIS_URL else "The broker is a folder of this machine."
    )


def look_at_worker(now: datetime) -> Finding:
    try:
        age = load_health(now).tick_age
    except DatabaseError:
        return Finding(False, "The heartbeat of the worker could not be read.", "Mend the database first.")
    limit = 3 * settings.REMINDER_TICK_SECONDS + 60
    if age is None:
        return Finding(False, "No worker has run yet.", "Start the worker with beat (docs/deploy.md).")
    if age > limit:
        return Finding(
            False, f"The worker was last seen {age:.0f} seconds ago.", "Start the worker with beat again."
        )
    return Finding(True, f"The worker was seen {age:.0f} seconds ago.")


def look_at_reminders(now: datetime) -> Finding:
    try:
        health = load_health(now)
    except DatabaseError:
        return Finding(False, "The reminders could not be read.", "Mend the database first.")
    oldest = health.oldest_due or 0
    if oldest > ALARM.total_seconds():
        return Finding(
            False,
            f"{health.due} reminders are due, the oldest for {oldest / 60:.0f} minutes.",
            "Look at the worker and the mail server, then at manage.py reminders.",
        )
    return Finding(
        True, f"{health.due} reminders are due, none for longer than {ALARM.seconds // 60} minutes."
    )


def look_at_mail(_now: datetime) -> Finding:
    transport = open_transport()
    try:
        transport.connect()
    except NotSentError as error:
        return Finding(False, f"The mail server is not reached: {error}.", "Check EMAIL_URL and the server.")
    finally:
        transport.close()
    return Finding(True, "The mail server accepts a connection.")


def look_at_disk(_now: datetime) -> Finding:
    usage = shutil.disk_usage(settings.VAR_DIR)
    free = f"{usage.free / 1024**3:.1f} GB are free where VAR_DIR is"
    if usage.free < MIN_FREE_BYTES:
        return Finding(False, f"Only {free}.", "Free some space, or move VAR_DIR.")
    return Finding(True, f"{free}.")


def look_at_clock(_now: datetime) -> Finding:
    """Compare with the clock of PostgreSQL; with SQLite, with the latest heartbeat, which cannot be of the future."""
    try:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT clock_timestamp()")
                [there] = cursor.fetchone()
            error = abs(there - datetime.now(UTC))
        else:
            latest = JobHeartbeat.objects.aggregate(at=Max("at"))["at"]
            error = latest - datetime.now(UTC) if latest else timedelta(0)
    except DatabaseError:
        return Finding(False, "The clock of the database could not be read.", "Mend the database first.")
    if error > MAX_CLOCK_ERROR:
        sentence = (
            f"This machine's clock and what the database holds differ by {error.total_seconds():.0f} s."
        )
        return Finding(False, sentence, "Run a time service (NTP).")
    return Finding(True, "The clock agrees with the database's.")


def look_at_settings(_now: datetime) -> Finding:
    found = [message for message in run_checks(include_deployment_checks=True) if message.level >= WARNING]
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        return Finding(False, f"{found[0].msg}{more}", "Run manage.py check --deploy.")
    return Finding(True, "The settings pass manage.py check --deploy.")


def look_at_backups(now: datetime) -> Finding:
    if not settings.BACKUP_DIR:
        return Finding(
            False,
            "It is not known where the backups are.",
            "Set BACKUP_DIR to the folder of manage.py backup.",
        )
    files = list(Path(settings.BACKUP_DIR).glob("botoxtrack-*.zip*"))
    if not files:
        return Finding(
            False, f"There is no backup in {settings.BACKUP_DIR}.", "Run manage.py backup each night."
        )
    age = now - datetime.fromtimestamp(max(file.stat().st_mtime for file in files), UTC)
    hours = age.total_seconds() / 3600
    if age > MAX_BACKUP_AGE:
        return Finding(
            False, f"The latest backup is {hours:.0f} hours old.", "Look at what runs manage.py backup."
        )
    return Finding(True, f"The latest of {len(files)} backups is {hours:.1f} hours old.")


LOOKS: Final[dict[str, Look]] = {
    "database": look_at_database,
    "triggers": look_at_triggers,
    "broker": look_at_broker,
    "worker": look_at_worker,
    "reminders": look_at_reminders,
    "mail": look_at_mail,
    "disk": look_at_disk,
    "clock": look_at_clock,
    "settings": look_at_settings,
    "backup": look_at_backups,
}
