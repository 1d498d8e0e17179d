"""Nightly clean-up of changes of days."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.dispatch import receiver

from core.signals import nightly
from headaches.models import DayChange, DeviceChange


@receiver(nightly)
def delete_old_changes(now: datetime, **_kwargs: Any) -> int:
    """Delete what days were before and after old changes. The days stay, and so does what nobody has decided yet."""
    before = now - timedelta(days=settings.KEEP_CHANGE_DAYS)
    undecided = DeviceChange.objects.filter(outcome=DeviceChange.Outcome.ASKED)
    is_old = Q(change__at__lt=before) | Q(change=None, date__lt=before.date())
    entries, _by_model = DeviceChange.objects.filter(is_old).exclude(pk__in=undecided.values("pk")).delete()
    changes, _by_model = DayChange.objects.filter(at__lt=before, device_change=None).delete()
    return entries + changes
