"""Whether a session has been confirmed with a second factor.

The session counts, not the account: one from before the enrolment is not confirmed.
"""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
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
def clear_confirmed(request: HttpRequest, **_kwargs: Any) -> None:
    """Forget the confirmation when the factor is removed."""
    request.session.pop(CONFIRMED_KEY, None)


def is_confirmed(request: HttpRequest) -> bool:
    """Whether this session was opened, or confirmed since, with a second factor."""
    if request.user.pk is not None and request.session.get(CONFIRMED_KEY) == request.user.pk:
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))
