"""Changing settings that move due dates or local times: announced in the same transaction."""

from datetime import datetime

from django.db import transaction

from accounts.forms import ProfileForm, RecordForm
from accounts.models import Record
from accounts.signals import schedule_changed


@transaction.atomic
def save_profile(*, form: ProfileForm, record: Record | None, now: datetime) -> None:
    user = form.save()
    if record and "time_zone" in form.changed_data:
        record.user = user
        schedule_changed.send(sender=Record, record=record, now=now)


@transaction.atomic
def save_record(*, form: RecordForm, now: datetime) -> None:
    record = form.save()
    if "interval_days" in form.changed_data:
        schedule_changed.send(sender=Record, record=record, now=now)
