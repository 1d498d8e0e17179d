"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.access import has_record
from accounts.auth import idle
from accounts.models import User
from accounts.pain_mode import is_pain_mode

THEMES = ("system", "light", "dim")


def get_theme(request: HttpRequest) -> str:
    """The reader's theme, from the cookie, so that the first byte is in the right light."""
    chosen = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return chosen if chosen in THEMES else "system"


def device_owner_code(user: User) -> str:
    """Names a person on her own devices, so that what one left behind is not taken for another's; tells nothing."""
    return salted_hmac("accounts.device_mark", str(user.pk)).hexdigest()[:16]


def idle_seconds_left(request: HttpRequest, person: User | None) -> int | None:
    """Seconds this log-in lasts while nothing is done; None without such a limit."""
    limit = idle.get_idle_limit(person)
    return int(idle.remaining(request.session, limit, timezone.now()).total_seconds()) if limit else None


def is_warm(request: HttpRequest) -> bool:
    """Whether the reader wants the warm tint, from the cookie."""
    return request.COOKIES.get(settings.WARM_COOKIE_NAME) == "on"


def page(request: HttpRequest) -> dict[str, Any]:
    """theme, warm, DEMO, is_patient, is_clinician, pain, idle_left; mark: names a patient on her device, else ""."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    is_patient = bool(person and has_record(person))
    theme, pain = get_theme(request), bool(person and is_pain_mode(request, person, timezone.now()))
    return {
        # Dim on a bad day, unless she has chosen light by hand.
        "theme": "dim" if pain and theme == "system" else theme,
        "warm": is_warm(request),
        "pain": pain,
        "DEMO": settings.DEMO,
        "is_patient": is_patient,
        "mark": device_owner_code(person) if person and is_patient else "",
        "idle_left": idle_seconds_left(request, person),
        "is_clinician": bool(person and person.is_clinician),
    }
