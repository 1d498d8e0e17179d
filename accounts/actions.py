"""Changes of settings that move due dates or local times; signals tell other apps in the same transaction."""

from datetime import datetime

from django.db import transaction

from accounts.forms import ProfileForm, RecordForm
from accounts.models import Record, User
from accounts.signals import clock_moved, schedule_changed


@transaction.atomic
def save_profile(*, form: ProfileForm, record: Record | None, now: datetime) -> None:
    user = form.save()
    if "time_zone" not in form.changed_data:
        return
    if record:
        record.user = user
        schedule_changed.send(sender=Record, record=record, now=now)
    else:
        clock_moved.send(sender=User, user=user, now=now)


@transaction.atomic
def save_record(*, form: RecordForm, now: datetime) -> None:
    record = form.save()
    if {"interval_days", "rhythm"} & set(form.changed_data):
        schedule_changed.send(sender=Record, record=record, now=now)
