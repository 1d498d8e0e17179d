"""Moving rows of the ledger, each step one statement that both databases run whole.

claim   the tick: takes due rows for the queue, and looks after those whose worker went silent
take    the hands: takes rows of the queue for one worker, so that a message delivered twice finds nothing
fence   lets one letter go out, in its turn; from here on a crash leaves a row that says "sending"
mark    says of many at once that they went out

A worker fences a letter only when the one before it has gone out or has left "sending" again. So of the rows that a
killed worker leaves in "sending" all but the last certainly went out, and the ledger can tell: one row at most is in
doubt. A row is a worker's as long as its `claim` says so; no step compares clocks but `claim`, and that one asks twice.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, F, Value, When
from django.utils import timezone

from reminders.models import Channel, Kind, Reminder, State, generate_reminder_key

Answer = TypeVar("Answer")
Clock = Callable[[], datetime]
Values = dict[str, Any] | Sequence[Any] | None

DUE = """
SELECT id FROM reminders_reminder
WHERE next_action_at <= %(now)s
ORDER BY next_action_at LIMIT %(most)s
"""
# "Not empty" in the very words of the index reminders_by_worker: SQLite compares the words, and in others it would
# read the whole ledger for each row in "sending", holding the write lock meanwhile.
OTHER = """
EXISTS (SELECT 1 FROM reminders_reminder AS other WHERE other.worker_token = reminders_reminder.worker_token
        AND NOT (other.worker_token = '') AND other.state = 'sending' AND {})
"""
# Rows in "sending" after their lease. One that another followed went out. The last is looked at twice, a lease apart:
# a clock that was put forward makes every lease look old at once, but a living worker has marked its row before the
# second look.
CLAIM = """
UPDATE reminders_reminder SET
  state = CASE WHEN state <> 'sending' THEN 'claimed' WHEN {followed} THEN 'sent'
               WHEN NOT lease_expired OR {not_alone} THEN 'sending'
               WHEN uncertain_count = 0 THEN 'claimed' ELSE 'in_doubt' END,
  uncertain_count = CASE WHEN state = 'sending' AND lease_expired AND NOT {not_alone} THEN uncertain_count + 1
                    ELSE uncertain_count END,
  worker_token = CASE WHEN state = 'sending' AND NOT {followed} AND (NOT lease_expired OR {not_alone})
                 THEN worker_token ELSE '' END,
  next_action_at = CASE WHEN state <> 'sending' THEN %(offered)s WHEN {followed} THEN NULL
                 WHEN NOT lease_expired OR {not_alone} THEN %(second_look)s
                 WHEN uncertain_count = 0 THEN %(offered)s ELSE NULL END,
  last_error = CASE WHEN state = 'sending' AND lease_expired AND NOT {not_alone} THEN 'WorkerLost' ELSE last_error END,
  lease_expired = (state = 'sending' AND NOT {followed} AND (NOT lease_expired OR {not_alone}))
""".format(
    followed=OTHER.format("other.batch_position > reminders_reminder.batch_position"),
    not_alone=OTHER.format("other.id <> reminders_reminder.id"),
)
CLAIM_ON_SQLITE = f"{CLAIM} WHERE id IN ({DUE}) RETURNING id, state"
CLAIM_ON_POSTGRES = f"{CLAIM} WHERE id = ANY(ARRAY({DUE} FOR UPDATE SKIP LOCKED)) RETURNING id, state"

TAKE = """
UPDATE reminders_reminder SET worker_token = %s, next_action_at = %s
WHERE state = 'claimed' AND worker_token IN ('', %s) AND id IN ({})
RETURNING id
"""

MARK = """
UPDATE reminders_reminder SET state = 'sent', worker_token = '', next_action_at = NULL
WHERE state = 'sending' AND worker_token = %s AND id IN ({})
"""

# The fence asks once more what may have changed since the letter was judged without touching the ledger: the account,
# the address, and for a daily letter whether the day has an entry. Each is looked up by the person's id and compared
# then: by the address PostgreSQL would go through an index of all addresses, whose pages hardly ever lie in memory.
# It changes no column that an index holds.
# Asked a second time for the same turn it gives the same answer: when the database goes away after the commit and
# before its answer, the letter has not been handed over yet, and passing it over would let the sweep take it for one
# that another followed.
FENCE = """
UPDATE reminders_reminder SET state = 'sending', batch_position = {batch_position}, sent_at = {now}, last_error = '',
  lease_expired = FALSE
WHERE id = {pk} AND worker_token = {token}
  AND (state = 'claimed' OR (state = 'sending' AND batch_position = {batch_position}))
"""
# What is asked depends on what a row never changes, its channel and its kind, and stands in statements of their own:
# a question that does not apply costs PostgreSQL nearly as much as one that does.
FENCE_CHANNEL = {
    Channel.MAIL: """
  AND {email} = (SELECT person.email FROM accounts_user AS person
                 WHERE person.id = user_id AND person.is_active AND person.bounced_email <> person.email)
  AND {email} IN (SELECT address.email FROM account_emailaddress AS address
                  WHERE address.user_id = reminders_reminder.user_id AND address.verified)
""",
    Channel.PUSH: """
  AND {email} = (SELECT person.email FROM accounts_user AS person WHERE person.id = user_id AND person.is_active)
""",
}
FENCE_DAILY = """
  AND 0 = (SELECT count(*) FROM headaches_diaryday AS day
           WHERE day.record_id = (SELECT id FROM accounts_record AS record
                                  WHERE record.user_id = reminders_reminder.user_id)
           AND day.date = target_date)
"""
FENCES: dict[tuple[str, bool], str] = {
    (channel, daily): FENCE + asked + (FENCE_DAILY if daily else "")
    for channel, asked in FENCE_CHANNEL.items()
    for daily in (False, True)
}
VALUES = ("batch_position", "now", "pk", "token", "email")
NAMED = {name: f"%({name})s" for name in VALUES}
NUMBERED = {name: f"${number}" for number, name in enumerate(VALUES, 1)}
# Parsing and planning cost PostgreSQL more than running it does: each connection prepares a fence once. One plan for
# all rows: what PostgreSQL would plan for each, it plans by its notion of the table, and hours ago nobody held a row.
PREPARE = """
SET plan_cache_mode = force_generic_plan;
PREPARE {name} (int, timestamptz, bigint, text, text) AS {fence}
"""
PREPARED: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()

ADD = """
INSERT INTO reminders_reminder (user_id, kind, channel, target_date, due_at, next_action_at, key, state, worker_token,
  lease_expired, attempts, uncertain_count, batch_position, last_error)
VALUES {} ON CONFLICT DO NOTHING
"""
ADD_ONE = "(%s, %s, %s, %s, %s, %s, %s, 'scheduled', '', FALSE, 0, 0, 0, '')"
ADD_MOST = 1_000

New = tuple[int, str, str, date, datetime]  # user, kind, channel, date it is about, due


def queue_lease() -> timedelta:
    """How long a row waits in the queue before it is offered again: longer than its message lives."""
    return timedelta(seconds=settings.REMINDER_MESSAGE_SECONDS + 5)


def send_lease() -> timedelta:
    """How long one letter may be in "sending": every step of an SMTP talk at its longest, and a bit."""
    return timedelta(seconds=6 * settings.EMAIL_TIMEOUT)


def batch_lease() -> timedelta:
    """How long a worker may hold rows it has not begun: its own time limit and one letter on top."""
    return timedelta(seconds=settings.REMINDER_BATCH_SECONDS) + send_lease()


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows for the queue; and of those whose worker went silent: how many went out after all, how many seem lost
    (looked at again later), and how many were lost twice."""

    ids: list[int]
    settled: int = 0
    suspected: int = 0
    given_up: int = 0

    def __bool__(self) -> bool:
        return bool(self.ids or self.settled or self.suspected or self.given_up)


def claim(now: datetime, most: int) -> Claim:
    """Take up to `most` due rows for the queue. One statement; two at once take different rows."""
    statement = CLAIM_ON_POSTGRES if connection.vendor == "postgresql" else CLAIM_ON_SQLITE
    values = {
        "now": sql_instant(now), "most": most, "offered": sql_instant(now + queue_lease()),
        "second_look": sql_instant(now + send_lease()),
    }  # fmt: skip
    rows = retry_on_db_error(lambda: run_statement(statement, values))
    states = Counter(state for _pk, state in rows)
    return Claim(
        ids=[pk for pk, state in rows if state == State.CLAIMED],
        settled=states[State.SENT],
        suspected=states[State.SENDING],
        given_up=states[State.IN_DOUBT],
    )


def add_reminders(rows: Sequence[New]) -> int:
    """Write planned rows, many in one statement; one that is there already stays. Answers how many are new.

    By hand, because making a model's instance and asking each of its fields costs more than storing the row.
    """
    made = 0
    for start in range(0, len(rows), ADD_MOST):
        part = rows[start : start + ADD_MOST]
        values: list[Any] = []
        for user_id, kind, channel, target, due in part:
            at = sql_instant(due)
            values += (user_id, kind, channel, sql_date(target), at, at, generate_reminder_key())
        with connection.cursor() as cursor:
            cursor.execute(ADD.format(", ".join([ADD_ONE] * len(part))), values)
            made += cursor.rowcount
    return made


def new_token() -> str:
    return secrets.token_hex(16)


def acquire(ids: Collection[int], token: str, now: datetime) -> list[int]:
    """Take rows of the queue for one worker. What another has taken, or a plan took back, stays out."""
    if not ids:
        return []
    statement = TAKE.format(", ".join(["%s"] * len(ids)))
    rows = retry_on_db_error(
        lambda: run_statement(statement, [token, sql_instant(now + batch_lease()), token, *ids])
    )
    return [pk for (pk,) in rows]


def begin_sending(row: Reminder, token: str, *, batch_position: int, email: str, now: datetime) -> bool:
    """Mark a reminder as being sent; return whether its e-mail may go out now.

    batch_position: 1, 2, … within the batch of one worker.
    """
    asked, values = (row.channel, row.kind == Kind.DAILY), (batch_position, now, row.pk, token, email)
    return bool(retry_on_db_error(lambda: execute_begin_sending(asked, values)))


def finish(pks: Collection[int], token: str) -> int:
    """Say of letters that they went out. Answers of how many it was still this worker's to say."""
    if not pks:
        return 0
    statement = MARK.format(", ".join(["%s"] * len(pks)))
    return retry_on_db_error(lambda: execute(connection, statement, [token, *pks]))


def reschedule(pk: int, token: str, was: str, **values: Any) -> bool:
    """Change one row if it is still this worker's and in that state. One conditional UPDATE."""
    ours = Reminder.objects.filter(pk=pk, state=was, worker_token=token)
    return bool(retry_on_db_error(lambda: ours.update(**values)))


def cancel(verdicts: dict[int, str], token: str) -> int:
    """End rows that must not go out, each in its state. One UPDATE for all."""
    if not verdicts:
        return 0
    ours = Reminder.objects.filter(pk__in=list(verdicts), state=State.CLAIMED, worker_token=token)
    states = Case(
        *(
            When(pk__in=[pk for pk, verdict in verdicts.items() if verdict == state], then=Value(state))
            for state in sorted(set(verdicts.values()))
        )
    )
    return retry_on_db_error(lambda: ours.update(state=states, worker_token="", next_action_at=None))


def postpone(ids: Collection[int], token: str, until: datetime, *, error: str = "") -> int:
    """Give rows back, not begun; with an error it counts as a try."""
    if not ids:
        return 0
    ours = Reminder.objects.filter(pk__in=ids, state=State.CLAIMED, worker_token=token)
    tried = {"attempts": F("attempts") + 1, "last_error": error} if error else {}
    return retry_on_db_error(
        lambda: ours.update(state=State.SCHEDULED, worker_token="", next_action_at=until, **tried)
    )


def count_outstanding(now: datetime) -> int:
    """How many rows wait in the queue or in a worker's hands."""
    return Reminder.objects.filter(state=State.CLAIMED, next_action_at__gt=now).count()


def send_again(pk: int, now: datetime) -> bool:
    """An operator's decision for a row that a human had to see: it is tried anew, under the same Message-ID."""
    seen = Reminder.objects.filter(pk=pk, state__in=[State.FAILED, State.IN_DOUBT])
    return bool(
        seen.update(
            state=State.SCHEDULED,
            next_action_at=now,
            attempts=0,
            uncertain_count=0,
            worker_token="",
            lease_expired=False,
        )
    )


def sql_instant(instant: datetime) -> Any:
    """An instant as this database keeps it."""
    return connection.ops.adapt_datetimefield_value(instant)


def sql_date(on: date) -> Any:
    """A date as this database keeps it."""
    return connection.ops.adapt_datefield_value(on)


def execute_begin_sending(asked: tuple[str, bool], values: tuple[int, datetime, int, str, str]) -> int:
    """The fence, prepared where that is possible. Answers how many rows it changed.

    By the driver's own cursor: Django's, made anew for each letter, cost half as much again as the whole statement.
    Whoever listens to Django's queries hears this one too.
    """
    ours = connections[DEFAULT_DB_ALIAS]  # looked up once: the proxy looks it up for each attribute
    if ours.vendor != "postgresql" or not settings.PREPARED_STATEMENTS:
        named = dict(zip(VALUES, values, strict=True)) | {"now": sql_instant(values[1])}
        return execute(ours, FENCES[asked].format(**NAMED), named)
    statement = f"EXECUTE {prepare_statement(ours, asked)} (%s, %s, %s, %s, %s)"
    if ours.queries_logged or ours.execute_wrappers:
        return execute(ours, statement, values)
    with ours.wrap_database_errors:
        return execute(ours.connection, statement, values)


def prepare_statement(ours: BaseDatabaseWrapper, asked: tuple[str, bool]) -> str:
    """The name of a fence that this connection holds ready."""
    channel, daily = asked
    name = f"fence_{channel}_daily" if daily else f"fence_{channel}"
    known = PREPARED.setdefault(ours.connection, set())
    if name not in known:
        execute(ours, PREPARE.format(name=name, fence=FENCES[asked].format(**NUMBERED)), None)
        known.add(name)
    return name


def execute(by: Any, statement: str, values: Values) -> int:
    """Run a statement by a connection, Django's or the driver's; how many rows it changed."""
    with by.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def run_statement(statement: str, values: list[Any] | dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def retry_on_db_error(call: Callable[[], Answer]) -> Answer:
    """Run a single statement; while the database is away or busy, again, for as long as a letter may take.

    A letter that has gone out has to be marked: giving up at the first refusal would make a doubt of it.
    """
    began, pause = time.monotonic(), 0.05
    while True:
        try:
            return call()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() - began > send_lease().total_seconds():
                raise
        connection.close()
        time.sleep(pause)
        pause = min(2 * pause, 2.0)


def database_clock() -> Clock:
    """The database's clock, read once and carried on by this machine's steady one.

    Workers on several machines then agree what time it is, whatever their own clocks do.
    """
    started = time.monotonic()
    begin = read_clock()
    return lambda: begin + timedelta(seconds=time.monotonic() - started)


def read_clock() -> datetime:
    if connection.vendor != "postgresql":
        return timezone.now()  # an embedded database has no clock but its machine's
    [(now,)] = run_statement("SELECT clock_timestamp()", [])
    found: datetime = now
    return found
