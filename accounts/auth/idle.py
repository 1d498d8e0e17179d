"""Log-out after a time without activity: for clinicians after 30 minutes, for patients if they have chosen so.

The server ends the log-in; static/js/accounts/idle.js warns two minutes before. Activity is what a person does: a page,
a form, a key.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

LAST_ACTIVITY_KEY = "idle_seen"
# The session is not written more often, so a log-in may end up to a minute early, and never late.
WRITE_AFTER = timedelta(minutes=1)
MAX_CLINICIAN_MINUTES = 30
# Routes that browsers and machines request by themselves.
BACKGROUND_ROUTES = (
    "healthz",
    "healthz_reminders",
    "metrics",
    "service_worker",
    "device_facts",
    "offline",
    "manifest",
)


def get_idle_limit(user: object) -> timedelta | None:
    """Return after how long without activity this user is logged out; None for never."""
    if not isinstance(user, User):
        return None
    minutes = user.idle_minutes
    if user.is_clinician or user.is_operator:
        minutes = min(minutes or MAX_CLINICIAN_MINUTES, MAX_CLINICIAN_MINUTES)
    return timedelta(minutes=minutes) if minutes else None


def remaining(session: SessionBase, limit: timedelta, now: datetime) -> timedelta:
    """Return how long the log-in still lasts; zero or less once it is over."""
    last_activity = session.get(LAST_ACTIVITY_KEY)
    return (
        limit - (now - datetime.fromtimestamp(last_activity, now.tzinfo))
        if last_activity is not None
        else limit
    )


def record_activity(session: SessionBase, now: datetime, *, after: timedelta = timedelta(0)) -> None:
    """Store the time of an activity, unless the stored one is less than `after` ago."""
    last_activity = session.get(LAST_ACTIVITY_KEY)
    # A stored time in the future was written before the clock was put back.
    if (
        last_activity is None
        or not timedelta(0) <= now - datetime.fromtimestamp(last_activity, now.tzinfo) < after
    ):
        session[LAST_ACTIVITY_KEY] = now.timestamp()


class IdleLogout:
    """Middleware that logs out a user without activity. It runs before LoginRequired, which then shows the log-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> None:
        limit, now = get_idle_limit(request.user), timezone.now()
        if limit is None:
            # A time stored under an earlier choice must not count once there is a limit again.
            request.session.pop(LAST_ACTIVITY_KEY, None)
        elif remaining(request.session, limit, now) <= timedelta(0):
            logout(request)
            messages.info(request, _("You were logged out because nothing happened for a while."))
        else:
            route = request.resolver_match.url_name if request.resolver_match else None
            # Browsers that load pages in advance say so by Sec-Purpose.
            if route not in BACKGROUND_ROUTES and "Sec-Purpose" not in request.headers:
                record_activity(request.session, now, after=WRITE_AFTER)
