"""Whether a session has been confirmed with a second factor.

The session counts, not the account: one from before the enrolment is not confirmed.
"""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as RECORDS_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User

CONFIRMED_KEY = "second_factor_enrolled"


@receiver(authenticator_added)
def mark_as_confirmed(request: HttpRequest, user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Mark the session as confirmed: enrolling has just asked for a code or a touch."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        request.session[CONFIRMED_KEY] = user.pk


@receiver(authenticator_removed)
def forget_confirmation(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Once the last factor is removed, this session is no longer confirmed; other log-ins that need one end."""
    if Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        return
    request.session.pop(CONFIRMED_KEY, None)
    records = get_authentication_records(request, user)
    request.session[RECORDS_KEY] = [record for record in records if record.get("method") != "mfa"]
    if user.sees_others:
        end_other_sessions(request, user)


def is_confirmed(request: HttpRequest) -> bool:
    """Whether this session was opened, or confirmed since, with a second factor."""
    if request.user.pk is not None and request.session.get(CONFIRMED_KEY) == request.user.pk:
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))
