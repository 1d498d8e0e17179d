"""Changes of settings that move due dates or local times; signals tell other apps in the same transaction."""

from datetime import datetime

from django.db import transaction

from accounts.audit.log import log_changed_settings
from accounts.forms import ProfileForm, RecordForm
from accounts.models import Record, User
from accounts.signals import clock_moved, schedule_changed


@transaction.atomic
def save_profile(*, form: ProfileForm, record: Record | None, now: datetime) -> None:
    user = form.save()
    log_changed_settings(user, form.changed_data, now, actor=user)
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
    log_changed_settings(record.user, form.changed_data, now, actor=record.user)
    if {"interval_days", "rhythm"} & set(form.changed_data):
        schedule_changed.send(sender=Record, record=record, now=now)
