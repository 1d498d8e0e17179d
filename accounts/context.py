"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.access import has_record
from accounts.calm import in_pain
from accounts.models import User

THEMES = ("system", "light", "dim")


def theme_of(request: HttpRequest) -> str:
    """The reader's theme, from the cookie, so that the first byte is in the right light."""
    chosen = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return chosen if chosen in THEMES else "system"


def page(request: HttpRequest) -> dict[str, Any]:
    """theme, DEMO, is_patient, is_clinician, pain."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    theme, pain = theme_of(request), bool(person and in_pain(request, person, timezone.now()))
    return {
        # Dim on a bad day, unless she has chosen light by hand.
        "theme": "dim" if pain and theme == "system" else theme,
        "pain": pain,
        "DEMO": settings.DEMO,
        "is_patient": bool(person and has_record(person)),
        "is_clinician": bool(person and person.is_clinician),
    }
