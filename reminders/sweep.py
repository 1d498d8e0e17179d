"""One sweep over the ledger: claim, fence, send, mark.

Safe to run twice, anywhere, at the same time. A worker killed at any point leaves rows that say so: claimed
rows are taken again after their lease; a row found in "sending" is in doubt and is sent once more under the
same Message-ID, then left to a human.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any, Final

from allauth.account.models import EmailAddress
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from reminders.letters import before_session
from reminders.models import Reminder, State
from reminders.planning import target_of, wants_letters
from reminders.when import NEXT_KIND, useful_until

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=5)
BATCH: Final = 100
BACK_OFF: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 120))

Clock = Callable[[], datetime]
Tally = Counter[str]


def due_rows(now: datetime) -> QuerySet[Reminder]:
    """Rows to take: planned and due, or held by a worker whose lease has run out."""
    held = Q(state__in=[State.CLAIMED, State.SENDING], lease_until__lt=now)
    return Reminder.objects.filter(Q(state=State.SCHEDULED, next_try_at__lte=now) | held).order_by(
        "due_at", "pk"
    )


def sweep(clock: Clock) -> Tally:
    """Send everything that is due when it starts. Answers how many rows ended in each state."""
    tally: Tally = Counter()
    begin = clock()
    while due_rows(begin).exists():
        rows, given_up = claim(begin)
        if not rows and not given_up:  # another sweep holds what is left
            break
        tally[State.IN_DOUBT] += given_up
        tally += send_batch(rows, clock)
    log.info("reminder sweep %s", {str(state): number for state, number in tally.items()})
    return tally


@transaction.atomic
def claim(now: datetime) -> tuple[list[Reminder], int]:
    """Take up to BATCH due rows under one lease. Second answer: rows lost while sending twice, given up."""
    rows = list(due_rows(now).select_for_update(skip_locked=True)[:BATCH])
    lost = [row for row in rows if row.state == State.SENDING]
    given_up = [row.pk for row in lost if row.doubts]
    Reminder.objects.filter(pk__in=given_up).update(state=State.IN_DOUBT, doubts=2, claim="")
    Reminder.objects.filter(pk__in=[row.pk for row in lost if not row.doubts]).update(doubts=1)
    token = secrets.token_hex(16)
    taken = [row.pk for row in rows if row.pk not in given_up]
    Reminder.objects.filter(pk__in=taken).update(state=State.CLAIMED, claim=token, lease_until=now + LEASE)
    claimed = Reminder.objects.filter(claim=token).select_related("record__user")
    return list(claimed), len(given_up)


def send_batch(rows: list[Reminder], clock: Clock) -> Tally:
    """Handle claimed rows over one connection, opened when the first letter needs it."""
    tally: Tally = Counter()
    connection = get_connection()
    try:
        for row in rows:
            tally[handle_alone(row, connection, clock)] += 1
    finally:
        connection.close()
    return tally


def handle_alone(row: Reminder, connection: BaseEmailBackend, clock: Clock) -> str:
    """One row that cannot be handled must not keep the others from going out: it waits, and is named in the log."""
    try:
        return handle(row, connection, clock)
    except DatabaseError:
        raise  # nothing can be marked without a database; leases bring the rows back
    except Exception as error:
        log.exception("reminder %s could not be handled", row.pk)
        return put_back(row, State.CLAIMED, error, clock())


def handle(row: Reminder, connection: BaseEmailBackend, clock: Clock) -> str:
    """Take one claimed row to its end; answers the state it ended in, or "taken" by another worker."""
    now = clock()
    verdict = judge(row, now)
    if verdict:
        return verdict if move(row, State.CLAIMED, state=verdict, claim="") else "taken"
    try:
        connection.open()
    except (OSError, SMTPResponseException) as error:  # no connection: certainly not sent
        return put_back(row, State.CLAIMED, error, now)
    letter = before_session(row)
    # The fence: from here on a crash leaves a row that says "sending".
    if not move(row, State.CLAIMED, state=State.SENDING, lease_until=now + LEASE):
        return "taken"
    try:
        connection.send_messages([letter])
    except SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        return refused(row, error, max(codes, default=550), now)
    except SMTPResponseException as error:
        return refused(row, error, error.smtp_code, now)
    except OSError as error:  # the connection broke in the middle: the letter may have gone out
        connection.close()
        return doubted(row, error, now)
    move(row, State.SENDING, state=State.SENT, sent_at=clock(), claim="", last_error="")
    return State.SENT


def judge(row: Reminder, now: datetime) -> str:
    """Why this letter must not go out now, as the state to end in; "" when it may."""
    record = row.record
    if not wants_letters(record):
        return State.SUPPRESSED
    if target_of(record, now) != row.target_date:
        return State.CANCELLED
    if now >= useful_until(row.kind, row.target_date, record.user.time_zone):
        return State.SUPERSEDED if row.kind in NEXT_KIND else State.SUPPRESSED
    if not EmailAddress.objects.filter(
        user_id=record.user.pk, email=record.user.email, verified=True
    ).exists():
        return State.SUPPRESSED
    return ""


def move(row: Reminder, was: State, **values: Any) -> bool:
    """Change a row if it is still ours and in that state. One conditional UPDATE."""
    ours = Reminder.objects.filter(pk=row.pk, state=was, claim=row.claim)
    return bool(ours.update(**values))


def refused(row: Reminder, error: Exception, code: int, now: datetime) -> str:
    """The server said no: 5xx for good, 4xx for the moment."""
    if code < 500:
        return put_back(row, State.SENDING, error, now)
    log.warning("reminder %s refused with %s", row.pk, code)
    move(row, State.SENDING, state=State.FAILED, claim="", last_error=f"{type(error).__name__} {code}")
    return State.FAILED


def put_back(row: Reminder, was: State, error: Exception, now: datetime) -> str:
    """Try again later, or give up after the last pause."""
    values = {"claim": "", "attempts": row.attempts + 1, "last_error": type(error).__name__}
    if row.attempts >= len(BACK_OFF):
        log.warning("reminder %s failed after %s tries", row.pk, row.attempts + 1)
        move(row, was, state=State.FAILED, **values)
        return State.FAILED
    move(row, was, state=State.SCHEDULED, next_try_at=now + BACK_OFF[row.attempts], **values)
    return "retry"


def doubted(row: Reminder, error: Exception, now: datetime) -> str:
    """Perhaps sent: once more under the same Message-ID, for missing is worse than double; then a human."""
    log.warning("reminder %s in doubt", row.pk)
    values = {"claim": "", "doubts": row.doubts + 1, "last_error": type(error).__name__}
    if row.doubts:
        move(row, State.SENDING, state=State.IN_DOUBT, **values)
        return State.IN_DOUBT
    move(row, State.SENDING, state=State.SCHEDULED, next_try_at=now + BACK_OFF[0], **values)
    return "retry"
