"""Has this log-in shown a second factor? Asked of the session, not of the account:
a session from before the enrolment has shown none."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User

SHOWN = "second_factor_enrolled"


@receiver(authenticator_added)
def mark_as_shown(request: HttpRequest, user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Enrolling asks for a code or a touch: this session has shown the factor it set up."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        request.session[SHOWN] = user.pk


@receiver(authenticator_removed)
def forget_shown(request: HttpRequest, **_kwargs: Any) -> None:
    """Without the factor, what was shown of it counts no longer."""
    request.session.pop(SHOWN, None)


def is_enrolled(user: User) -> bool:
    """Whether the account has a factor beside recovery codes."""
    factors = Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return bool(factors.exists())


def has_shown(request: HttpRequest) -> bool:
    """Whether this session was opened, or has since been proven, with a second factor."""
    if request.user.pk is not None and request.session.get(SHOWN) == request.user.pk:
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))
