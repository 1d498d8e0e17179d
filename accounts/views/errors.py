"""Error pages that need neither database nor session."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import translation

from accounts.context_processors import get_theme, is_warm


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. Host or session may be what is wrong, so neither is used here."""
    return render_error(request, "400.html", 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. The database may be away, so it is not used; the theme still is the user's."""
    return render_error(request, "500.html", 500)


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
    return render(request, "403_csrf.html", status=403)
