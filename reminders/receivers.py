"""Listening: a changed session, booking, interval or zone moves its reminders in the same transaction."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.dispatch import receiver

from accounts.models import Record, User
from accounts.signals import clock_moved, demo_made, schedule_changed
from reminders.actions import change_preferences
from reminders.scheduling.planning import plan
from treatments.signals import session_changed


@receiver([session_changed, schedule_changed])
def replan_record(record: Record, now: datetime, **_kwargs: Any) -> None:
    plan(record.user, now)


@receiver(clock_moved)
def replan_person(user: User, now: datetime, **_kwargs: Any) -> None:
    plan(user, now)


@receiver(demo_made)
def set_demo_preferences(users: list[User], now: datetime, **_kwargs: Any) -> None:
    """Each of the demo's people has chosen something else, so early that a letter of most kinds lies in the mailbox."""
    for user in users:
        local = now.astimezone(ZoneInfo(user.time_zone))
        hour = local.replace(minute=0, second=0, microsecond=0)
        name = user.email.partition("@")[0]
        chosen: dict[str, dict[str, Any]] = {
            "patient": {
                "remind_to_write": True,
                "remind_14_days_after": True,
                "allow_detail": True,
                "send_summary": True,
            },
            "new": {
                "remind_to_write": True,
                "diary_hour": local.hour,
                "remind_7_days_after": True,
                "remind_14_days_after": True,
            },
            "thin": {"remind_to_write": True, "weekday": 6},
            "clinician": {"send_digest": True, "hour": 8, "weekday": (local - timedelta(hours=9)).weekday()},
        }
        # Noor ten days ago, after her session; the others just before the letters that shall be there.
        since = {"new": timedelta(days=10), "clinician": timedelta(hours=26)}.get(name, timedelta(hours=1))
        change_preferences(user=user, now=hour - since, **chosen.get(name, {}))
        plan(user, hour - timedelta(hours=1))
