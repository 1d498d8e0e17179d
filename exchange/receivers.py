"""Nightly clean-up of uploads."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from core.signals import nightly
from exchange.imports.draft import delete_expired


@receiver(nightly)
def delete_expired_uploads(now: datetime, **_kwargs: Any) -> int:
    return delete_expired(now)
