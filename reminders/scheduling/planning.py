"""Keeps the planned reminders in line with sessions, bookings, time zones and preferences.

One plan for one user or for hundreds: it loads the facts in a fixed number of queries, applies reminders/rules.py, and
writes the differences in bulk.
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q

from accounts.models import Record, User
from reminders.ledger import statements
from reminders.models import OPEN_STATES, Channel, Reminder, ReminderPreference, State
from reminders.rules import RECURRING, Person, choose_medicine_dates, next_medicine_count, plan_reminders
from reminders.scheduling.recipients import load_people, load_preferences

log = logging.getLogger(__name__)

# States that a new plan may schedule again; what was sent, failed or is uncertain is never sent twice.
RESCHEDULABLE = (State.CANCELLED, State.SUPPRESSED, State.SUPERSEDED)
# No plan looks at reminders about dates longer ago than this.
LOOK_BACK = timedelta(days=120)
SLICE = 500

Slot = tuple[str, date, str]  # kind, target date, channel


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """How many reminders a plan created, moved and cancelled."""

    created: int = 0
    moved: int = 0
    cancelled: int = 0

    def __add__(self, other: "PlanCounts") -> "PlanCounts":
        return PlanCounts(
            self.created + other.created, self.moved + other.moved, self.cancelled + other.cancelled
        )

    def as_report(self) -> dict[str, int]:
        """Return the counts under the names they have in a JSON report."""
        return {"made": self.created, "moved": self.moved, "cancelled": self.cancelled}


@dataclass(slots=True)
class Changes:
    """What has to be written. outdated: primary keys; preferences: those of which plan_at or medicine_dates changed."""

    new: list[statements.NewReminder] = field(default_factory=list)
    moved: list[Reminder] = field(default_factory=list)
    outdated: list[int] = field(default_factory=list)
    preferences: list[ReminderPreference] = field(default_factory=list)


def get_channels(user: User, preference: ReminderPreference | None) -> list[str]:
    """Return the channels of a user's reminders: none for a closed account, e-mail unless something else was chosen."""
    if not user.is_active:
        return []
    if preference is None:
        return [Channel.MAIL]
    choices = ((Channel.MAIL, preference.by_email), (Channel.PUSH, preference.by_push))
    return [channel for channel, is_chosen in choices if is_chosen]


def plan(user: User, now: datetime) -> PlanCounts:
    """Bring the open reminders of one user in line. Idempotent."""
    return plan_many([user.pk], now)


@transaction.atomic
def plan_many(user_ids: Collection[int], now: datetime) -> PlanCounts:
    """Bring the open reminders of these users in line.

    A reminder whose time has passed is not created: nobody wants three e-mails for a session entered late.
    """
    users = lock_users(user_ids)
    preferences = load_preferences(users)
    people = load_people(users, preferences, now)
    reminders: dict[int, list[Reminder]] = defaultdict(list)
    current = Q(target_date__gte=(now - LOOK_BACK).date()) | Q(state__in=OPEN_STATES)
    for reminder in Reminder.objects.filter(current, user__in=users).order_by():
        reminders[reminder.user_id].append(reminder)
    changes = Changes()
    for user in users:
        preference = preferences.get(user.pk)
        channels = get_channels(user, preference)
        person = people[user.pk]
        person = replace(person, medicine_dates=choose_medicine_dates(person, now))
        wanted = plan_reminders(person, now)
        slots = {
            (kind, target, channel): due for (kind, target), due in wanted.items() for channel in channels
        }
        diff_plans(user, slots, reminders[user.pk], now, changes)
        if preference:
            update_preference(preference, person, slots, now, changes)
    return write_changes(changes)


def update_preference(
    preference: ReminderPreference,
    person: Person,
    slots: dict[Slot, datetime],
    now: datetime,
    changes: Changes,
) -> None:
    """Set when to plan next, and on which days medicine days are mentioned.

    The next recurring reminder is planned when the present one is due.
    """
    instants = [due for (kind, _target, _channel), due in slots.items() if kind in RECURRING]
    if count_at := next_medicine_count(person, now):
        instants.append(count_at)
    plan_at = min(instants, default=None)
    dates = {group: day.isoformat() for group, day in person.medicine_dates.items()}
    is_counted = person.medicine_dates and dates != preference.medicine_dates
    if preference.plan_at != plan_at or is_counted:
        preference.plan_at = plan_at
        if is_counted:
            preference.medicine_dates = dates
        changes.preferences.append(preference)


def lock_users(user_ids: Collection[int]) -> list[User]:
    """Return these users, locked until the transaction ends.

    Of two plans the second then starts from the result of the first. The order is always the same, so that two plans
    never wait for each other.
    """
    users = User.objects.select_for_update(no_key=True).filter(pk__in=user_ids)
    return list(users.order_by("pk"))


def diff_plans(
    user: User, slots: dict[Slot, datetime], reminders: list[Reminder], now: datetime, changes: Changes
) -> None:
    """Add to the changes what differs between the wanted slots and the existing reminders."""
    by_slot = {(reminder.kind, reminder.target_date, reminder.channel): reminder for reminder in reminders}
    planned = {(kind, channel) for kind, _target, channel in slots}
    for slot, reminder in by_slot.items():
        if slot in slots or reminder.state not in OPEN_STATES:
            continue
        # A recurring one that is due already is checked when it is sent: its plan has moved on to the next.
        has_moved_on = reminder.kind in RECURRING and (reminder.kind, reminder.channel) in planned
        if not has_moved_on or reminder.due_at > now:
            changes.outdated.append(reminder.pk)
    for (kind, target, channel), due in slots.items():
        existing = by_slot.get((kind, target, channel))
        if existing is None:
            if due > now:
                changes.new.append((user.pk, kind, channel, target, due))
            continue
        if existing.state in RESCHEDULABLE:
            needs_move = due > now
        else:
            is_changed = existing.state in OPEN_STATES and existing.due_at != due
            needs_move = is_changed and (existing.attempts == 0 or due > now)
        if needs_move:
            existing.due_at = existing.next_action_at = due
            changes.moved.append(existing)


def write_changes(changes: Changes) -> PlanCounts:
    """Write the changes, one query for each sort; what is being sent stays.

    A moved reminder starts again, as if it had never been tried.
    """
    cancelled = Reminder.objects.filter(pk__in=changes.outdated, state__in=OPEN_STATES).update(
        state=State.CANCELLED, worker_token="", next_action_at=None
    )
    created = statements.add_reminders(changes.new)
    ReminderPreference.objects.bulk_update(
        changes.preferences, ["plan_at", "medicine_dates"], batch_size=SLICE
    )
    by_due: dict[datetime, list[int]] = defaultdict(list)
    for reminder in changes.moved:
        by_due[reminder.due_at].append(reminder.pk)
    for due, pks in by_due.items():
        Reminder.objects.filter(pk__in=pks, state__in=[*OPEN_STATES, *RESCHEDULABLE]).update(
            state=State.SCHEDULED,
            due_at=due,
            next_action_at=due,
            attempts=0,
            uncertain_count=0,
            worker_token="",
            last_error="",
        )
    return PlanCounts(created, len(changes.moved), cancelled)


def plan_slice(user_ids: Collection[int], now: datetime) -> PlanCounts:
    """Plan many at once; when one of them cannot be planned, plan each separately.

    One that fails then is logged and tried again in an hour, so that the others can be planned.
    """
    try:
        return plan_many(user_ids, now)
    except DatabaseError:
        raise
    except Exception:
        log.exception("a slice of %s could not be planned at once", len(user_ids))
    total, later = PlanCounts(), now + timedelta(hours=1)
    for pk in user_ids:
        try:
            total += plan_many([pk], now)
        except DatabaseError:
            raise
        except Exception:
            log.exception("user %s could not be planned", pk)
            ReminderPreference.objects.filter(user=pk, plan_at__lte=now).update(plan_at=later)
    return total


def next_slice(after: int, size: int = SLICE) -> list[int]:
    """Return the next users, by primary key, that may have reminders: those with a record or with preferences."""
    user_ids: set[int] = set()
    for model in (Record, ReminderPreference):
        rows = model.objects.filter(user_id__gt=after).order_by("user_id")
        user_ids |= set(rows.values_list("user_id", flat=True)[:size])
    return sorted(user_ids)[:size]


def reconcile(now: datetime) -> PlanCounts:
    """Plan everybody again, which corrects and counts what a missed signal left behind."""
    total, after = PlanCounts(), 0
    while user_ids := next_slice(after):
        total += plan_slice(user_ids, now)
        after = user_ids[-1]
    return total
