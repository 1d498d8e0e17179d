"""What a person, her mail program or a mail server changes: wishes, stops, devices, addresses, a day by letter."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.access import hold
from accounts.models import Record, User
from core.dates import day_of
from headaches.actions import answer, state_on
from headaches.models import DiaryDay
from headaches.rhythm import DAILY, WEEKLY
from reminders.delivery.push import is_push_service
from reminders.delivery.worker import stop_address
from reminders.emails.links import address_mark, answer_key, stop_key
from reminders.models import (
    Kind,
    OperatorNote,
    Pulse,
    PushDevice,
    Reminder,
    ReminderPreference,
)
from reminders.scheduling.planning import held, plan

MOST_DEVICES = 10


@transaction.atomic
def save_wishes(*, user: User, kept: ReminderPreference, now: datetime) -> None:
    """Store what was chosen, and bring the ledger in line."""
    held([user.pk])
    kept.user = user
    stored = ReminderPreference.objects.filter(user=user).values_list("pk", flat=True).first()
    kept.pk = stored
    kept.save(force_insert=stored is None, force_update=stored is not None)
    plan(user, now)


def change_wishes(*, user: User, now: datetime, **values: Any) -> None:
    """Change some of the wishes and leave the others."""
    with transaction.atomic():
        held([user.pk])
        ReminderPreference.objects.update_or_create(user=user, defaults=values)
        plan(user, now)


def letter_of_stop_link(token: str) -> Reminder | None:
    key = stop_key(token)
    return Reminder.objects.filter(key=key).select_related("user").first() if key else None


def stop(*, token: str, everything: bool, now: datetime) -> None:
    """End letters like the one this link came with, or all letters by mail. A made-up link does nothing."""
    row = letter_of_stop_link(token)
    if row is None:
        return
    if everything:
        change_wishes(user=row.user, now=now, by_mail=False)
    elif row.kind in (DAILY, WEEKLY):
        change_wishes(user=row.user, now=now, diary=False)
    else:
        change_wishes(user=row.user, now=now, **{Kind(row.kind).value: False})


def letter_to_answer(token: str, now: datetime) -> tuple[Reminder, Record] | None:
    """The letter and the record an answer link is for; None for a made-up or old link, or a closed account."""
    key = answer_key(token)
    row = Reminder.objects.filter(key=key, kind=Kind.DAILY).select_related("user").first() if key else None
    if row is None or not row.user.is_active:
        return None
    record = Record.objects.select_related("user").filter(user=row.user).first()
    if record is None or row.target_date > day_of(row.user, now):
        return None
    return row, record


@transaction.atomic
def answer_by_letter(*, row: Reminder, record: Record, said: str, now: datetime) -> str:
    """Record the day of the letter, if it has no entry yet. Answers the state the day has by now.

    The link overwrites nothing: whoever holds it can neither change an entry nor learn one.
    """
    hold(record)
    if said not in ("free", *DiaryDay.Intensity.values):
        raise ValidationError(_("Choose one of the four answers."))
    before = state_on(record, row.target_date)
    if before is not None and before != said:
        raise ValidationError(_("This day has an entry already. Open your page to change it."))
    if before is None:
        answer(record=record, on=row.target_date, said=said, today=day_of(record.user, now), now=now)
    return said


@transaction.atomic
def add_device(*, user: User, endpoint: str, p256dh: str, auth: str, name: str, now: datetime) -> None:
    """Keep a browser's push subscription and send letters there. The same browser twice is one device."""
    if not is_push_service(endpoint):
        raise ValidationError(_("This browser's push service is not known here."))
    held([user.pk])
    if PushDevice.objects.filter(user=user).exclude(endpoint=endpoint).count() >= MOST_DEVICES:
        raise ValidationError(_("Ten devices are listed already. Remove one first."))
    PushDevice.objects.update_or_create(
        endpoint=endpoint,
        defaults={"user": user, "p256dh": p256dh, "auth": auth, "name": name[:80], "added_at": now},
    )
    change_wishes(user=user, now=now, by_push=True)


@transaction.atomic
def remove_device(*, device: PushDevice, now: datetime) -> None:
    """Forget a device; with the last one, letters on devices end."""
    user = device.user
    held([user.pk])
    device.delete()
    if not PushDevice.objects.filter(user=user).exists():
        change_wishes(user=user, now=now, by_push=False)


def try_address_again(*, user: User) -> None:
    """She says the address works again."""
    User.objects.filter(pk=user.pk).update(stopped_email="")


def letter_bounced(*, key: str, mark: str) -> bool:
    """A letter could not be delivered, ever. Answers whether the ledger knows it, and the address it went to is still
    hers: a report about the one before may come days after she has entered another."""
    row = Reminder.objects.filter(key=key).select_related("user").first()
    if row is None or not constant_time_compare(mark, address_mark(key, row.user.email)):
        return False
    return stop_address(row.user_id, row.user.email)


def address_bounced(*, email: str) -> bool:
    """An address is dead. Answers whether somebody here has it."""
    user = User.objects.filter(email=email.lower()).first()
    return user is not None and stop_address(user.pk, user.email)


def noted(
    *, operator: User, action: OperatorNote.Action, now: datetime, reminder_id: int | None = None
) -> None:
    OperatorNote.objects.create(user=operator, action=action, reminder_id=reminder_id, at=now)


def pulses() -> QuerySet[Pulse]:
    return Pulse.objects.order_by("job")


def latest_notes() -> QuerySet[OperatorNote]:
    return OperatorNote.objects.select_related("user")[:20]
