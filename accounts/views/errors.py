"""Error pages that need neither database nor session."""

import re
import sys
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import translation
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from accounts.context_processors import get_theme, is_warm

RETRY_AFTER: Final = 30  # seconds


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. Host or session may be what is wrong, so neither is used here."""
    return render_error(request, "400.html", 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database or the cache cannot be reached. Neither is used; the theme still is the user's."""
    if not is_outage(sys.exc_info()[1]):
        return render_error(request, "500.html", 500)
    response = render_error(request, "503.html", 503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def is_outage(error: BaseException | None) -> bool:
    """Whether an error, or one behind it, says that the database or the cache cannot be reached now."""
    while error is not None:
        if isinstance(error, InterfaceError | RedisConnectionError | RedisTimeoutError):
            return True
        # SQLite raises the same for an error of ours, such as a missing table.
        if isinstance(error, OperationalError) and not re.search("no such|near ", str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def render_error(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """Render a page without user, form or messages."""
    with translation.override(translation.get_language_from_request(request)):
        context = {
            "theme": get_theme(request), "warm": is_warm(request), "LANGUAGE_CODE": translation.get_language(),
            "LANGUAGE_BIDI": translation.get_language_bidi(),
        }  # fmt: skip
        return HttpResponse(loader.render_to_string(template, context), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid token: says why, and how to go on."""
    has_cookie = settings.CSRF_COOKIE_NAME in request.COOKIES
    return render(request, "403_csrf.html", {"has_cookie": has_cookie}, status=403)
