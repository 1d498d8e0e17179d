"""How the reminders are doing: counts, ages, reasons. Never an address, never what a letter is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet

from accounts.models import User
from reminders.ledger.statements import batch_lease
from reminders.models import NEEDS_ATTENTION, JobHeartbeat, Reminder, State

# Older than this, and a due letter is late enough to wake somebody.
ALARM = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Health:
    """The few figures an alarm needs, each from an index. Ages in seconds; None where there is none."""

    due: int
    oldest_due: float | None
    tick_age: float | None
    reconcile_age: float | None
    failed: int
    in_doubt: int
    stopped: int

    @property
    def is_well(self) -> bool:
        """The ticks go on, and nothing due has waited for a quarter of an hour."""
        silence = 3 * settings.REMINDER_TICK_SECONDS + 60
        return (
            self.tick_age is not None
            and self.tick_age <= silence
            and (self.oldest_due or 0) <= ALARM.total_seconds()
        )


def load_due(now: datetime) -> QuerySet[Reminder]:
    """Rows whose time has come and that have not gone out: waiting, or in a worker's hands. What waits for another
    try counts as well."""
    furthest = now + timedelta(seconds=max(settings.REMINDER_BACK_OFF)) + batch_lease()
    return Reminder.objects.filter(next_action_at__lte=furthest, due_at__lte=now)


def needs_attention() -> QuerySet[Reminder]:
    """What a human has to decide on, by an index that holds what ended with a reason."""
    ended = Reminder.objects.filter(next_action_at__isnull=True, state__in=NEEDS_ATTENTION)
    return ended.exclude(last_error="")


def health(now: datetime) -> Health:
    """Four queries."""
    waiting = load_due(now).aggregate(number=Count("pk"), oldest=Min("due_at"))
    seen = dict(needs_attention().order_by().values_list("state").annotate(Count("pk")))
    pulses = dict(JobHeartbeat.objects.values_list("job", "at"))

    def age(instant: datetime | None) -> float | None:
        return max(0.0, (now - instant).total_seconds()) if instant else None

    return Health(
        due=waiting["number"],
        oldest_due=age(waiting["oldest"]),
        tick_age=age(pulses.get(JobHeartbeat.Job.TICK)),
        reconcile_age=age(pulses.get(JobHeartbeat.Job.RECONCILE)),
        failed=seen.get(State.FAILED, 0),
        in_doubt=seen.get(State.IN_DOUBT, 0),
        stopped=User.objects.exclude(bounced_email="").count(),
    )


def count_reasons() -> list[tuple[str, str, int]]:
    """What a human has to see, by state and reason, the most frequent first."""
    seen = needs_attention().order_by()
    found = seen.values_list("state", "last_error").annotate(number=Count("pk"))
    return [
        (state, reason, number) for state, reason, number in found.order_by("-number", "state", "last_error")
    ]


def count_states() -> dict[str, int]:
    """Every row by state; reads the whole ledger."""
    counted = dict(Reminder.objects.order_by().values_list("state").annotate(Count("pk")))
    return {state: counted.get(state, 0) for state in State.values}


def status(now: datetime) -> dict[str, Any]:
    """Everything, as `manage.py reminders status --json` prints it."""
    found = health(now)
    reconciled = JobHeartbeat.objects.filter(job=JobHeartbeat.Job.RECONCILE).first()
    return {
        "at": now.isoformat(),
        "well": found.is_well,
        "due": found.due,
        "oldest_due_seconds": found.oldest_due,
        "heartbeat_age_seconds": found.tick_age,
        "states": count_states(),
        "reasons": [
            {"state": state, "reason": reason, "rows": number} for state, reason, number in count_reasons()
        ],
        "doubted": Reminder.objects.filter(uncertain_count__gt=0).count(),
        "stopped_addresses": found.stopped,
        "reconcile": reconciled.report | {"running": reconciled.cursor is not None} if reconciled else None,
    }


def metrics(now: datetime) -> str:
    """The same figures as Prometheus reads them (text format 0.0.4)."""
    return "".join(metric_lines(health(now)))


def metric_lines(found: Health) -> Iterator[str]:
    for name, meaning, value in (
        ("due_rows", "Letters whose time has come and that have not gone out.", found.due),
        ("oldest_due_seconds", "Age of the oldest of them; 0 when there is none.", found.oldest_due or 0.0),
        ("heartbeat_age_seconds", "Seconds since the last tick.", found.tick_age),
        ("reconcile_age_seconds", "Seconds since the nightly reconcile last moved.", found.reconcile_age),
        ("failed_rows", "Letters that could not be sent.", found.failed),
        ("in_doubt_rows", "Letters left to a human, perhaps sent.", found.in_doubt),
        ("stopped_addresses", "Addresses that a mail server refused for good.", found.stopped),
        ("well", "1 while the ticks go on and nothing due is older than 15 minutes.", int(found.is_well)),
    ):
        yield f"# HELP reminders_{name} {meaning}\n# TYPE reminders_{name} gauge\n"
        yield f"reminders_{name} {'NaN' if value is None else value}\n"
