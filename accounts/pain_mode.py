"""Pain mode for a bad day: one switch, stored in a cookie, over by itself on the next day."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from core.dates import local_date

# The cookie holds a date; the longest day, on which clocks go back, has 25 hours.
COOKIE_AGE = 26 * 3600


def is_pain_mode(request: HttpRequest, user: User, now: datetime) -> bool:
    """Whether the user switched it on today, by her own clock."""
    return request.COOKIES.get(settings.PAIN_COOKIE_NAME) == local_date(user, now).isoformat()


def start_pain_mode(response: HttpResponse, user: User, now: datetime) -> None:
    response.set_cookie(
        settings.PAIN_COOKIE_NAME,
        local_date(user, now).isoformat(),
        max_age=COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def end_pain_mode(response: HttpResponse) -> None:
    response.delete_cookie(settings.PAIN_COOKIE_NAME, samesite="Lax")
