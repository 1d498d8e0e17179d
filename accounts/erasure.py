"""Close an account, open it again, and erase it for good with everything that belongs to it.

Closing acts at once: nobody logs in or sees the record. Seven days later, or at once by an operator's command, the
account is erased. What stays are the entries of the audit log, without a name. The erased account is written to a list
beside the database, which is applied again after an older backup was restored.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from accounts.audit.log import Action, log_event
from accounts.audit_models import AuditIdentity, AuditTrail
from accounts.models import DemoEmail, Invitation, Record, User
from accounts.signals import clock_moved, schedule_changed

log = logging.getLogger(__name__)
GRACE: Final = timedelta(days=7)


@transaction.atomic
def close_account(*, user: User, actor: User | None, now: datetime) -> None:
    """End log-ins, sharing and reminders at once. actor: the user herself, or None for an operator's command."""
    User.objects.select_for_update().get(pk=user.pk)
    user.is_active, user.closed_at = False, now
    user.save(update_fields=["is_active", "closed_at"])
    for log_in in UserSession.objects.filter(user=user):
        log_in.end()
    log_event(user, Action.CLOSED, actor=actor, now=now)
    announce(user, now)


@transaction.atomic
def reopen_account(*, user: User, actor: User | None, now: datetime) -> None:
    """Open a closed account as it was: its record, its grants, its reminders."""
    user.is_active, user.closed_at = True, None
    user.save(update_fields=["is_active", "closed_at"])
    log_event(user, Action.REOPENED, actor=actor, now=now)
    announce(user, now)


def announce(user: User, now: datetime) -> None:
    """Tell other apps that the account was closed or opened: its reminders are planned anew."""
    record = Record.objects.filter(user=user).first()
    if record:
        record.user = user
        schedule_changed.send(sender=Record, record=record, now=now)
    else:
        clock_moved.send(sender=User, user=user, now=now)


def erase_account(*, user: User, now: datetime) -> None:
    """Delete an account and all that belongs to it; its audit log stays without names."""
    with transaction.atomic():
        log_event(user, Action.ERASED, actor=None, now=now)
        trail = AuditTrail.objects.select_for_update().get(user=user)
        AuditIdentity.objects.filter(trail=trail).delete()
        trail.erased_at, trail.user = now, None
        trail.save(update_fields=["erased_at", "user"])
        Invitation.objects.filter(email=user.email).delete()
        DemoEmail.objects.filter(recipient__icontains=user.email).delete()
        delete_sessions(user)
        with erased_list().open("a") as file:
            file.write(f"{code_of(user)} {now.astimezone(UTC).isoformat(timespec='seconds')}\n")
        user.delete()
    log.info("account erased")


def delete_sessions(user: User) -> None:
    """Delete every session that is the user's, or in which her address was typed."""
    decode = import_module(settings.SESSION_ENGINE).SessionStore().decode
    of_user = [
        session.pk
        for session in Session.objects.iterator()
        if (values := decode(session.session_data)).get(SESSION_KEY) == str(user.pk)
        or user.email in str(values)
    ]
    Session.objects.filter(pk__in=of_user).delete()


def erase_due(now: datetime) -> int:
    """Erase the accounts that were closed seven days ago; return how many."""
    due = list(User.objects.filter(closed_at__lte=now - GRACE))
    return erase_all(due, now)


def erase_all(users: Iterable[User], now: datetime) -> int:
    """Erase accounts, and then overwrite what SQLite leaves of deleted rows; return how many."""
    erased = list(users)
    for user in erased:
        erase_account(user=user, now=now)
    if erased and connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(erased)


def erased_list() -> Path:
    """Return the file that lists erased accounts, one a line: code and time."""
    return Path(settings.VAR_DIR) / "erased-accounts"


def code_of(user: User) -> str:
    """Return what names an account in the list, in every backup of it, and tells nobody whose it was."""
    joined = user.date_joined.astimezone(UTC).isoformat(timespec="microseconds")
    return sha256(f"{user.pk} {joined}".encode()).hexdigest()


def erase_again(file: Path, now: datetime) -> int:
    """Erase the accounts of a list that are here again, after a backup was restored; return how many.

    Raises OSError if the file cannot be read.
    """
    codes = {line.split(" ")[0] for line in file.read_text().splitlines() if line}
    return erase_all([user for user in User.objects.order_by("pk") if code_of(user) in codes], now)
