"""How a worker sends a batch of reminders: acquire them, check them, then begin and send each; finish them in bulk.

A reminder enters "sending" only when the one before it is out or has left "sending". A worker killed at any point
leaves at most one reminder uncertain, the last it began: those before it went out, those after it are offered again.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, transaction

from accounts.models import User
from core.counters import count
from reminders.delivery import push
from reminders.delivery.eligibility import EligibleReminder, check_batch
from reminders.delivery.transport import NotSentError, RefusedError, Transport, UncertainError, open_transport
from reminders.emails.messages import build_content, build_recipient
from reminders.ledger import statements
from reminders.ledger.statements import Clock
from reminders.models import Channel, DomainRateLimit, Reminder, State
from reminders.rules import reserve_slots

log = logging.getLogger(__name__)

Tally = Counter[str]
RETRY, LATER, TAKEN = "retry", "later", "taken"
FINISHED_AT_ONCE: Final = 50


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts. The last delay repeats as long as the reminder is useful."""
    delays: list[float] = settings.REMINDER_BACK_OFF
    return timedelta(seconds=delays[min(attempts, len(delays) - 1)])


@dataclass(slots=True)
class Batch:
    """The reminders of one worker under one token.

    unfinished: primary keys of reminders that are out and not yet recorded as sent. batch_position: that of the latest
    reminder that entered "sending". ends_at: when the worker's time is over, on the clock of time.monotonic().
    """

    clock: Clock
    token: str = field(default_factory=statements.new_token)
    tally: Tally = field(default_factory=Counter)
    unfinished: list[int] = field(default_factory=list)
    batch_position: int = 0
    ends_at: float = field(default_factory=lambda: time.monotonic() + settings.REMINDER_BATCH_SECONDS)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_at

    def reschedule(self, reminder: Reminder, current_state: str, **values: Any) -> None:
        """Change a reminder that is still this worker's and in this state, and release it."""
        statements.reschedule(reminder.pk, self.token, current_state, worker_token="", **values)


def send_batch(ids: Collection[int], clock: Clock) -> Tally:
    """Send those of these reminders that are still in the queue; return how many ended in each state."""
    batch = Batch(clock)
    acquired = statements.acquire(ids, batch.token, clock())
    reminders = list(
        Reminder.objects.filter(pk__in=acquired, worker_token=batch.token).select_related("user")
    )
    if not reminders:
        return batch.tally
    eligible = cancel_ineligible(reminders, batch)
    emails = [item for item in eligible if item.reminder.channel == Channel.MAIL]
    send_emails(apply_rate_limit(emails, batch), batch)
    notifications = [item for item in eligible if item.reminder.channel == Channel.PUSH]
    for index, item in enumerate(notifications):
        if release_if_over(notifications[index:], batch):
            break
        send_one_safely(item, batch, None)
    finish_sent(batch)
    for result, number in batch.tally.items():
        count("reminders_handled_total", number, result=str(result))
    log.info("reminder batch %s", dict(batch.tally))
    return batch.tally


def cancel_ineligible(reminders: list[Reminder], batch: Batch) -> list[EligibleReminder]:
    """End the reminders that must not go out; return the others. One that cannot be checked delays no other."""
    try:
        eligible, end_states = check_batch(reminders, batch.clock())
    except DatabaseError:
        raise
    except Exception:
        if len(reminders) > 1:
            log.exception("a batch of %s reminders could not be checked at once", len(reminders))
            return [item for reminder in reminders for item in cancel_ineligible([reminder], batch)]
        log.exception("reminder %s could not be checked", reminders[0].pk)
        batch.tally[retry_after_fault(reminders[0], State.CLAIMED, "Unjudged", batch)] += 1
        return []
    statements.cancel(end_states, batch.token)
    batch.tally.update(end_states.values())
    return eligible


def apply_rate_limit(emails: list[EligibleReminder], batch: Batch) -> list[EligibleReminder]:
    """Return the e-mails that may go to their mail domains now; postpone the others to their domain's next slot."""
    if not settings.MAIL_PER_MINUTE or not emails:
        return emails
    by_domain: dict[str, list[EligibleReminder]] = defaultdict(list)
    for item in emails:
        by_domain[item.email.rpartition("@")[2].lower()].append(item)
    wanted = {domain: len(items) for domain, items in by_domain.items()}
    reserved = reserve_domain_slots(wanted, batch.clock())
    allowed: list[EligibleReminder] = []
    for domain, items in by_domain.items():
        number, next_attempt = reserved[domain]
        allowed += items[:number]
        delayed = [item.reminder.pk for item in items[number:]]
        batch.tally[LATER] += statements.postpone(delayed, batch.token, next_attempt)
    return allowed


@transaction.atomic
def reserve_domain_slots(wanted: dict[str, int], now: datetime) -> dict[str, tuple[int, datetime]]:
    """Reserve slots at mail domains; return by domain how many of those wanted, and when to try the rest."""
    DomainRateLimit.objects.bulk_create(
        [DomainRateLimit(domain=domain, next_slot_at=now) for domain in sorted(wanted)], ignore_conflicts=True
    )
    reserved = {}
    limits = list(DomainRateLimit.objects.select_for_update().filter(domain__in=wanted).order_by("domain"))
    for limit in limits:
        number, limit.next_slot_at = reserve_slots(
            limit.next_slot_at, now, wanted[limit.domain], settings.MAIL_PER_MINUTE
        )
        next_attempt = max(limit.next_slot_at - timedelta(minutes=1), now + timedelta(seconds=1))
        reserved[limit.domain] = (number, next_attempt)
    DomainRateLimit.objects.bulk_update(limits, ["next_slot_at"])
    return reserved


def send_emails(emails: list[EligibleReminder], batch: Batch) -> None:
    """Send all over one connection, opened when the first e-mail needs it."""
    if not emails:
        return
    transport = open_transport()
    try:
        for index, item in enumerate(emails):
            if release_if_over(emails[index:], batch):
                break
            try:
                transport.connect()
            except NotSentError as error:
                handle_no_connection([rest.reminder for rest in emails[index:]], str(error), batch)
                break
            send_one_safely(item, batch, transport)
    finally:
        finish_sent(batch)
        transport.close()


def release_if_over(rest: list[EligibleReminder], batch: Batch) -> bool:
    """Release the rest, before its lease ends, if the batch has used up its time; return whether it has."""
    if not batch.is_over:
        return False
    pks = [item.reminder.pk for item in rest]
    batch.tally[LATER] += statements.postpone(pks, batch.token, batch.clock())
    return True


def send_one_safely(item: EligibleReminder, batch: Batch, transport: Transport | None) -> None:
    """Send one reminder; one that fails unexpectedly is logged and tried again, and does not stop the others."""
    try:
        batch.tally[send_one(item, batch, transport)] += 1
    except DatabaseError:
        raise  # nothing can be recorded without a database; the leases bring the reminders back
    except Exception as error:
        log.exception("reminder %s could not be handled", item.reminder.pk)
        for state in (State.SENDING, State.CLAIMED):
            retry_after_fault(item.reminder, state, type(error).__name__, batch)
        batch.tally[RETRY] += 1


def send_one(item: EligibleReminder, batch: Batch, transport: Transport | None) -> str:
    """Send one reminder, by push without a transport; return the state it ends in, or why it did not end.

    Reminders are recorded as sent later, several at once.
    """
    reminder = item.reminder
    # Both are built first: from "sending" on, a crash means that the reminder may have gone out.
    content = build_content(reminder, item.language, allow_detail=item.allow_detail, facts=item.facts)
    recipient = build_recipient(reminder, item.email)
    batch.batch_position += 1
    if not statements.begin_sending(
        reminder, batch.token, batch_position=batch.batch_position, email=item.email, now=batch.clock()
    ):
        return check_again(reminder, batch)
    try:
        if transport:
            transport.deliver(content, recipient)
        elif not push.send_notification(reminder):
            batch.reschedule(reminder, State.SENDING, state=State.SUPPRESSED, next_action_at=None)
            return State.SUPPRESSED
    except RefusedError as error:
        return handle_refusal(item, error, batch)
    except NotSentError as error:
        return retry_later(reminder, State.SENDING, str(error), batch)
    except UncertainError as error:
        return handle_uncertain(reminder, str(error), batch)
    batch.unfinished.append(reminder.pk)
    if len(batch.unfinished) >= FINISHED_AT_ONCE:
        finish_sent(batch)
    return State.SENT


def finish_sent(batch: Batch) -> None:
    """Record as sent what went out."""
    if batch.unfinished:
        missing = len(batch.unfinished) - statements.finish(batch.unfinished, batch.token)
        if missing:
            log.warning("%s reminders were marked by somebody else: their lease had run out", missing)
        batch.unfinished = []


def check_again(reminder: Reminder, batch: Batch) -> str:
    """Find out why a reminder could not enter "sending"; return the state it ends in, or LATER or TAKEN.

    Either a plan took it back, or what it depends on has changed since it was checked.
    """
    current = (
        Reminder.objects.filter(pk=reminder.pk, state=State.CLAIMED, worker_token=batch.token)
        .select_related("user")
        .first()
    )
    if current is None:
        return TAKEN
    _eligible, end_states = check_batch([current], batch.clock())
    if end_states:
        statements.cancel(end_states, batch.token)
        return end_states[current.pk]
    # It may go out after all, to another address for example: the next run starts from the present values.
    statements.postpone([current.pk], batch.token, batch.clock() + timedelta(minutes=1))
    return LATER


def handle_refusal(item: EligibleReminder, error: RefusedError, batch: Batch) -> str:
    """Handle a server's refusal: 5xx is final, 4xx is tried again. An address that bounces gets no more e-mails."""
    if not error.is_final:
        return retry_later(item.reminder, State.SENDING, error.status, batch)
    log.warning("reminder %s refused with %s", item.reminder.pk, error.status)
    if error.is_dead_address:
        stop_bounced_address(item.reminder.user_id, item.email)
    batch.reschedule(
        item.reminder, State.SENDING, state=State.FAILED, next_action_at=None, last_error=error.status
    )
    return State.FAILED


def stop_bounced_address(user_id: int, email: str) -> bool:
    """Stop e-mails to an address, which every page then says; return whether it is still the user's address."""
    return bool(User.objects.filter(pk=user_id, email=email).update(bounced_email=email))


def retry_later(reminder: Reminder, current_state: str, error: str, batch: Batch) -> str:
    """Try again after a delay. The tries end when the reminder is no longer useful (eligibility.py)."""
    until = batch.clock() + retry_delay(reminder.attempts)
    values: dict[str, Any] = {"attempts": reminder.attempts + 1, "last_error": error}
    batch.reschedule(reminder, current_state, state=State.SCHEDULED, next_action_at=until, **values)
    return RETRY


def retry_after_fault(reminder: Reminder, current_state: str, error: str, batch: Batch) -> str:
    """Try again after a fault of this program; after as many tries as there are delays, leave it to an operator."""
    if reminder.attempts < len(settings.REMINDER_BACK_OFF):
        return retry_later(reminder, current_state, error, batch)
    log.warning("reminder %s failed after %s tries", reminder.pk, reminder.attempts + 1)
    batch.reschedule(
        reminder, current_state, state=State.FAILED, next_action_at=None,
        attempts=reminder.attempts + 1, last_error=error,
    )  # fmt: skip
    return State.FAILED


def handle_no_connection(reminders: list[Reminder], error: str, batch: Batch) -> None:
    """Postpone the whole rest of the batch. No reminder was tried, so all go out soon after the server is back."""
    pks = [reminder.pk for reminder in reminders]
    until = batch.clock() + retry_delay(0)
    batch.tally[RETRY] += statements.postpone(pks, batch.token, until, error=error)


def handle_uncertain(reminder: Reminder, error: str, batch: Batch) -> str:
    """Handle an e-mail that was perhaps sent.

    It is sent once more under the same Message-ID, for a missing one is worse than a double; after that an operator
    decides.
    """
    log.warning("reminder %s in doubt", reminder.pk)
    values = {"uncertain_count": reminder.uncertain_count + 1, "last_error": error}
    if reminder.uncertain_count:
        batch.reschedule(reminder, State.SENDING, state=State.IN_DOUBT, next_action_at=None, **values)
        return State.IN_DOUBT
    until = batch.clock() + retry_delay(0)
    batch.reschedule(reminder, State.SENDING, state=State.SCHEDULED, next_action_at=until, **values)
    return RETRY
