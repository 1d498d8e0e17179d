"""What Django and allauth signal becomes entries of the audit log."""

from typing import Any

from allauth.account.signals import email_changed, password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from accounts.audit.log import Action, log_event, log_failure_of_nobody
from accounts.models import User

OWN_EVENTS = (
    (user_logged_in, Action.LOGGED_IN),
    (user_logged_out, Action.LOGGED_OUT),
    (password_changed, Action.PASSWORD_CHANGED),
    (password_set, Action.PASSWORD_CHANGED),
    (password_reset, Action.PASSWORD_CHANGED),
    (email_changed, Action.EMAIL_CHANGED),
    (authenticator_added, Action.FACTOR_ADDED),
    (authenticator_removed, Action.FACTOR_REMOVED),
    (authenticator_reset, Action.FACTOR_RESET),
)
ACTIONS = dict(OWN_EVENTS)


@receiver([*ACTIONS])
def log_own_event(
    signal: Any, user: User | None, authenticator: Authenticator | None = None, **_kwargs: Any
) -> None:
    """Write what a user did with her own account. A log-out may be of nobody."""
    if user is not None and user.pk is not None:
        detail = authenticator.type if authenticator else ""
        log_event(user, ACTIONS[signal], actor=user, now=timezone.now(), detail=detail)


@receiver(authentication_failed)
def log_wrong_code(user: User, **_kwargs: Any) -> None:
    log_event(user, Action.CODE_FAILED, actor=None, now=timezone.now())


@receiver(user_login_failed)
def log_failed_log_in(credentials: dict[str, Any], **_kwargs: Any) -> None:
    """Write a failed log-in. Who tried is not known, so the entry has no actor."""
    log_attempt(credentials, Action.LOG_IN_FAILED)


def log_attempt(credentials: dict[str, Any], action: Action) -> None:
    """Write an attempt to log in under an address, whether it has an account or not."""
    email = credentials.get("email") or credentials.get("username") or ""
    user = User.objects.filter(email=str(email).lower()).first()
    if user:
        log_event(user, action, actor=None, now=timezone.now())
    else:
        log_failure_of_nobody(action, now=timezone.now())
