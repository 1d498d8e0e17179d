"""Request middleware: log-in, second factor, language and time zone."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

from accounts.auth.second_factor import has_shown, is_enrolled
from accounts.drafts import FIELD
from accounts.models import User
from core.middleware import Handler

# What a clinician may open before the second factor: the pages that set it up, and the way out.
UNSAVED = "unsaved_answer"

BEFORE_SECOND_FACTOR = (
    "account_logout", "account_reauthenticate", "account_reset_password", "account_confirm_password_reset_code",
    "account_complete_password_reset", "account_password_reset_completed", "theme", "healthz", "help",
    "stop_letters", "stop_all_letters", "service_worker", "manifest", "offline",
)  # fmt: skip


def user_locale(get_response: Handler) -> Handler:
    """Language and time zone of the person; before log-in, the language of the browser."""

    def handle(request: HttpRequest) -> HttpResponse:
        user = request.user
        language = user.language if isinstance(user, User) else translation.get_language_from_request(request)
        zone = ZoneInfo(user.time_zone) if isinstance(user, User) else None
        with translation.override(language), timezone.override(zone):
            request.LANGUAGE_CODE = language
            response = get_response(request)
            response.setdefault("Content-Language", language)
        return response

    return handle


class LoginRequired(LoginRequiredMiddleware):
    """Closed unless listed as public. A form sent after the log-in ended leads back to a page, not to a dead end.

    A device that learns here that its log-in has ended shows nothing more of what it keeps.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        answer = self.to_login(request, view_func)
        if settings.DEVICE_COOKIE_NAME in request.COOKIES:
            answer.delete_cookie(settings.DEVICE_COOKIE_NAME, samesite="Lax")
        return answer

    def to_login(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method == "GET":
            return super().handle_no_permission(request, view_func)
        if request.path == reverse("answer"):
            # In the session, which outlives the log-in: an address would stand in logs.
            request.session[UNSAVED] = request.POST.get("answer", "")
        # A form with drafts brings back what was typed in it: the way leads to it.
        back = request.path if FIELD in request.POST else reverse("home")
        return redirect_to_login(back, self.get_login_url(view_func), self.get_redirect_field_name(view_func))


class SecondFactor:
    """Outside demo mode a clinician or an operator shows a second factor before any page beyond its own set-up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if settings.DEMO or not isinstance(user, User) or not (user.is_clinician or user.is_operator):
            return None
        name = (request.resolver_match.url_name if request.resolver_match else None) or ""
        if name in BEFORE_SECOND_FACTOR or name.startswith("mfa_") or has_shown(request):
            return None
        if is_enrolled(user):
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
        return redirect("mfa_index")
