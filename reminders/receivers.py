"""Signal receivers: a changed session, booking, interval or zone moves its reminders in the same transaction."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import Record, User
from accounts.signals import clock_moved, row_restored, schedule_changed
from core.crypto import renew_column
from core.signals import Renewal, secret_renewal
from reminders.delivery.push import PURPOSE
from reminders.models import PushKey
from reminders.scheduling.planning import plan
from treatments.models import Booking
from treatments.signals import session_changed


@receiver([session_changed, schedule_changed])
def replan_record(record: Record, now: datetime, **_kwargs: Any) -> None:
    plan(record.user, now)


@receiver(row_restored, sender=Booking)
def replan_restored_booking(record: Record, now: datetime, **_kwargs: Any) -> None:
    plan(record.user, now)


@receiver(clock_moved)
def replan_person(user: User, now: datetime, **_kwargs: Any) -> None:
    plan(user, now)


@receiver(secret_renewal)
def renew_push_key(write: bool, **_kwargs: Any) -> Renewal:
    return renew_column("key of push", PushKey.objects.all(), "encrypted_key", PURPOSE, write=write)
