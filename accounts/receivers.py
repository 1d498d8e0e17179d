"""Nightly jobs of sessions, drafts, audit log and accounts; renewed encryption after a change of SECRET_KEY."""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.dispatch import receiver

from accounts.audit.trim import trim_trails
from accounts.audit.verify import find_faults_of_night
from accounts.auth.adapters import MFA_PURPOSE, SECRET_FIELDS
from accounts.auth.sessions import SESSION_PURPOSE, renew_session
from accounts.erasure import erase_due
from accounts.models import Draft, Invitation
from core.crypto import encrypt_anew, is_encrypted_with_present_key
from core.signals import Renewal, nightly, secret_renewal

log = logging.getLogger(__name__)
MAX_LOGGED_FAULTS: Final = 20


@receiver(nightly)
def delete_expired_sessions(now: datetime, **_kwargs: Any) -> int:
    """Delete expired sessions, and the list of log-ins that refer to them."""
    deleted, _by_model = Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return deleted


@receiver(nightly)
def delete_old_drafts(now: datetime, **_kwargs: Any) -> int:
    deleted, _by_model = Draft.objects.filter(
        saved_at__lt=now - timedelta(days=settings.KEEP_DRAFT_DAYS)
    ).delete()
    return deleted


@receiver(nightly)
def delete_old_audit_entries(now: datetime, **_kwargs: Any) -> int:
    return trim_trails(now - timedelta(days=settings.KEEP_AUDIT_DAYS), now)


@receiver(nightly)
def delete_ended_invitations(now: datetime, **_kwargs: Any) -> int:
    """Delete invitations that nobody accepted: they hold the address of somebody who may have no account."""
    before = now - timedelta(days=settings.KEEP_INVITATION_DAYS)
    has_ended = Q(expires_at__lt=before) | Q(withdrawn_at__lt=before)
    deleted, _by_model = Invitation.objects.filter(has_ended, accepted_at=None).delete()
    return deleted


@receiver(nightly)
def verify_audit_log(now: datetime, **_kwargs: Any) -> int:
    """Write each fault of the audit log into the log; return how many there are. Metrics show the number."""
    faults = list(find_faults_of_night(now))
    for fault in faults[:MAX_LOGGED_FAULTS]:
        log.error("audit log: %s", fault)
    return len(faults)


@receiver(nightly)
def erase_closed_accounts(now: datetime, **_kwargs: Any) -> int:
    return erase_due(now)


@receiver(secret_renewal)
def renew_sessions(now: datetime, write: bool, **_kwargs: Any) -> Renewal:
    """Renew what open log-ins hold. One that is written meanwhile is renewed by that."""
    renewal = Renewal("log-ins", SESSION_PURPOSE)
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        renewal.total += 1
        renewed = renew_session(session.session_data)
        if renewed is None:
            renewal.unreadable += 1
        elif renewed != session.session_data:
            renewal.stale += 1
            if write:
                same = Session.objects.filter(pk=session.pk, session_data=session.session_data)
                same.update(session_data=renewed)
    return renewal


@receiver(secret_renewal)
def renew_second_factors(write: bool, **_kwargs: Any) -> Renewal:
    """Renew secrets of apps and seeds of recovery codes."""
    renewal = Renewal("second factors", MFA_PURPOSE)
    for factor in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).iterator():
        before = {name: factor.data[name] for name in SECRET_FIELDS & factor.data.keys()}
        renewal.total += 1
        if all(is_encrypted_with_present_key(MFA_PURPOSE, value) for value in before.values()):
            continue
        after = {name: encrypt_anew(MFA_PURPOSE, value) for name, value in before.items()}
        if not all(after.values()):
            renewal.unreadable += 1
            continue
        renewal.stale += 1
        if write:
            Authenticator.objects.filter(pk=factor.pk, data=factor.data).update(data=factor.data | after)
    return renewal
