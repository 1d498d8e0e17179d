"""A log-in at which nothing is done ends: for clinicians after 30 minutes, for patients when they have chosen so.

The server ends it; static/js/accounts/idle.js says so two minutes before. Activity is what a
person does: a page, a form, a key.
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

SEEN = "idle_seen"
# The session is not written more often; so a log-in may end up to a minute early, and never late.
WRITE_AFTER = timedelta(minutes=1)
LONGEST_OF_CLINICIANS = 30
# Asked by browsers and machines on their own.
NOT_BY_HAND = (
    "healthz",
    "healthz_reminders",
    "metrics",
    "service_worker",
    "device_facts",
    "offline",
    "manifest",
)


def get_idle_limit(user: object) -> timedelta | None:
    """How long this person's log-in lasts while nothing is done; None for as long as it lasts anyway."""
    if not isinstance(user, User):
        return None
    minutes = user.idle_minutes
    if user.is_clinician or user.is_operator:
        minutes = min(minutes or LONGEST_OF_CLINICIANS, LONGEST_OF_CLINICIANS)
    return timedelta(minutes=minutes) if minutes else None


def remaining(session: SessionBase, limit: timedelta, now: datetime) -> timedelta:
    """How long the log-in still lasts; nothing or less once it is over."""
    seen = session.get(SEEN)
    return limit - (now - datetime.fromtimestamp(seen, now.tzinfo)) if seen is not None else limit


def record_activity(session: SessionBase, now: datetime, *, after: timedelta = timedelta(0)) -> None:
    """Something was done. Written when the last time is longer ago than `after`."""
    seen = session.get(SEEN)
    # A time ahead of the clock was written before the clock was put back.
    if seen is None or not timedelta(0) <= now - datetime.fromtimestamp(seen, now.tzinfo) < after:
        session[SEEN] = now.timestamp()


class IdleLogout:
    """Ends a log-in that was idle for too long. Before LoginRequired, which then leads to the log-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> None:
        limit, now = get_idle_limit(request.user), timezone.now()
        if limit is None:
            # What was noted under an earlier choice must not count once there is a limit again.
            request.session.pop(SEEN, None)
        elif remaining(request.session, limit, now) <= timedelta(0):
            logout(request)
            messages.info(request, _("You were logged out, for nothing was done for a while."))
        elif is_user_activity(request):
            record_activity(request.session, now, after=WRITE_AFTER)


def is_user_activity(request: HttpRequest) -> bool:
    """Whether a person asked for this, and not a browser that guesses ahead or a machine."""
    name = request.resolver_match.url_name if request.resolver_match else None
    return name not in NOT_BY_HAND and "Sec-Purpose" not in request.headers
