"""Context of every template."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.access import has_record
from accounts.auth import idle
from accounts.deletions import get_deletion_notice
from accounts.models import User
from accounts.pain_mode import is_pain_mode
from core.crypto import list_secrets

THEMES = ("system", "light", "dim")


def get_theme(request: HttpRequest) -> str:
    """Return the theme from the cookie, so that the page never flashes in another one."""
    theme = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return theme if theme in THEMES else "system"


def device_owner_codes(user: User) -> list[str]:
    """Return the code that says whose data a device stores, and nothing else about the user.

    Behind it those of SECRET_KEY_FALLBACKS, under which a device may still store what waits to be sent.
    """
    return [
        salted_hmac("accounts.device_mark", str(user.pk), secret=secret).hexdigest()[:16]
        for secret in list_secrets()
    ]


def count_idle_seconds(request: HttpRequest, person: User | None) -> int | None:
    """Return the seconds until the log-in ends without activity; None without such a limit."""
    left = idle.get_remaining(request.session, person, timezone.now()) if person else None
    return None if left is None else int(left.total_seconds())


def is_warm(request: HttpRequest) -> bool:
    """Whether the cookie asks for the warm tint."""
    return request.COOKIES.get(settings.WARM_COOKIE_NAME) == "on"


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of base.html.

    owner_codes: the present one of a patient's device and those before it, else []; idle_left: seconds or None;
    deletion: the notice of a deleted row, or None.
    """
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    is_patient = bool(person and has_record(person))
    theme, pain = get_theme(request), bool(person and is_pain_mode(request, person, timezone.now()))
    return {
        # Dim in pain mode, unless the user has chosen a theme.
        "theme": "dim" if pain and theme == "system" else theme,
        "warm": is_warm(request),
        "pain": pain,
        "DEMO": settings.DEMO,
        "has_imprint": bool(settings.IMPRINT),
        "is_patient": is_patient,
        "owner_codes": device_owner_codes(person) if person and is_patient else [],
        "deletion": get_deletion_notice(request, person),
        "idle_left": count_idle_seconds(request, person),
        "is_clinician": bool(person and person.is_clinician),
    }
