"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.access import has_record
from accounts.models import User

THEMES = ("system", "light", "dim")


def theme_of(request: HttpRequest) -> str:
    """The reader's theme, from the cookie, so that the first byte is in the right light."""
    chosen = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return chosen if chosen in THEMES else "system"


def page(request: HttpRequest) -> dict[str, Any]:
    """theme, DEMO, is_patient, is_clinician."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    return {
        "theme": theme_of(request),
        "DEMO": settings.DEMO,
        "is_patient": bool(person and has_record(person)),
        "is_clinician": bool(person and person.is_clinician),
    }
