"""Signal receivers: a changed session, booking, interval or zone moves its reminders in the same transaction."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.dispatch import receiver

from accounts.models import Record, User
from accounts.signals import clock_moved, row_restored, schedule_changed
from core.crypto import renew_column
from core.signals import Renewal, nightly, secret_renewal
from reminders.delivery.push import PURPOSE
from reminders.models import OperatorAction, PushKey
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


@receiver(nightly)
def delete_old_operator_actions(now: datetime, **_kwargs: Any) -> int:
    before = now - timedelta(days=settings.KEEP_AUDIT_DAYS)
    deleted, _by_model = OperatorAction.objects.filter(at__lt=before).delete()
    return deleted


@receiver(secret_renewal)
def renew_push_key(write: bool, **_kwargs: Any) -> Renewal:
    return renew_column("key of push", PushKey.objects.all(), "encrypted_key", PURPOSE, write=write)
