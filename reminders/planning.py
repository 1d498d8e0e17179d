"""Keeping the ledger in step with sessions, bookings, zones and preferences."""

import logging
from dataclasses import dataclass
from datetime import date, datetime

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from accounts.access import hold
from accounts.clock import day_of
from accounts.models import Record
from reminders.models import OPEN_STATES, Reminder, ReminderPreference, State
from reminders.when import planned
from treatments.actions import upcoming
from treatments.models import InjectionSession

log = logging.getLogger(__name__)

# States that a new plan may wake again; what was sent, failed or is in doubt is never sent twice.
WAKEABLE = (State.CANCELLED, State.SUPPRESSED, State.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan changed."""

    made: int = 0
    moved: int = 0
    cancelled: int = 0

    def __add__(self, other: "Planned") -> "Planned":
        return Planned(self.made + other.made, self.moved + other.moved, self.cancelled + other.cancelled)


def wants_letters(record: Record) -> bool:
    """Whether letters before the session are switched on, and there is somebody to read them."""
    off = ReminderPreference.objects.filter(record=record, session_letters=False).exists()
    return record.user.is_active and not off


def target_of(record: Record, now: datetime) -> date | None:
    """The date that reminders count down to, as the patient's day stands."""
    following = upcoming(record, day_of(record.user, now))
    return following.target if following else None


@transaction.atomic
def plan(record: Record, now: datetime) -> Planned:
    """Make the open rows of a record what they should be. Idempotent.

    A reminder whose time has passed is not made: nobody wants three letters for a session entered late.
    """
    hold(record)  # two changes at once plan one after the other, each from what the other left
    target = target_of(record, now) if wants_letters(record) else None
    times = planned(target, record.user.time_zone) if target else {}
    rows = list(Reminder.objects.select_for_update().filter(record=record))
    stale = [row.pk for row in rows if row.state in OPEN_STATES and row.target_date != target]
    cancelled = Reminder.objects.filter(pk__in=stale, state__in=OPEN_STATES).update(
        state=State.CANCELLED, claim=""
    )
    if target is None:
        return Planned(cancelled=cancelled)
    session = InjectionSession.objects.filter(record=record).order_by("-date").first()
    made = moved = 0
    by_kind = {row.kind: row for row in rows if row.target_date == target}
    for kind, due in times.items():
        row = by_kind.get(kind)
        if row is None and due > now:
            Reminder.objects.create(
                record=record, session=session, kind=kind, target_date=target, due_at=due, next_try_at=due
            )
            made += 1
        elif row is not None and needs_move(row, due, now):
            wake(row, due, session)
            moved += 1
    return Planned(made, moved, cancelled)


def wake(row: Reminder, due: datetime, session: InjectionSession | None) -> None:
    """Plan a row anew, as if it had never been tried."""
    Reminder.objects.filter(pk=row.pk).update(
        state=State.SCHEDULED, due_at=due, next_try_at=due, session=session,
        attempts=0, doubts=0, claim="", last_error="",
    )  # fmt: skip


def needs_move(row: Reminder, due: datetime, now: datetime) -> bool:
    """Whether an existing row of the right date must get a new time, or be woken."""
    if row.state in WAKEABLE:
        return due > now
    return row.state == State.SCHEDULED and row.attempts == 0 and row.due_at != due


@transaction.atomic
def switch(record: Record, *, on: bool, now: datetime) -> None:
    """Turn the letters on or off, and the ledger with them."""
    hold(record)
    ReminderPreference.objects.update_or_create(record=record, defaults={"session_letters": on})
    plan(record, now)


def records_to_plan() -> QuerySet[Record]:
    """Records that have, or had, something to be reminded of."""
    treated = InjectionSession.objects.values("record")
    reminded = Reminder.objects.filter(state__in=OPEN_STATES).values("record")
    found = Record.objects.filter(Q(pk__in=treated) | Q(pk__in=reminded))
    return found.select_related("user").order_by("pk")


def reconcile(now: datetime) -> Planned:
    """Plan every record anew: what a missed signal left behind is mended and counted."""
    return sum((plan_alone(record, now) for record in records_to_plan().iterator(chunk_size=500)), Planned())


def plan_alone(record: Record, now: datetime) -> Planned:
    """One record that cannot be planned must not keep the others from it."""
    try:
        return plan(record, now)
    except DatabaseError:
        raise
    except Exception:
        log.exception("record %s could not be planned", record.pk)
        return Planned()
