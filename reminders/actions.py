"""Changes by a person, her mail program or a mail server: preferences, unsubscribing, devices, bounces, answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.audit.log import log_changed_settings
from accounts.models import Record, User
from core.dates import local_date
from headaches.actions import check_answer, lock_day, record_answer
from reminders.delivery.push import is_push_service
from reminders.delivery.worker import stop_bounced_address
from reminders.emails.links import is_address_hash, read_answer_token, read_unsubscribe_token
from reminders.models import JobHeartbeat, Kind, OperatorAction, PushDevice, Reminder, ReminderPreference
from reminders.rules import SWITCHES
from reminders.scheduling.planning import lock_users, plan

MAX_DEVICES = 10
# What entries of the audit log begin with.
AREA = "reminders"


@transaction.atomic
def save_preferences(
    *, user: User, preference: ReminderPreference, changed: Sequence[str], now: datetime
) -> None:
    """Store all preferences and plan the user's reminders again. changed: the names of the fields that are."""
    lock_users([user.pk])
    preference.user = user
    stored = ReminderPreference.objects.filter(user=user).first()
    if stored:  # a plan may have written the dates since the form was opened
        preference.pk, preference.medicine_dates = stored.pk, stored.medicine_dates
    preference.save(force_insert=stored is None, force_update=stored is not None)
    log_changed_settings(user, changed, now, actor=user, area=AREA)
    plan(user, now)


def change_preferences(*, user: User, now: datetime, **values: Any) -> None:
    """Change some preferences and plan the user's reminders again."""
    with transaction.atomic():
        lock_users([user.pk])
        ReminderPreference.objects.update_or_create(user=user, defaults=values)
        plan(user, now)


def get_reminder_to_unsubscribe(token: str) -> Reminder | None:
    """Return the reminder an unsubscribe link came with; None for an invalid link or a reminder that was deleted."""
    key = read_unsubscribe_token(token)
    return Reminder.objects.filter(key=key).select_related("user").first() if key else None


@transaction.atomic
def unsubscribe(*, reminder: Reminder, everything: bool, now: datetime) -> None:
    """Switch off e-mails like this one, or all e-mails. The link tells nobody who opened it."""
    switch = "by_email" if everything else SWITCHES[reminder.kind]
    stored = ReminderPreference.objects.filter(user=reminder.user).first() or ReminderPreference()
    if getattr(stored, switch):
        log_changed_settings(reminder.user, [switch], now, actor=None, area=AREA)
    change_preferences(user=reminder.user, now=now, **{switch: False})


def get_reminder_to_answer(token: str, now: datetime) -> tuple[Reminder, Record] | None:
    """Return reminder and record of an answer link; None for an invalid or expired link, or a closed account."""
    key = read_answer_token(token)
    reminders = Reminder.objects.filter(key=key, kind=Kind.DAILY).select_related("user")
    reminder = reminders.first() if key else None
    if reminder is None or not reminder.user.is_active:
        return None
    record = Record.objects.select_related("user").filter(user=reminder.user).first()
    if record is None or reminder.target_date > local_date(reminder.user, now):
        return None
    return reminder, record


@transaction.atomic
def answer_by_email(*, reminder: Reminder, record: Record, answer: str, now: datetime) -> bool:
    """Record the day of the reminder if it has no entry yet; return whether it was recorded. Raises ValidationError.

    The link overwrites nothing: whoever holds it can neither change an entry nor learn one. So an answer that equals
    the entry is told like any other.
    """
    check_answer(answer)
    locked_day = lock_day(record, reminder.target_date)
    if locked_day.day is not None:
        return False
    record_answer(
        record=record,
        date=reminder.target_date,
        answer=answer,
        today=local_date(record.user, now),
        now=now,
        locked_day=locked_day,
    )
    return True


@transaction.atomic
def add_device(*, user: User, endpoint: str, p256dh: str, auth: str, name: str, now: datetime) -> None:
    """Store a browser's push subscription and send reminders there. The same browser twice is one device."""
    if not is_push_service(endpoint):
        raise ValidationError(_("This browser's push service is not known here."))
    lock_users([user.pk])
    if PushDevice.objects.filter(user=user).exclude(endpoint=endpoint).count() >= MAX_DEVICES:
        raise ValidationError(_("You have ten devices already. Remove one first."))
    PushDevice.objects.update_or_create(
        endpoint=endpoint,
        defaults={"user": user, "p256dh": p256dh, "auth": auth, "name": name[:80], "added_at": now},
    )
    log_changed_settings(user, ["device added"], now, actor=user, area=AREA)
    change_preferences(user=user, now=now, by_push=True)


@transaction.atomic
def remove_device(*, device: PushDevice, now: datetime) -> None:
    """Remove a device; without any device, push is switched off."""
    user = device.user
    lock_users([user.pk])
    device.delete()
    log_changed_settings(user, ["device removed"], now, actor=user, area=AREA)
    if not PushDevice.objects.filter(user=user).exists():
        change_preferences(user=user, now=now, by_push=False)


def record_bounce(*, key: str, address_hash: str) -> bool:
    """Stop using an address that refused an e-mail for good; return whether it was stopped.

    It is not if the reminder is unknown, or was sent to an earlier address of the user: a report may come days late.
    """
    reminder = Reminder.objects.filter(key=key).select_related("user").first()
    if reminder is None or not is_address_hash(address_hash, key, reminder.user.email):
        return False
    return stop_bounced_address(reminder.user_id, reminder.user.email)


def log_operator_action(
    *, operator: User, action: OperatorAction.Action, now: datetime, reminder_id: int | None = None
) -> None:
    OperatorAction.objects.create(user=operator, action=action, reminder_id=reminder_id, at=now)


def load_heartbeats() -> QuerySet[JobHeartbeat]:
    return JobHeartbeat.objects.order_by("job")


def latest_operator_actions() -> QuerySet[OperatorAction]:
    return OperatorAction.objects.select_related("user")[:20]
