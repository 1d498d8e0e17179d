"""The invitation of a visitor, stored in the session through sign-up and log-in."""

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Invitation
from accounts.sharing import open_invitation

SESSION_KEY = "invitation"


def get_pending_invitation(request: HttpRequest) -> Invitation | None:
    """Return the invitation this visitor can still accept; None without one."""
    token = request.session.get(SESSION_KEY)
    return open_invitation(token, timezone.now()) if isinstance(token, str) else None


def clear_token(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
