"""Health of the reminders: counts, ages, reasons. Never an address, never what a reminder is about."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet

from accounts.models import User
from reminders.ledger.statements import batch_lease
from reminders.models import NEEDS_ATTENTION, JobHeartbeat, Reminder, State

# A reminder that is due for longer than this is an alarm.
ALARM = timedelta(minutes=15)
# The nightly job whose result is the number of faults in the audit log.
AUDIT_CHECK = "accounts.receivers.verify_audit_log"


@dataclass(frozen=True, slots=True)
class Health:
    """The few figures an alarm needs, each from an index. Ages in seconds; None where there is none.

    audit_faults: what the last nightly check of the audit log found; None if it has not ended.
    """

    due: int
    oldest_due: float | None
    tick_age: float | None
    reconcile_age: float | None
    nightly_age: float | None
    audit_faults: int | None
    failed: int
    in_doubt: int
    stopped_addresses: int

    @property
    def is_well(self) -> bool:
        """Whether the ticks continue, and nothing has been due for more than a quarter of an hour."""
        max_tick_age = 3 * settings.REMINDER_TICK_SECONDS + 60
        return (
            self.tick_age is not None
            and self.tick_age <= max_tick_age
            and (self.oldest_due or 0) <= ALARM.total_seconds()
        )


def load_due(now: datetime) -> QuerySet[Reminder]:
    """Return the reminders that are due and not sent: waiting, with a worker, or waiting for another attempt."""
    last_attempt = now + timedelta(seconds=max(settings.REMINDER_BACK_OFF)) + batch_lease()
    return Reminder.objects.filter(next_action_at__lte=last_attempt, due_at__lte=now)


def needs_attention() -> QuerySet[Reminder]:
    """Return what an operator has to decide on, by the index of reminders that ended with an error."""
    ended = Reminder.objects.filter(next_action_at__isnull=True, state__in=NEEDS_ATTENTION)
    return ended.exclude(last_error="")


def load_health(now: datetime) -> Health:
    """Load the figures. Four queries."""
    due = load_due(now).aggregate(number=Count("pk"), oldest=Min("due_at"))
    numbers = dict(needs_attention().order_by().values_list("state").annotate(Count("pk")))
    heartbeats = {heartbeat.job: heartbeat for heartbeat in JobHeartbeat.objects.all()}

    def seconds_since(instant: datetime | None) -> float | None:
        return max(0.0, (now - instant).total_seconds()) if instant else None

    def age(job: str) -> float | None:
        return seconds_since(heartbeats[job].at) if job in heartbeats else None

    nightly = heartbeats.get(JobHeartbeat.Job.NIGHTLY)

    return Health(
        due=due["number"],
        oldest_due=seconds_since(due["oldest"]),
        tick_age=age(JobHeartbeat.Job.TICK),
        reconcile_age=age(JobHeartbeat.Job.RECONCILE),
        nightly_age=age(JobHeartbeat.Job.NIGHTLY),
        audit_faults=nightly.report.get(AUDIT_CHECK) if nightly else None,
        failed=numbers.get(State.FAILED, 0),
        in_doubt=numbers.get(State.IN_DOUBT, 0),
        stopped_addresses=User.objects.exclude(bounced_email="").count(),
    )


def count_reasons() -> list[tuple[str, str, int]]:
    """Return state, error and number of what needs attention, the most frequent first."""
    groups = needs_attention().order_by().values_list("state", "last_error").annotate(number=Count("pk"))
    return list(groups.order_by("-number", "state", "last_error"))


def count_states() -> dict[str, int]:
    """Return the number of reminders in each state. Reads the whole table."""
    numbers = dict(Reminder.objects.order_by().values_list("state").annotate(Count("pk")))
    return {state: numbers.get(state, 0) for state in State.values}


def status(now: datetime) -> dict[str, Any]:
    """Return everything, as `manage.py reminders status --json` prints it."""
    health = load_health(now)
    reconcile = JobHeartbeat.objects.filter(job=JobHeartbeat.Job.RECONCILE).first()
    return {
        "at": now.isoformat(),
        "well": health.is_well,
        "due": health.due,
        "oldest_due_seconds": health.oldest_due,
        "heartbeat_age_seconds": health.tick_age,
        "states": count_states(),
        "reasons": [
            {"state": state, "reason": reason, "rows": number} for state, reason, number in count_reasons()
        ],
        "doubted": Reminder.objects.filter(uncertain_count__gt=0).count(),
        "stopped_addresses": health.stopped_addresses,
        "reconcile": reconcile.report | {"running": reconcile.cursor is not None} if reconcile else None,
    }


def metrics(now: datetime) -> str:
    """Return the same figures in the text format of Prometheus (0.0.4)."""
    health = load_health(now)
    figures = (
        ("reminders_due_rows", "Reminders that are due and not sent.", health.due),
        (
            "reminders_oldest_due_seconds",
            "Age of the oldest of them; 0 when there is none.",
            health.oldest_due or 0.0,
        ),
        ("reminders_heartbeat_age_seconds", "Seconds since the last tick.", health.tick_age),
        (
            "reminders_reconcile_age_seconds",
            "Seconds since the nightly reconcile last moved.",
            health.reconcile_age,
        ),
        ("nightly_age_seconds", "Seconds since the nightly jobs last started.", health.nightly_age),
        ("audit_faults", "Faults that the last nightly check of the audit log found.", health.audit_faults),
        ("reminders_failed_rows", "Reminders that could not be sent.", health.failed),
        (
            "reminders_in_doubt_rows",
            "Reminders that were perhaps sent, left to an operator.",
            health.in_doubt,
        ),
        (
            "reminders_stopped_addresses",
            "Addresses that a mail server refused for good.",
            health.stopped_addresses,
        ),
        (
            "reminders_well",
            "1 while the ticks continue and nothing due is older than 15 minutes.",
            int(health.is_well),
        ),
    )
    return "".join(
        f"# HELP {name} {meaning}\n# TYPE {name} gauge\n{name} {'NaN' if value is None else value}\n"
        for name, meaning, value in figures
    )
