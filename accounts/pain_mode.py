"""Pain mode for a bad day: one switch, stored in a cookie, over by itself on the next day."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from core.dates import local_date


def is_pain_mode(request: HttpRequest, user: User, now: datetime) -> bool:
    """Whether the user switched it on today, by her own clock."""
    return request.COOKIES.get(settings.PAIN_COOKIE_NAME) == local_date(user, now).isoformat()
