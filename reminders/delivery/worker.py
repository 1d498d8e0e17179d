"""What a worker does with a batch: take, judge, and for each letter fence and send; mark them in sets.

A letter is fenced only when the one before it is out or has left "sending". A worker killed at any point leaves at
most one row in doubt, the last it fenced; those before it went out, and those behind it are offered again.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, transaction

from accounts.models import User
from reminders.delivery import push
from reminders.delivery.eligibility import EligibleReminder, check_many
from reminders.delivery.transport import NotSentError, RefusedError, Transport, UncertainError, open_transport
from reminders.emails.messages import build_content, build_recipient
from reminders.ledger import statements
from reminders.ledger.statements import Clock
from reminders.models import Channel, DomainRateLimit, Reminder, State
from reminders.rules import next_slot

log = logging.getLogger(__name__)

Tally = Counter[str]
RETRY, LATER, TAKEN = "retry", "later", "taken"
MARKED_AT_ONCE: Final = 50


def retry_delay(attempts: int) -> timedelta | None:
    """How long to wait after so many tries; None when there have been enough."""
    pauses: list[float] = settings.REMINDER_BACK_OFF
    return timedelta(seconds=pauses[attempts]) if attempts < len(pauses) else None


@dataclass(slots=True)
class Batch:
    """One worker's rows under one token. done: letters that are out and not yet marked; turn: of the latest fenced."""

    clock: Clock
    token: str = field(default_factory=statements.new_token)
    tally: Tally = field(default_factory=Counter)
    done: list[int] = field(default_factory=list)
    batch_position: int = 0
    ends: float = field(default_factory=lambda: time.monotonic() + settings.REMINDER_BATCH_SECONDS)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends


def send_batch(ids: Collection[int], clock: Clock) -> Tally:
    """Bring these rows to their end, as far as they are still in the queue. Answers how many ended in each state."""
    batch = Batch(clock)
    taken = statements.acquire(ids, batch.token, clock())
    rows = list(Reminder.objects.filter(pk__in=taken, worker_token=batch.token).select_related("user"))
    if not rows:
        return batch.tally
    ready = check_batch(rows, batch)
    letters = [one for one in ready if one.row.channel == Channel.MAIL]
    send_emails(apply_rate_limit(letters, batch), batch)
    send_notifications([one for one in ready if one.row.channel == Channel.PUSH], batch)
    log.info("reminder batch %s", dict(batch.tally))
    return batch.tally


def check_batch(rows: list[Reminder], batch: Batch) -> list[EligibleReminder]:
    """End what must not go out; answers the rest. A row that cannot be judged keeps no other back."""
    now = batch.clock()
    try:
        ready, verdicts = check_many(rows, now)
    except DatabaseError:
        raise
    except Exception:
        if len(rows) > 1:
            log.exception("a batch of %s reminders could not be judged at once", len(rows))
            return [one for row in rows for one in check_batch([row], batch)]
        log.exception("reminder %s could not be judged", rows[0].pk)
        batch.tally[postpone(rows[0], State.CLAIMED, "Unjudged", batch)] += 1
        return []
    statements.cancel(verdicts, batch.token)
    batch.tally.update(verdicts.values())
    return ready


def apply_rate_limit(letters: list[EligibleReminder], batch: Batch) -> list[EligibleReminder]:
    """Those letters that may go to their mail domains now; the others wait their turn in the ledger."""
    if not settings.MAIL_PER_MINUTE or not letters:
        return letters
    by_domain: dict[str, list[EligibleReminder]] = defaultdict(list)
    for one in letters:
        by_domain[one.email.rpartition("@")[2].lower()].append(one)
    granted = reserve_slots({domain: len(group) for domain, group in by_domain.items()}, batch.clock())
    now: list[EligibleReminder] = []
    for domain, group in by_domain.items():
        number, turn = granted[domain]
        now += group[:number]
        batch.tally[LATER] += statements.postpone([one.row.pk for one in group[number:]], batch.token, turn)
    return now


@transaction.atomic
def reserve_slots(wanted: dict[str, int], now: datetime) -> dict[str, tuple[int, datetime]]:
    """Reserve turns at mail domains: how many of those wanted, and when to come again for the rest."""
    DomainRateLimit.objects.bulk_create(
        [DomainRateLimit(domain=domain, next_slot_at=now) for domain in sorted(wanted)], ignore_conflicts=True
    )
    found = {}
    rows = list(DomainRateLimit.objects.select_for_update().filter(domain__in=wanted).order_by("domain"))
    for row in rows:
        number, row.next_slot_at = next_slot(
            row.next_slot_at, now, wanted[row.domain], settings.MAIL_PER_MINUTE
        )
        found[row.domain] = (number, max(row.next_slot_at - timedelta(minutes=1), now + timedelta(seconds=1)))
    DomainRateLimit.objects.bulk_update(rows, ["next_slot_at"])
    return found


def send_emails(letters: list[EligibleReminder], batch: Batch) -> None:
    """All over one connection, opened when the first letter needs it."""
    if not letters:
        return
    opened = open_transport()
    try:
        for index, one in enumerate(letters):
            if release(letters[index:], batch):
                break
            try:
                opened.ready()
            except NotSentError as error:
                handle_no_connection([later.row for later in letters[index:]], str(error), batch)
                break
            send_one_safely(one, batch, opened)
    finally:
        mark_sent(batch)
        opened.close()


def send_notifications(words: list[EligibleReminder], batch: Batch) -> None:
    """To the devices, one person after the other."""
    for index, one in enumerate(words):
        if release(words[index:], batch):
            break
        send_one_safely(one, batch, None)
    mark_sent(batch)


def release(rest: list[EligibleReminder], batch: Batch) -> bool:
    """Whether the batch has had its time; then the rest goes back, for its lease will not last for ever."""
    if batch.is_over:
        left = [one.row.pk for one in rest]
        batch.tally[LATER] += statements.postpone(left, batch.token, batch.clock())
    return batch.is_over


def send_one_safely(one: EligibleReminder, batch: Batch, opened: Transport | None) -> None:
    """One row that cannot be handled must not keep the others from going out: it waits, and is named in the log."""
    try:
        batch.tally[send_one(one, batch, opened)] += 1
    except DatabaseError:
        raise  # nothing can be marked without a database; leases bring the rows back
    except Exception as error:
        log.exception("reminder %s could not be handled", one.row.pk)
        for state in (State.SENDING, State.CLAIMED):
            postpone(one.row, state, type(error).__name__, batch)
        batch.tally[RETRY] += 1


def send_one(one: EligibleReminder, batch: Batch, opened: Transport | None) -> str:
    """Fence, send; the mark comes with others. Answers the state it ends in, or why it did not."""
    row = one.row
    what, mine = (
        build_content(row, one.language, detail=one.detail, facts=one.facts),
        build_recipient(row, one.email),
    )
    if not begin_sending_one(one, batch):
        return has_changed(row, batch)
    try:
        if opened is None:
            shown = push.send_notification(row)
            if not shown:
                statements.reschedule(
                    row.pk,
                    batch.token,
                    State.SENDING,
                    state=State.SUPPRESSED,
                    worker_token="",
                    next_action_at=None,
                )
                return State.SUPPRESSED
        else:
            opened.hand_over(what, mine)
    except RefusedError as error:
        return handle_refusal(one, error, batch)
    except NotSentError as error:
        return postpone(row, State.SENDING, str(error), batch)
    except UncertainError as error:
        return mark_uncertain(row, str(error), batch)
    batch.done.append(row.pk)
    if len(batch.done) >= MARKED_AT_ONCE:
        mark_sent(batch)
    return State.SENT


def begin_sending_one(one: EligibleReminder, batch: Batch) -> bool:
    """From here on a crash leaves a row that says "sending", and says of all before it that they went out."""
    batch.batch_position += 1
    return statements.begin_sending(
        one.row, batch.token, batch_position=batch.batch_position, email=one.email, now=batch.clock()
    )


def mark_sent(batch: Batch) -> None:
    """Mark what went out."""
    if batch.done:
        missing = len(batch.done) - statements.finish(batch.done, batch.token)
        if missing:
            log.warning("%s reminders were marked by somebody else: their lease had run out", missing)
        batch.done = []


def has_changed(row: Reminder, batch: Batch) -> str:
    """The fence was shut: a plan took the row back, or what the letter rests on has changed. Ask once more why."""
    again = Reminder.objects.filter(pk=row.pk, state=State.CLAIMED, worker_token=batch.token).select_related(
        "user"
    )
    found = again.first()
    if found is None:
        return TAKEN
    _ready, verdicts = check_many([found], batch.clock())
    if verdicts:
        statements.cancel(verdicts, batch.token)
        return verdicts[found.pk]
    # It may go out after all, under another address, say: the next sweep starts from what holds now.
    statements.postpone([found.pk], batch.token, batch.clock() + timedelta(minutes=1))
    return LATER


def handle_refusal(one: EligibleReminder, error: RefusedError, batch: Batch) -> str:
    """The server said no: 5xx for good, 4xx for the moment. A dead address gets no further letters."""
    row = one.row
    if not error.is_final:
        return postpone(row, State.SENDING, error.status, batch)
    log.warning("reminder %s refused with %s", row.pk, error.status)
    if error.dead:
        stop_bounced_address(row.user_id, one.email)
    values = {"state": State.FAILED, "worker_token": "", "next_action_at": None, "last_error": error.status}
    statements.reschedule(row.pk, batch.token, State.SENDING, **values)
    return State.FAILED


def stop_bounced_address(user_id: int, email: str) -> bool:
    """No letter goes to this address again; the app says so on every page. Answers whether it is still the person's."""
    return bool(User.objects.filter(pk=user_id, email=email).update(bounced_email=email))


def postpone(row: Reminder, was: str, error: str, batch: Batch) -> str:
    """Try again later, or give up after the last pause."""
    pause = retry_delay(row.attempts)
    values = {"worker_token": "", "attempts": row.attempts + 1, "last_error": error}
    if pause is None:
        log.warning("reminder %s failed after %s tries", row.pk, row.attempts + 1)
        statements.reschedule(row.pk, batch.token, was, state=State.FAILED, next_action_at=None, **values)
        return State.FAILED
    until = batch.clock() + pause
    statements.reschedule(row.pk, batch.token, was, state=State.SCHEDULED, next_action_at=until, **values)
    return RETRY


def handle_no_connection(rows: list[Reminder], error: str, batch: Batch) -> None:
    """Nobody answers: the whole rest of the batch waits, each as long as its tries say."""
    by_attempts: dict[int, list[Reminder]] = defaultdict(list)
    for row in rows:
        by_attempts[row.attempts].append(row)
    for attempts, group in by_attempts.items():
        pause = retry_delay(attempts)
        if pause is None:
            batch.tally.update(postpone(row, State.CLAIMED, error, batch) for row in group)
        else:
            until = batch.clock() + pause
            batch.tally[RETRY] += statements.postpone(
                [row.pk for row in group], batch.token, until, error=error
            )


def mark_uncertain(row: Reminder, error: str, batch: Batch) -> str:
    """Perhaps sent: once more under the same Message-ID, for missing is worse than double; then a human."""
    log.warning("reminder %s in doubt", row.pk)
    values = {"worker_token": "", "uncertain_count": row.uncertain_count + 1, "last_error": error}
    if row.uncertain_count:
        statements.reschedule(
            row.pk, batch.token, State.SENDING, state=State.IN_DOUBT, next_action_at=None, **values
        )
        return State.IN_DOUBT
    until = batch.clock() + (retry_delay(0) or timedelta())
    statements.reschedule(
        row.pk, batch.token, State.SENDING, state=State.SCHEDULED, next_action_at=until, **values
    )
    return RETRY
