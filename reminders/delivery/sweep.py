"""The tick: a sign of life, plans that are due, a slice of the nightly reconcile, and the claim of what is due.

Safe to run twice, anywhere, at the same time. With Celery the claimed rows go to the workers as ids; without it
(cron, a loop) the same process sends them.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from core.signals import nightly
from reminders.delivery.eligibility import check_many
from reminders.delivery.worker import Tally, send_batch
from reminders.ledger import statements
from reminders.ledger.statements import Clock
from reminders.models import ACTIVE, JobHeartbeat, Reminder, State
from reminders.scheduling.planning import SLICE, Planned, next_slice, plan_rhythms, plan_slice

log = logging.getLogger(__name__)

BATCH: Final = 250
# Rows in the queue or in hands at most: what a tick claims beyond that would only wait and be claimed again.
MOST_OUT: Final = 10_000
# Seconds a tick spends on planning before it comes to its letters.
PLANNING_SECONDS: Final = 5.0
KEEP_DAYS: Final = 400


def enqueue_due(clock: Clock, dispatch: Callable[[list[int]], object], *, run_nightly: bool = False) -> Tally:
    """Plan what has to be planned, claim what is due and pass the ids of each batch to `dispatch`.

    run_nightly: also start the nightly jobs when a day has passed. Only with the real clock: they delete what has
    expired.
    """
    now = clock()
    record_heartbeat(JobHeartbeat.Job.TICK, now)
    until = time.monotonic() + PLANNING_SECONDS
    while plan_rhythms(now) == SLICE and time.monotonic() < until:
        pass
    reconcile_slice(now, until)
    tally: Tally = Counter()
    for batch in claim_batches(now, tally):
        dispatch(batch)
    if run_nightly:
        run_nightly_if_due(now)
    if tally:
        log.info("reminder sweep %s", dict(tally))
    return tally


def record_heartbeat(job: str, now: datetime) -> None:
    if not JobHeartbeat.objects.filter(pk=job).update(at=now):
        JobHeartbeat.objects.update_or_create(job=job, defaults={"at": now})


def claim_batches(now: datetime, tally: Tally) -> Iterator[list[int]]:
    """Batches of due rows, until nothing is due or enough is out."""
    room = MOST_OUT
    while room > 0:
        claimed = statements.claim(now, BATCH)
        if not claimed:
            return
        if not tally:  # counted only when there is something to count
            room -= max(0, statements.count_outstanding(now) - len(claimed.ids))
        tally[State.CLAIMED] += len(claimed.ids)
        tally["settled"] += claimed.settled
        tally["suspected"] += claimed.suspected
        tally[State.IN_DOUBT] += claimed.given_up
        room -= len(claimed.ids)
        if claimed.ids:
            yield claimed.ids


def run_once(clock: Clock, *, run_nightly: bool = False) -> Tally:
    """Send everything that is due when it starts, in this process. Answers how many rows ended in each state."""
    total: Tally = Counter()

    def send(ids: list[int]) -> None:
        total.update(send_batch(ids, clock))

    claimed = enqueue_due(clock, send, run_nightly=run_nightly)
    total.update({name: claimed[name] for name in ("settled", "suspected", State.IN_DOUBT) if claimed[name]})
    return total


def run_nightly_if_due(now: datetime) -> None:
    """Start the nightly jobs when they last started a day ago. Of several processes one does it."""
    heartbeats = JobHeartbeat.objects.filter(job=JobHeartbeat.Job.NIGHTLY)
    last = heartbeats.first()
    if last is None:
        _heartbeat, is_mine = JobHeartbeat.objects.get_or_create(
            job=JobHeartbeat.Job.NIGHTLY, defaults={"at": now}
        )
    else:
        # A clock that was put back must not stop them for good.
        is_due = not last.at <= now < last.at + timedelta(days=1)
        is_mine = is_due and bool(heartbeats.filter(at=last.at).update(at=now))
    if is_mine:
        start_reconcile(now)
        run_clean_up(now)


def run_clean_up(now: datetime) -> None:
    """Let every app delete what has expired. One that fails does not keep the others from it."""
    deleted = {}
    for receiver, result in nightly.send_robust(sender=None, now=now):
        name = f"{receiver.__module__}.{receiver.__name__}"
        if isinstance(result, Exception):
            log.error("nightly clean-up %s failed", name, exc_info=result)
        else:
            deleted[name] = result
    JobHeartbeat.objects.filter(job=JobHeartbeat.Job.NIGHTLY).update(report=deleted)
    log.info("nightly clean-up %s", deleted)


def start_reconcile(now: datetime) -> None:
    """Begin the nightly look at everybody; the ticks carry it through, so that no message can lose it."""
    JobHeartbeat.objects.update_or_create(
        job=JobHeartbeat.Job.RECONCILE,
        defaults={"at": now, "cursor": 0, "report": reconcile_report(Planned(), 0, 0, now)},
    )


def reconcile_slice(now: datetime, until: float) -> None:
    """Some more of a reconcile that is under way."""
    heartbeat = JobHeartbeat.objects.filter(job=JobHeartbeat.Job.RECONCILE, cursor__isnull=False).first()
    while heartbeat and heartbeat.cursor is not None:
        before = heartbeat.cursor
        users = next_slice(before)
        done = plan_slice(users, now) if users else Planned()
        if not users:
            heartbeat.report |= {"purged": purge_old(now), "ended": now.isoformat()}
        heartbeat.report = add_to_report(heartbeat.report, done, len(users))
        heartbeat.cursor, heartbeat.at = (users[-1] if users else None), now
        theirs = JobHeartbeat.objects.filter(job=heartbeat.job, cursor=before)
        if not theirs.update(cursor=heartbeat.cursor, at=now, report=heartbeat.report):
            return  # another tick was faster
        if not users:
            log.info("reminders reconciled: %s", heartbeat.report)
        if time.monotonic() >= until:
            return


def reconcile_report(done: Planned, people: int, purged: int, now: datetime) -> dict[str, object]:
    return {
        "started": now.isoformat(), "ended": None, "people": people, "made": done.made, "moved": done.moved,
        "cancelled": done.cancelled, "purged": purged,
    }  # fmt: skip


def add_to_report(said: dict[str, object], done: Planned, people: int) -> dict[str, object]:
    more = {"people": people, "made": done.made, "moved": done.moved, "cancelled": done.cancelled}
    return said | {name: int(str(said.get(name, 0))) + number for name, number in more.items()}


def purge_old(now: datetime) -> int:
    """Rows that ended more than a year ago go: a ledger is no archive of what somebody was told."""
    old = Reminder.objects.filter(due_at__lt=now - timedelta(days=KEEP_DAYS)).exclude(state__in=ACTIVE)
    return old.delete()[0]


def iterate_due(now: datetime) -> Iterator[Reminder]:
    """What a sweep would take, touched by nobody."""
    due = Reminder.objects.filter(next_action_at__lte=now).select_related("user")
    return due.order_by("next_action_at", "pk").iterator(chunk_size=BATCH)


def preview(now: datetime) -> Tally:
    """What a sweep would do with each due row, judged but not touched."""
    tally: Tally = Counter()
    rows = list(iterate_due(now))
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        ready, verdicts = check_many(part, now)
        tally[State.SENT] += len(ready)
        tally.update(verdicts.values())
    return tally
