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
from reminders.delivery.eligibility import Ready, judge_many
from reminders.delivery.transport import DoubtError, NotSentError, Post, RefusedError, post
from reminders.emails.messages import matter, own
from reminders.ledger import statements
from reminders.ledger.statements import Clock
from reminders.models import Channel, MailPace, Reminder, State
from reminders.rules import pace

log = logging.getLogger(__name__)

Tally = Counter[str]
RETRY, LATER, TAKEN = "retry", "later", "taken"
MARKED_AT_ONCE: Final = 50


def pause_after(attempts: int) -> timedelta | None:
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
    turn: int = 0
    ends: float = field(default_factory=lambda: time.monotonic() + settings.REMINDER_BATCH_SECONDS)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends


def send_batch(ids: Collection[int], clock: Clock) -> Tally:
    """Bring these rows to their end, as far as they are still in the queue. Answers how many ended in each state."""
    batch = Batch(clock)
    taken = statements.take(ids, batch.token, clock())
    rows = list(Reminder.objects.filter(pk__in=taken, claim=batch.token).select_related("user"))
    if not rows:
        return batch.tally
    ready = judged(rows, batch)
    letters = [one for one in ready if one.row.channel == Channel.MAIL]
    send_letters(within_pace(letters, batch), batch)
    send_words([one for one in ready if one.row.channel == Channel.PUSH], batch)
    log.info("reminder batch %s", dict(batch.tally))
    return batch.tally


def judged(rows: list[Reminder], batch: Batch) -> list[Ready]:
    """End what must not go out; answers the rest. A row that cannot be judged keeps no other back."""
    now = batch.clock()
    try:
        ready, verdicts = judge_many(rows, now)
    except DatabaseError:
        raise
    except Exception:
        if len(rows) > 1:
            log.exception("a batch of %s reminders could not be judged at once", len(rows))
            return [one for row in rows for one in judged([row], batch)]
        log.exception("reminder %s could not be judged", rows[0].pk)
        batch.tally[put_back(rows[0], State.CLAIMED, "Unjudged", batch)] += 1
        return []
    statements.close(verdicts, batch.token)
    batch.tally.update(verdicts.values())
    return ready


def within_pace(letters: list[Ready], batch: Batch) -> list[Ready]:
    """Those letters that may go to their mail domains now; the others wait their turn in the ledger."""
    if not settings.MAIL_PER_MINUTE or not letters:
        return letters
    by_domain: dict[str, list[Ready]] = defaultdict(list)
    for one in letters:
        by_domain[one.email.rpartition("@")[2].lower()].append(one)
    granted = reserve({domain: len(group) for domain, group in by_domain.items()}, batch.clock())
    now: list[Ready] = []
    for domain, group in by_domain.items():
        number, turn = granted[domain]
        now += group[:number]
        batch.tally[LATER] += statements.put_off([one.row.pk for one in group[number:]], batch.token, turn)
    return now


@transaction.atomic
def reserve(wanted: dict[str, int], now: datetime) -> dict[str, tuple[int, datetime]]:
    """Reserve turns at mail domains: how many of those wanted, and when to come again for the rest."""
    MailPace.objects.bulk_create(
        [MailPace(domain=domain, free_at=now) for domain in sorted(wanted)], ignore_conflicts=True
    )
    found = {}
    rows = list(MailPace.objects.select_for_update().filter(domain__in=wanted).order_by("domain"))
    for row in rows:
        number, row.free_at = pace(row.free_at, now, wanted[row.domain], settings.MAIL_PER_MINUTE)
        found[row.domain] = (number, max(row.free_at - timedelta(minutes=1), now + timedelta(seconds=1)))
    MailPace.objects.bulk_update(rows, ["free_at"])
    return found


def send_letters(letters: list[Ready], batch: Batch) -> None:
    """All over one connection, opened when the first letter needs it."""
    if not letters:
        return
    opened = post()
    try:
        for index, one in enumerate(letters):
            if given_back(letters[index:], batch):
                break
            try:
                opened.ready()
            except NotSentError as error:
                no_connection([later.row for later in letters[index:]], str(error), batch)
                break
            alone(one, batch, opened)
    finally:
        mark(batch)
        opened.close()


def send_words(words: list[Ready], batch: Batch) -> None:
    """To the devices, one person after the other."""
    for index, one in enumerate(words):
        if given_back(words[index:], batch):
            break
        alone(one, batch, None)
    mark(batch)


def given_back(rest: list[Ready], batch: Batch) -> bool:
    """Whether the batch has had its time; then the rest goes back, for its lease will not last for ever."""
    if batch.is_over:
        left = [one.row.pk for one in rest]
        batch.tally[LATER] += statements.put_off(left, batch.token, batch.clock())
    return batch.is_over


def alone(one: Ready, batch: Batch, opened: Post | None) -> None:
    """One row that cannot be handled must not keep the others from going out: it waits, and is named in the log."""
    try:
        batch.tally[handle(one, batch, opened)] += 1
    except DatabaseError:
        raise  # nothing can be marked without a database; leases bring the rows back
    except Exception as error:
        log.exception("reminder %s could not be handled", one.row.pk)
        for state in (State.SENDING, State.CLAIMED):
            put_back(one.row, state, type(error).__name__, batch)
        batch.tally[RETRY] += 1


def handle(one: Ready, batch: Batch, opened: Post | None) -> str:
    """Fence, send; the mark comes with others. Answers the state it ends in, or why it did not."""
    row = one.row
    what, mine = matter(row, one.language, detail=one.detail, facts=one.facts), own(row, one.email)
    if not fenced(one, batch):
        return changed_meanwhile(row, batch)
    try:
        if opened is None:
            shown = push.show(row)
            if not shown:
                statements.move(
                    row.pk, batch.token, State.SENDING, state=State.SUPPRESSED, claim="", wake_at=None
                )
                return State.SUPPRESSED
        else:
            opened.hand_over(what, mine)
    except RefusedError as error:
        return refused(one, error, batch)
    except NotSentError as error:
        return put_back(row, State.SENDING, str(error), batch)
    except DoubtError as error:
        return doubted(row, str(error), batch)
    batch.done.append(row.pk)
    if len(batch.done) >= MARKED_AT_ONCE:
        mark(batch)
    return State.SENT


def fenced(one: Ready, batch: Batch) -> bool:
    """From here on a crash leaves a row that says "sending", and says of all before it that they went out."""
    batch.turn += 1
    return statements.fence(one.row, batch.token, turn=batch.turn, email=one.email, now=batch.clock())


def mark(batch: Batch) -> None:
    """Mark what went out."""
    if batch.done:
        missing = len(batch.done) - statements.mark(batch.done, batch.token)
        if missing:
            log.warning("%s reminders were marked by somebody else: their lease had run out", missing)
        batch.done = []


def changed_meanwhile(row: Reminder, batch: Batch) -> str:
    """The fence was shut: a plan took the row back, or what the letter rests on has changed. Ask once more why."""
    again = Reminder.objects.filter(pk=row.pk, state=State.CLAIMED, claim=batch.token).select_related("user")
    found = again.first()
    if found is None:
        return TAKEN
    _ready, verdicts = judge_many([found], batch.clock())
    if verdicts:
        statements.close(verdicts, batch.token)
        return verdicts[found.pk]
    # It may go out after all, under another address, say: the next sweep starts from what holds now.
    statements.put_off([found.pk], batch.token, batch.clock() + timedelta(minutes=1))
    return LATER


def refused(one: Ready, error: RefusedError, batch: Batch) -> str:
    """The server said no: 5xx for good, 4xx for the moment. A dead address gets no further letters."""
    row = one.row
    if not error.is_final:
        return put_back(row, State.SENDING, error.status, batch)
    log.warning("reminder %s refused with %s", row.pk, error.status)
    if error.dead:
        stop_address(row.user_id, one.email)
    values = {"state": State.FAILED, "claim": "", "wake_at": None, "last_error": error.status}
    statements.move(row.pk, batch.token, State.SENDING, **values)
    return State.FAILED


def stop_address(user_id: int, email: str) -> bool:
    """No letter goes to this address again; the app says so on every page. Answers whether it is still the person's."""
    return bool(User.objects.filter(pk=user_id, email=email).update(stopped_email=email))


def put_back(row: Reminder, was: str, error: str, batch: Batch) -> str:
    """Try again later, or give up after the last pause."""
    pause = pause_after(row.attempts)
    values = {"claim": "", "attempts": row.attempts + 1, "last_error": error}
    if pause is None:
        log.warning("reminder %s failed after %s tries", row.pk, row.attempts + 1)
        statements.move(row.pk, batch.token, was, state=State.FAILED, wake_at=None, **values)
        return State.FAILED
    until = batch.clock() + pause
    statements.move(row.pk, batch.token, was, state=State.SCHEDULED, wake_at=until, **values)
    return RETRY


def no_connection(rows: list[Reminder], error: str, batch: Batch) -> None:
    """Nobody answers: the whole rest of the batch waits, each as long as its tries say."""
    by_attempts: dict[int, list[Reminder]] = defaultdict(list)
    for row in rows:
        by_attempts[row.attempts].append(row)
    for attempts, group in by_attempts.items():
        pause = pause_after(attempts)
        if pause is None:
            batch.tally.update(put_back(row, State.CLAIMED, error, batch) for row in group)
        else:
            until = batch.clock() + pause
            batch.tally[RETRY] += statements.put_off(
                [row.pk for row in group], batch.token, until, error=error
            )


def doubted(row: Reminder, error: str, batch: Batch) -> str:
    """Perhaps sent: once more under the same Message-ID, for missing is worse than double; then a human."""
    log.warning("reminder %s in doubt", row.pk)
    values = {"claim": "", "doubts": row.doubts + 1, "last_error": error}
    if row.doubts:
        statements.move(row.pk, batch.token, State.SENDING, state=State.IN_DOUBT, wake_at=None, **values)
        return State.IN_DOUBT
    until = batch.clock() + (pause_after(0) or timedelta())
    statements.move(row.pk, batch.token, State.SENDING, state=State.SCHEDULED, wake_at=until, **values)
    return RETRY
