"""The quiet mode for a bad day: chosen by one switch, kept in a cookie, over by itself on the next day."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from core.dates import local_date

# The cookie names a day; it need not outlive the longest one, a day when clocks go back, by much.
LIFE = 26 * 3600


def is_pain_mode(request: HttpRequest, user: User, now: datetime) -> bool:
    """Whether the switch was set on this very day of hers."""
    return request.COOKIES.get(settings.PAIN_COOKIE_NAME) == local_date(user, now).isoformat()


def start_pain_mode(response: HttpResponse, user: User, now: datetime) -> None:
    response.set_cookie(
        settings.PAIN_COOKIE_NAME,
        local_date(user, now).isoformat(),
        max_age=LIFE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def end_pain_mode(response: HttpResponse) -> None:
    response.delete_cookie(settings.PAIN_COOKIE_NAME, samesite="Lax")
