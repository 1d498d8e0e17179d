"""One run over the reminders: heartbeat, recurring plans, slices of the nightly reconcile, claim of what is due.

Safe to run twice, anywhere, at the same time. With Celery the primary keys of what was claimed go to the workers;
without it (cron, a loop) the same process sends.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from core.counters import count
from core.signals import nightly
from reminders.delivery.eligibility import check_batch
from reminders.delivery.worker import Tally, send_batch
from reminders.ledger import statements
from reminders.ledger.statements import Clock
from reminders.models import ACTIVE, JobHeartbeat, Reminder, ReminderPreference, State
from reminders.scheduling.planning import SLICE, PlanCounts, next_slice, plan_slice

log = logging.getLogger(__name__)

BATCH: Final = 250
# Reminders in the queue or with workers: what is claimed beyond that would only wait until it is offered again.
MAX_OUTSTANDING: Final = 10_000
# Seconds a run spends on planning before it claims what is due.
PLANNING_SECONDS: Final = 5.0


def enqueue_due(clock: Clock, dispatch: Callable[[list[int]], object], *, run_nightly: bool = False) -> Tally:
    """Plan what has to be planned, claim what is due and pass the primary keys of each batch to `dispatch`.

    run_nightly: also start the nightly jobs when a day has passed. Only with the real clock: they delete what has
    expired.
    """
    now = clock()
    count("reminder_sweeps_total")
    if not JobHeartbeat.objects.filter(pk=JobHeartbeat.Job.TICK).update(at=now):
        JobHeartbeat.objects.update_or_create(job=JobHeartbeat.Job.TICK, defaults={"at": now})
    until = time.monotonic() + PLANNING_SECONDS
    # Plan the next recurring reminder of users whose present one is due.
    due = (
        ReminderPreference.objects.filter(plan_at__lte=now)
        .order_by("plan_at")
        .values_list("user_id", flat=True)
    )
    while user_ids := list(due[:SLICE]):
        plan_slice(user_ids, now)
        if len(user_ids) < SLICE or time.monotonic() >= until:
            break
    reconcile_slices(now, until)
    tally: Tally = Counter()
    for batch in claim_batches(now, tally):
        dispatch(batch)
    if run_nightly:
        run_nightly_if_due(now)
    if tally:
        log.info("reminder sweep %s", dict(tally))
    return tally


def claim_batches(now: datetime, tally: Tally) -> Iterator[list[int]]:
    """Yield batches of due reminders, until nothing is due or enough are outstanding; count them in `tally`."""
    capacity = MAX_OUTSTANDING
    while capacity > 0:
        claimed = statements.claim_due(now, BATCH)
        if not claimed:
            return
        if not tally:  # an idle run does not count what is outstanding
            outstanding = Reminder.objects.filter(state=State.CLAIMED, next_action_at__gt=now).count()
            capacity -= max(0, outstanding - len(claimed.ids))
        tally[State.CLAIMED] += len(claimed.ids)
        tally["settled"] += claimed.settled
        tally["suspected"] += claimed.suspected
        tally[State.IN_DOUBT] += claimed.uncertain
        capacity -= len(claimed.ids)
        if claimed.ids:
            yield claimed.ids


def run_once(clock: Clock, *, run_nightly: bool = False) -> Tally:
    """Send everything that is due at the start, in this process; return how many reminders ended in each state."""
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
        _heartbeat, is_ours = JobHeartbeat.objects.get_or_create(
            job=JobHeartbeat.Job.NIGHTLY, defaults={"at": now}
        )
    else:
        # A clock that was put back must not stop them for good.
        is_due = not last.at <= now < last.at + timedelta(days=1)
        is_ours = is_due and bool(heartbeats.filter(at=last.at).update(at=now))
    if not is_ours:
        return
    # Start to plan everybody again. The next runs do it in slices, so that no lost message can stop it.
    report = {"started": now.isoformat(), "ended": None, "purged": 0}
    JobHeartbeat.objects.update_or_create(
        job=JobHeartbeat.Job.RECONCILE,
        defaults={"at": now, "cursor": 0, "report": add_to_report(report, PlanCounts(), 0)},
    )
    # Let every app delete what has expired. One that fails does not stop the others.
    deleted = {}
    for receiver, result in nightly.send_robust(sender=None, now=now):
        name = f"{receiver.__module__}.{receiver.__name__}"
        if isinstance(result, Exception):
            log.error("nightly clean-up %s failed", name, exc_info=result)
        else:
            deleted[name] = result
    JobHeartbeat.objects.filter(job=JobHeartbeat.Job.NIGHTLY).update(report=deleted)
    log.info("nightly clean-up %s", deleted)


def reconcile_slices(now: datetime, until: float) -> None:
    """Continue a reconcile that is running. until: when to stop, on the clock of time.monotonic()."""
    heartbeat = JobHeartbeat.objects.filter(job=JobHeartbeat.Job.RECONCILE, cursor__isnull=False).first()
    while heartbeat and heartbeat.cursor is not None:
        cursor = heartbeat.cursor
        user_ids = next_slice(cursor)
        counts = plan_slice(user_ids, now) if user_ids else PlanCounts()
        if not user_ids:
            # What ended long ago is deleted, so that the ledger does not become an archive of a user.
            old = Reminder.objects.filter(due_at__lt=now - timedelta(days=settings.KEEP_REMINDER_DAYS))
            purged = old.exclude(state__in=ACTIVE).delete()[0]
            heartbeat.report |= {"purged": purged, "ended": now.isoformat()}
        heartbeat.report = add_to_report(heartbeat.report, counts, len(user_ids))
        heartbeat.cursor, heartbeat.at = (user_ids[-1] if user_ids else None), now
        unchanged = JobHeartbeat.objects.filter(job=heartbeat.job, cursor=cursor)
        if not unchanged.update(cursor=heartbeat.cursor, at=now, report=heartbeat.report):
            return  # another run was faster
        if not user_ids:
            log.info("reminders reconciled: %s", heartbeat.report)
        if time.monotonic() >= until:
            return


def add_to_report(report: Mapping[str, object], counts: PlanCounts, people: int) -> dict[str, object]:
    """Return the report of a reconcile with the counts of one more slice."""
    numbers = {"people": people, **counts.as_report()}
    return dict(report) | {name: int(str(report.get(name, 0))) + number for name, number in numbers.items()}


def preview(now: datetime) -> Tally:
    """Check what is due and change nothing; return how many reminders would end in each state."""
    tally: Tally = Counter()
    due = Reminder.objects.filter(next_action_at__lte=now).select_related("user")
    reminders = list(due.order_by("next_action_at", "pk").iterator(chunk_size=BATCH))
    for start in range(0, len(reminders), BATCH):
        eligible, end_states = check_batch(reminders[start : start + BATCH], now)
        tally[State.SENT] += len(eligible)
        tally.update(end_states.values())
    return tally
