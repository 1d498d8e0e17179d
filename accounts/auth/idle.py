"""Log-out after a time without activity: for clinicians after 30 minutes, for patients if they have chosen so.

Log-ins of who sees data of others end after twelve hours in any case.

The server ends the log-in; static/js/accounts/idle.js warns two minutes before. Activity is what a person does: a page,
a form, a key.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

LAST_ACTIVITY_KEY = "idle_seen"
LOGGED_IN_KEY = "logged_in_at"
MAX_LOG_IN = timedelta(hours=12)
# The session is not written more often, so a log-in may end up to a minute early, and never late.
WRITE_AFTER = timedelta(minutes=1)
MAX_CLINICIAN_MINUTES = 30
# Routes that browsers and machines request by themselves.
BACKGROUND_ROUTES = (
    "healthz",
    "healthz_reminders",
    "healthz_mail",
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
    if user.sees_others:
        minutes = min(minutes or MAX_CLINICIAN_MINUTES, MAX_CLINICIAN_MINUTES)
    return timedelta(minutes=minutes) if minutes else None


@receiver(user_logged_in)
def record_log_in(request: HttpRequest, **_kwargs: Any) -> None:
    request.session[LOGGED_IN_KEY] = timezone.now().timestamp()


def is_idle(session: SessionBase, user: object, now: datetime) -> bool:
    """Whether the log-in is over because nothing happened."""
    limit = get_idle_limit(user)
    return limit is not None and limit <= measure_since(session, LAST_ACTIVITY_KEY, now)


def get_remaining(session: SessionBase, user: object, now: datetime) -> timedelta | None:
    """Return how long the log-in still lasts, zero or less once it is over; None for one that does not end."""
    ends = []
    limit = get_idle_limit(user)
    if limit is not None:
        ends.append(limit - measure_since(session, LAST_ACTIVITY_KEY, now))
    if isinstance(user, User) and user.sees_others:
        ends.append(MAX_LOG_IN - measure_since(session, LOGGED_IN_KEY, now))
    return min(ends, default=None)


def measure_since(session: SessionBase, key: str, now: datetime) -> timedelta:
    """Return the time since what the session stores under this key; none if it stores nothing."""
    stored = session.get(key)
    return now - datetime.fromtimestamp(stored, now.tzinfo) if stored is not None else timedelta(0)


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
        now = timezone.now()
        left = get_remaining(request.session, request.user, now)
        if left is None:
            # A time stored under an earlier choice must not count once there is a limit again.
            request.session.pop(LAST_ACTIVITY_KEY, None)
        elif left <= timedelta(0):
            message = (
                _("You were logged out because nothing happened for a while.")
                if is_idle(request.session, request.user, now)
                else _("You were logged out because a log-in lasts twelve hours at most.")
            )
            logout(request)
            messages.info(request, message)
        else:
            route = request.resolver_match.url_name if request.resolver_match else None
            # Browsers that load pages in advance say so by Sec-Purpose.
            if route not in BACKGROUND_ROUTES and "Sec-Purpose" not in request.headers:
                record_activity(request.session, now, after=WRITE_AFTER)
