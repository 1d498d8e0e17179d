"""The invitation a visitor came by, kept in the session through sign-up and log-in."""

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Invitation
from accounts.sharing import open_invitation

KEY = "invitation"


def store_token(request: HttpRequest, token: str) -> None:
    request.session[KEY] = token


def get_pending_invitation(request: HttpRequest) -> Invitation | None:
    """The invitation this visitor can still accept."""
    token = request.session.get(KEY)
    return open_invitation(token, timezone.now()) if isinstance(token, str) else None


def clear_token(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
