"""Keeping the ledger in step with sessions, bookings, zones and wishes.

One plan for one person or for hundreds: facts in a fixed number of queries, the rules of reminders/rules.py, and the
difference to the rows written in sets.
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q

from accounts.models import Record, User
from reminders.ledger import statements
from reminders.models import OPEN_STATES, Channel, Reminder, ReminderPreference, State
from reminders.rules import RECURRING, plan_reminders
from reminders.scheduling.recipients import load_people, load_preferences

log = logging.getLogger(__name__)

# States that a new plan may wake again; what was sent, failed or is in doubt is never sent twice.
WAKEABLE = (State.CANCELLED, State.SUPPRESSED, State.SUPERSEDED)
# Rows about dates longer ago than this no plan looks at.
REACH = timedelta(days=120)
SLICE = 500

Slot = tuple[str, date, str]  # kind, date, channel


@dataclass(frozen=True, slots=True)
class Planned:
    """How many rows a plan made, moved and cancelled."""

    made: int = 0
    moved: int = 0
    cancelled: int = 0

    def __add__(self, other: "Planned") -> "Planned":
        return Planned(self.made + other.made, self.moved + other.moved, self.cancelled + other.cancelled)


@dataclass(slots=True)
class Changes:
    """What has to be written to bring rows in line."""

    new: list[statements.New] = field(default_factory=list)
    moved: list[Reminder] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    paced: list[ReminderPreference] = field(default_factory=list)


def get_channels(user: User, kept: ReminderPreference | None) -> list[str]:
    """Where letters go: nowhere for a closed account, by mail unless something else was chosen."""
    if not user.is_active:
        return []
    if kept is None:
        return [Channel.MAIL]
    return [channel for channel, on in ((Channel.MAIL, kept.by_email), (Channel.PUSH, kept.by_push)) if on]


def plan(user: User, now: datetime) -> Planned:
    """Make the open rows of one person what they should be. Idempotent."""
    return plan_many([user.pk], now)


@transaction.atomic
def plan_many(user_ids: Collection[int], now: datetime) -> Planned:
    """Make the open rows of these people what they should be.

    A letter whose time has passed is not made: nobody wants three letters for a session entered late.
    """
    users = lock_users(user_ids)
    preferences = load_preferences(users)
    facts = load_people(users, preferences, now)
    rows = load_reminders(users, now)
    changes = Changes()
    for user in users:
        wanted = plan_reminders(facts[user.pk], now)
        channels = get_channels(user, preferences.get(user.pk))
        slots = {
            (kind, target, channel): due for (kind, target), due in wanted.items() for channel in channels
        }
        diff_plans(user, slots, rows[user.pk], now, changes)
        if store_next_recurring(preferences.get(user.pk), wanted if channels else {}):
            changes.paced.append(preferences[user.pk])
    return write_changes(changes)


def lock_users(user_ids: Collection[int]) -> list[User]:
    """These people as they stand, each locked: two plans at once go one after the other, from what the other left.

    Always in the same order, so that none waits for one that waits for it.
    """
    locked = User.objects.select_for_update(no_key=True).filter(pk__in=user_ids)
    return list(locked.order_by("pk"))


def load_reminders(users: Collection[User], now: datetime) -> dict[int, list[Reminder]]:
    found: dict[int, list[Reminder]] = defaultdict(list)
    of_now = Q(target_date__gte=(now - REACH).date()) | Q(state__in=OPEN_STATES)
    for row in Reminder.objects.filter(of_now, user__in=users).order_by():
        found[row.user_id].append(row)
    return found


def diff_plans(
    user: User, slots: dict[Slot, datetime], rows: list[Reminder], now: datetime, changes: Changes
) -> None:
    """Find what differs between the slots that are wanted and the rows there are."""
    by_slot = {(row.kind, row.target_date, row.channel): row for row in rows}
    changes.stale += [row.pk for row in rows if row.state in OPEN_STATES and is_outdated(row, slots, now)]
    for (kind, target, channel), due in slots.items():
        row = by_slot.get((kind, target, channel))
        if row is None and due > now:
            changes.new.append((user.pk, kind, channel, target, due))
        elif row is not None and needs_move(row, due, now):
            row.due_at = row.next_action_at = due
            changes.moved.append(row)


def is_outdated(row: Reminder, slots: dict[Slot, datetime], now: datetime) -> bool:
    """Whether an open row is no longer wanted. One of a rhythm that is due already is judged when it is sent: its
    plan has moved on to the next."""
    if (row.kind, row.target_date, row.channel) in slots:
        return False
    if row.kind not in RECURRING or row.due_at > now:
        return True
    return not any(kind == row.kind and channel == row.channel for kind, _on, channel in slots)


def needs_move(row: Reminder, due: datetime, now: datetime) -> bool:
    """Whether an existing row of the right date must get a new time, or be woken."""
    if row.state in WAKEABLE:
        return due > now
    if row.state not in OPEN_STATES or row.due_at == due:
        return False
    return row.attempts == 0 or due > now


def store_next_recurring(kept: ReminderPreference | None, wanted: dict[tuple[str, date], datetime]) -> bool:
    """When the rhythm's next letter is due, the one after it has to be planned. Answers whether that moved."""
    if kept is None:
        return False
    before = kept.plan_at
    kept.plan_at = min((due for (kind, _on), due in wanted.items() if kind in RECURRING), default=None)
    return kept.plan_at != before


def write_changes(changes: Changes) -> Planned:
    """Each set in one query. A moved row starts anew, as if it had never been tried; one that is being sent stays."""
    cancelled = Reminder.objects.filter(pk__in=changes.stale, state__in=OPEN_STATES).update(
        state=State.CANCELLED, worker_token="", next_action_at=None
    )
    made = statements.add_reminders(changes.new)
    ReminderPreference.objects.bulk_update(changes.paced, ["plan_at"], batch_size=SLICE)
    by_due: dict[datetime, list[int]] = defaultdict(list)
    for row in changes.moved:
        by_due[row.due_at].append(row.pk)
    for due, pks in by_due.items():
        Reminder.objects.filter(pk__in=pks, state__in=[*OPEN_STATES, *WAKEABLE]).update(
            state=State.SCHEDULED,
            due_at=due,
            next_action_at=due,
            attempts=0,
            uncertain_count=0,
            worker_token="",
            last_error="",
        )
    return Planned(made, len(changes.moved), cancelled)


def plan_rhythms(now: datetime, most: int = SLICE) -> int:
    """Plan the next letter of every rhythm whose last one is due. Answers how many people it planned."""
    due = ReminderPreference.objects.filter(plan_at__lte=now).order_by("plan_at")
    user_ids = list(due.values_list("user_id", flat=True)[:most])
    if user_ids:
        plan_slice(user_ids, now)
    return len(user_ids)


def plan_slice(user_ids: Collection[int], now: datetime) -> Planned:
    """Plan many at once; where one of them cannot be planned, plan the others one by one."""
    try:
        return plan_many(user_ids, now)
    except DatabaseError:
        raise
    except Exception:
        log.exception("a slice of %s could not be planned at once", len(user_ids))
    return sum((plan_one_safely(pk, now) for pk in user_ids), Planned())


def plan_one_safely(user_id: int, now: datetime) -> Planned:
    """One person that cannot be planned must not keep the others from it: she is tried again in an hour."""
    try:
        return plan_many([user_id], now)
    except DatabaseError:
        raise
    except Exception:
        log.exception("user %s could not be planned", user_id)
        later = now + timedelta(hours=1)
        ReminderPreference.objects.filter(user=user_id, plan_at__lte=now).update(plan_at=later)
        return Planned()


def next_slice(after: int, size: int = SLICE) -> list[int]:
    """The next people, by primary key, that may have letters: who keeps a record, or has chosen something."""
    found: set[int] = set()
    for model in (Record, ReminderPreference):
        theirs = model.objects.filter(user_id__gt=after).order_by("user_id")
        found |= set(theirs.values_list("user_id", flat=True)[:size])
    return sorted(found)[:size]


def reconcile(now: datetime) -> Planned:
    """Plan everybody anew: what a missed signal left behind is mended and counted."""
    total, after = Planned(), 0
    while user_ids := next_slice(after):
        total += plan_slice(user_ids, now)
        after = user_ids[-1]
    return total
