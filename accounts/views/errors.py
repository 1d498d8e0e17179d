"""Error pages that need neither database nor session."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import translation

from accounts.context_processors import get_theme, is_warm


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. What is wrong may be the host or the session: nothing of either is asked here."""
    return render_error(request, "400.html", 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. The database may be away: the page asks it nothing, and is in the reader's light all the same."""
    return render_error(request, "500.html", 500)


def render_error(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """A page that needs nothing but itself: no person, no form, no message."""
    with translation.override(translation.get_language_from_request(request)):
        context = {
            "theme": get_theme(request), "warm": is_warm(request), "LANGUAGE_CODE": translation.get_language(),
            "LANGUAGE_BIDI": translation.get_language_bidi(),
        }  # fmt: skip
        return HttpResponse(loader.render_to_string(template, context), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that lost its token: a sentence and a way on instead of a dead end."""
    return render(request, "403_csrf.html", status=403)
