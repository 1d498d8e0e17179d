"""Changes of settings that move due dates or local times; signals tell other apps in the same transaction."""

from datetime import datetime

from django.db import transaction

from accounts.audit.log import Action, log_event
from accounts.forms import ProfileForm, RecordForm
from accounts.models import Record, User
from accounts.signals import clock_moved, schedule_changed


@transaction.atomic
def save_profile(*, form: ProfileForm, record: Record | None, now: datetime) -> None:
    user = form.save()
    log_changed_settings(user, form.changed_data, now)
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
    log_changed_settings(record.user, form.changed_data, now)
    if {"interval_days", "rhythm"} & set(form.changed_data):
        schedule_changed.send(sender=Record, record=record, now=now)


def log_changed_settings(user: User, changed: list[str], now: datetime) -> None:
    """Write which settings a user changed, by the names of their fields, into the audit log."""
    if changed:
        log_event(user, Action.SETTINGS_CHANGED, actor=user, now=now, detail=", ".join(changed)[:64])
