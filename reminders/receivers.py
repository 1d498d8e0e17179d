"""Listening: a changed session, booking, interval or zone moves its reminders in the same transaction."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import Record
from accounts.signals import schedule_changed
from reminders.planning import plan
from treatments.signals import session_changed


@receiver([session_changed, schedule_changed])
def replan(record: Record, now: datetime, **_kwargs: Any) -> None:
    plan(record, now)
