"""Steps of a reminder through its states, each one statement that both databases run atomically.

claim_due      by a run: puts due reminders into the queue, and handles those whose worker was lost
acquire        by a worker: takes reminders of the queue, so that a message delivered twice finds none
begin_sending  lets one e-mail go out, in its position; from here on a crash leaves a reminder that says "sending"
finish         records for many at once that they went out

A worker begins a reminder only when the one before it has gone out or has left "sending" again. So of the reminders
that a killed worker leaves in "sending" all but the last certainly went out, and batch_position tells which that is: at
most one is uncertain. A reminder is a worker's as long as its worker_token says so; only claim_due compares clocks, and
it looks twice.
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
from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from reminders.models import NEEDS_ATTENTION, Channel, Kind, Reminder, State, generate_reminder_key

Result = TypeVar("Result")
Clock = Callable[[], datetime]
Parameters = dict[str, Any] | Sequence[Any] | None

DUE = """
SELECT id FROM reminders_reminder
WHERE next_action_at <= %(now)s
ORDER BY next_action_at LIMIT %(limit)s
"""
# "Not empty" is written exactly as in the index reminders_by_worker: SQLite compares the text, and written otherwise it
# would read the whole table for each row in "sending", holding the write lock meanwhile.
OTHER_IN_SENDING = """
EXISTS (SELECT 1 FROM reminders_reminder AS other WHERE other.worker_token = reminders_reminder.worker_token
        AND NOT (other.worker_token = '') AND other.state = 'sending' AND {})
"""
# A row in "sending" whose lease is over went out if its worker began another after it. The last one of a worker is
# looked at twice, a lease apart: a clock that was put forward makes every lease look over at once, but a living worker
# has finished its row before the second look.
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
    followed=OTHER_IN_SENDING.format("other.batch_position > reminders_reminder.batch_position"),
    not_alone=OTHER_IN_SENDING.format("other.id <> reminders_reminder.id"),
)
CLAIM_ON_SQLITE = f"{CLAIM} WHERE id IN ({DUE}) RETURNING id, state"
CLAIM_ON_POSTGRES = f"{CLAIM} WHERE id = ANY(ARRAY({DUE} FOR UPDATE SKIP LOCKED)) RETURNING id, state"

ACQUIRE = """
UPDATE reminders_reminder SET worker_token = %s, next_action_at = %s
WHERE state = 'claimed' AND worker_token IN ('', %s) AND id IN ({})
RETURNING id
"""

FINISH = """
UPDATE reminders_reminder SET state = 'sent', worker_token = '', next_action_at = NULL
WHERE state = 'sending' AND worker_token = %s AND id IN ({})
"""

# This checks again what may have changed, without a change of the row, since the reminder was checked: the account, the
# address, and for a daily e-mail whether the day has an entry. Each is looked up by the user's id and compared then: by
# the address PostgreSQL would go through an index of all addresses, whose pages are hardly ever in memory.
# It changes no column of an index.
# Repeated for the same position it gives the same result: when the database goes away after the commit and before its
# answer, the e-mail has not been sent yet, and if it were skipped, the next run would think that another followed it.
BEGIN_SENDING = """
UPDATE reminders_reminder SET state = 'sending', batch_position = {batch_position}, sent_at = {now}, last_error = '',
  lease_expired = FALSE
WHERE id = {pk} AND worker_token = {token}
  AND (state = 'claimed' OR (state = 'sending' AND batch_position = {batch_position}))
"""
# The checks depend on channel and kind, which a row never changes, and each combination has its own statement: a check
# that does not apply costs PostgreSQL nearly as much as one that does.
CHANNEL_CHECKS = {
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
DAILY_CHECK = """
  AND 0 = (SELECT count(*) FROM headaches_diaryday AS day
           WHERE day.record_id = (SELECT id FROM accounts_record AS record
                                  WHERE record.user_id = reminders_reminder.user_id)
           AND day.date = target_date)
"""
Variant = tuple[str, bool]  # channel; whether the kind is daily
BEGIN_SENDING_VARIANTS: dict[Variant, str] = {
    (channel, is_daily): BEGIN_SENDING + check + (DAILY_CHECK if is_daily else "")
    for channel, check in CHANNEL_CHECKS.items()
    for is_daily in (False, True)
}
PARAMETERS = ("batch_position", "now", "pk", "token", "email")
NAMED = {name: f"%({name})s" for name in PARAMETERS}
NUMBERED = {name: f"${number}" for number, name in enumerate(PARAMETERS, 1)}
# Parsing and planning cost PostgreSQL more than running it does: each connection prepares a statement once. One plan
# for all rows: a plan for each would follow PostgreSQL's statistics of the table, in which no worker held a row.
PREPARE = """
SET plan_cache_mode = force_generic_plan;
PREPARE {name} (int, timestamptz, bigint, text, text) AS {statement}
"""
PREPARED: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()

INSERT = """
INSERT INTO reminders_reminder (user_id, kind, channel, target_date, due_at, next_action_at, key, state, worker_token,
  lease_expired, attempts, uncertain_count, batch_position, last_error)
VALUES {} ON CONFLICT DO NOTHING
"""
INSERTED_ROW = "(%s, %s, %s, %s, %s, %s, %s, 'scheduled', '', FALSE, 0, 0, 0, '')"
MAX_INSERTED = 1_000

NewReminder = tuple[int, str, str, date, datetime]  # user, kind, channel, target date, due instant


def queue_lease() -> timedelta:
    """Return how long a reminder waits in the queue before it is offered again: longer than its message lives."""
    return timedelta(seconds=settings.REMINDER_MESSAGE_SECONDS + 5)


def send_lease() -> timedelta:
    """Return how long one e-mail may be in "sending": as long as every step of SMTP may take together."""
    return timedelta(seconds=6 * settings.EMAIL_TIMEOUT)


def batch_lease() -> timedelta:
    """Return how long a worker may hold reminders it has not begun: its own time limit and one e-mail on top."""
    return timedelta(seconds=settings.REMINDER_BATCH_SECONDS) + send_lease()


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What claim_due() changed.

    ids: reminders that are in the queue now. Of those whose worker was lost: settled went out after all, suspected
    are looked at again later, uncertain were lost twice.
    """

    ids: list[int]
    settled: int = 0
    suspected: int = 0
    uncertain: int = 0

    def __bool__(self) -> bool:
        return bool(self.ids or self.settled or self.suspected or self.uncertain)


def claim_due(now: datetime, limit: int) -> ClaimResult:
    """Put up to `limit` due reminders into the queue. One statement; two at once claim different reminders."""
    statement = CLAIM_ON_POSTGRES if connection.vendor == "postgresql" else CLAIM_ON_SQLITE
    parameters = {
        "now": sql_instant(now), "limit": limit, "offered": sql_instant(now + queue_lease()),
        "second_look": sql_instant(now + send_lease()),
    }  # fmt: skip
    changed = retry_on_db_error(lambda: fetch_all(statement, parameters))
    states = Counter(state for _pk, state in changed)
    return ClaimResult(
        ids=[pk for pk, state in changed if state == State.CLAIMED],
        settled=states[State.SENT],
        suspected=states[State.SENDING],
        uncertain=states[State.IN_DOUBT],
    )


def add_reminders(reminders: Sequence[NewReminder]) -> int:
    """Insert planned reminders, many in one statement, except those that exist; return how many are new.

    In SQL, because creating model instances costs more than storing the rows.
    """
    inserted = 0
    for start in range(0, len(reminders), MAX_INSERTED):
        part = reminders[start : start + MAX_INSERTED]
        parameters: list[Any] = []
        for user_id, kind, channel, target, due in part:
            due_at = sql_instant(due)
            target_date = connection.ops.adapt_datefield_value(target)
            parameters += (user_id, kind, channel, target_date, due_at, due_at, generate_reminder_key())
        statement = INSERT.format(", ".join([INSERTED_ROW] * len(part)))
        inserted += execute(connection, statement, parameters)
    return inserted


def new_token() -> str:
    return secrets.token_hex(16)


def acquire(ids: Collection[int], token: str, now: datetime) -> list[int]:
    """Acquire reminders of the queue for one worker; return those that no other worker has and no plan took back."""
    if not ids:
        return []
    statement = ACQUIRE.format(", ".join(["%s"] * len(ids)))
    parameters = [token, sql_instant(now + batch_lease()), token, *ids]
    return [pk for (pk,) in retry_on_db_error(lambda: fetch_all(statement, parameters))]


def begin_sending(reminder: Reminder, token: str, *, batch_position: int, email: str, now: datetime) -> bool:
    """Mark a reminder as being sent; return whether its e-mail may go out now.

    batch_position: 1, 2, … within the batch of one worker.
    """
    variant = (reminder.channel, reminder.kind == Kind.DAILY)
    parameters = (batch_position, now, reminder.pk, token, email)
    return bool(retry_on_db_error(lambda: execute_begin_sending(variant, parameters)))


def finish(pks: Collection[int], token: str) -> int:
    """Record reminders as sent; return how many of them still belonged to this worker."""
    if not pks:
        return 0
    statement = FINISH.format(", ".join(["%s"] * len(pks)))
    return retry_on_db_error(lambda: execute(connection, statement, [token, *pks]))


def reschedule(pk: int, token: str, current_state: str, **values: Any) -> bool:
    """Change one reminder if it is still this worker's and in this state; return whether it was."""
    reminders = Reminder.objects.filter(pk=pk, state=current_state, worker_token=token)
    return bool(retry_on_db_error(lambda: reminders.update(**values)))


def cancel(end_states: dict[int, str], token: str) -> int:
    """End reminders that must not go out, each in its state. One UPDATE for all; return how many."""
    if not end_states:
        return 0
    reminders = Reminder.objects.filter(pk__in=list(end_states), state=State.CLAIMED, worker_token=token)
    cases = Case(
        *(
            When(pk__in=[pk for pk, end_state in end_states.items() if end_state == state], then=Value(state))
            for state in sorted(set(end_states.values()))
        )
    )
    return retry_on_db_error(lambda: reminders.update(state=cases, worker_token="", next_action_at=None))


def postpone(ids: Collection[int], token: str, until: datetime, *, error: str = "") -> int:
    """Release reminders that were not begun, which is no attempt. error: why. Return how many."""
    if not ids:
        return 0
    reminders = Reminder.objects.filter(pk__in=ids, state=State.CLAIMED, worker_token=token)
    values = {"last_error": error} if error else {}
    return retry_on_db_error(
        lambda: reminders.update(state=State.SCHEDULED, worker_token="", next_action_at=until, **values)
    )


def send_again(pk: int, now: datetime) -> bool:
    """Schedule a reminder that needs attention again, under the same Message-ID; return whether there was one."""
    return bool(schedule_again(Reminder.objects.filter(pk=pk, state__in=NEEDS_ATTENTION), now))


def send_failed_again(now: datetime) -> int:
    """Schedule every reminder again that failed, such as after an outage; return how many.

    Those that are no longer useful, or whose address is stopped, do not go out (eligibility.py).
    """
    return schedule_again(Reminder.objects.filter(state=State.FAILED), now)


def schedule_again(reminders: QuerySet[Reminder], now: datetime) -> int:
    return reminders.update(
        state=State.SCHEDULED,
        next_action_at=now,
        attempts=0,
        uncertain_count=0,
        worker_token="",
        lease_expired=False,
    )


def sql_instant(instant: datetime) -> Any:
    """Return an instant as this database stores it."""
    return connection.ops.adapt_datetimefield_value(instant)


def execute_begin_sending(variant: Variant, parameters: tuple[int, datetime, int, str, str]) -> int:
    """Run the statement, prepared once for each connection where that is possible; return how many rows it changed.

    It uses the driver's own cursor: a new one of Django's for each e-mail cost half as much as the whole statement.
    Anything that listens to Django's queries sees this one too.
    """
    django_connection = connections[DEFAULT_DB_ALIAS]  # once: the proxy looks it up for each attribute
    if django_connection.vendor != "postgresql" or not settings.PREPARED_STATEMENTS:
        named = dict(zip(PARAMETERS, parameters, strict=True)) | {"now": sql_instant(parameters[1])}
        return execute(django_connection, BEGIN_SENDING_VARIANTS[variant].format(**NAMED), named)
    channel, is_daily = variant
    name = f"begin_sending_{channel}_daily" if is_daily else f"begin_sending_{channel}"
    prepared = PREPARED.setdefault(django_connection.connection, set())
    if name not in prepared:
        statement = BEGIN_SENDING_VARIANTS[variant].format(**NUMBERED)
        execute(django_connection, PREPARE.format(name=name, statement=statement), None)
        prepared.add(name)
    statement = f"EXECUTE {name} (%s, %s, %s, %s, %s)"
    if django_connection.queries_logged or django_connection.execute_wrappers:
        return execute(django_connection, statement, parameters)
    with django_connection.wrap_database_errors:
        return execute(django_connection.connection, statement, parameters)


def execute(any_connection: Any, statement: str, parameters: Parameters) -> int:
    """Run a statement on a connection, Django's or the driver's; return how many rows it changed."""
    with any_connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def fetch_all(statement: str, parameters: Parameters) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def retry_on_db_error(call: Callable[[], Result]) -> Result:
    """Run a single statement; while the database is away or busy, again, for as long as one e-mail may take.

    An e-mail that has gone out has to be recorded: giving up at the first error would make it uncertain.
    """
    start, delay = time.monotonic(), 0.05
    while True:
        try:
            return call()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() - start > send_lease().total_seconds():
                raise
        connection.close()
        time.sleep(delay)
        delay = min(2 * delay, 2.0)


def database_clock() -> Clock:
    """Return a clock that starts at the database's time and continues with this machine's monotonic clock.

    Workers on several machines then agree on the time, whatever their own clocks say.
    """
    started = time.monotonic()
    database_time = timezone.now()  # an embedded database has no clock but its machine's
    if connection.vendor == "postgresql":
        [(database_time,)] = fetch_all("SELECT clock_timestamp()", [])
    return lambda: database_time + timedelta(seconds=time.monotonic() - started)
