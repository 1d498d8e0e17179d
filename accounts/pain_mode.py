"""The quiet mode for a bad day: chosen by one switch, kept in a cookie, over by itself on the next day."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from core.dates import day_of

# The cookie names a day; it need not outlive the longest one, a day when clocks go back, by much.
LIFE = 26 * 3600


def in_pain(request: HttpRequest, user: User, now: datetime) -> bool:
    """Whether the switch was set on this very day of hers."""
    return request.COOKIES.get(settings.PAIN_COOKIE_NAME) == day_of(user, now).isoformat()


def set_pain(response: HttpResponse, user: User, now: datetime) -> None:
    response.set_cookie(
        settings.PAIN_COOKIE_NAME,
        day_of(user, now).isoformat(),
        max_age=LIFE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def end_pain(response: HttpResponse) -> None:
    response.delete_cookie(settings.PAIN_COOKIE_NAME, samesite="Lax")
