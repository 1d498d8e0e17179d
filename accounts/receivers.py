"""Nightly clean-up of sessions and drafts."""

from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.dispatch import receiver

from accounts import drafts
from accounts.audit.trim import trim_trails
from accounts.erasure import erase_due
from accounts.models import Draft
from core.signals import nightly


@receiver(nightly)
def delete_expired_sessions(now: datetime, **_kwargs: Any) -> int:
    """Delete expired sessions, and the list of log-ins that refer to them."""
    deleted, _by_model = Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return deleted


@receiver(nightly)
def delete_old_drafts(now: datetime, **_kwargs: Any) -> int:
    deleted, _by_model = Draft.objects.filter(saved_at__lt=now - drafts.MAX_AGE).delete()
    return deleted


@receiver(nightly)
def delete_old_audit_entries(now: datetime, **_kwargs: Any) -> int:
    return trim_trails(now - timedelta(days=settings.KEEP_AUDIT_DAYS), now)


@receiver(nightly)
def erase_closed_accounts(now: datetime, **_kwargs: Any) -> int:
    return erase_due(now)
