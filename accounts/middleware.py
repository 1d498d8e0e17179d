"""Request middleware: log-in, second factor, language and time zone."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.auth.second_factor import is_confirmed
from accounts.drafts import FIELD
from accounts.models import User
from core.middleware import Handler

RETRY_AFTER = 300  # seconds
UNSAVED_ANSWER_KEY = "unsaved_answer"

# What a clinician may open before the second factor: the pages that set it up, log-out, and public pages.
BEFORE_SECOND_FACTOR = (
    "account_logout", "account_reauthenticate", "account_reset_password", "account_confirm_password_reset_code",
    "account_complete_password_reset", "account_password_reset_completed", "theme", "healthz", "help", "privacy",
    "imprint", "unsubscribe", "unsubscribe_all", "service_worker", "manifest", "offline",
)  # fmt: skip


def user_locale(get_response: Handler) -> Handler:
    """Activate the language and time zone of the user; before log-in, the language of the browser."""

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
    """Requires a log-in unless a view is public. After a log-in that a form needed, the user gets back to its page.

    The log-in page says what became of the form. A device whose log-in has ended loses the cookie that lets it show
    its stored data.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        response = self.redirect_to_login(request, view_func)
        if settings.DEVICE_COOKIE_NAME in request.COOKIES:
            response.delete_cookie(settings.DEVICE_COOKIE_NAME, samesite="Lax")
        return response

    def redirect_to_login(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method == "GET":
            return super().handle_no_permission(request, view_func)
        if request.path == reverse("answer"):
            # In the session, which outlives the log-in: a query string would appear in logs.
            request.session[UNSAVED_ANSWER_KEY] = request.POST.get("answer", "")
        if request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate":  # a form, no request of a script
            messages.warning(request, describe_unsaved_form(request))
        # A page with drafts restores what was typed, so the user gets back to it.
        next_path = request.path if FIELD in request.POST else reverse("home")
        return redirect_to_login(
            next_path, self.get_login_url(view_func), self.get_redirect_field_name(view_func)
        )


def describe_unsaved_form(request: HttpRequest) -> str:
    """Say what became of a form that was sent after the log-in had ended, and what to do."""
    if request.path == reverse("answer"):
        return _("You were logged out before your answer was saved. Log in, then tap it once more.")
    if request.POST.get(FIELD):  # its value is set by the script that stores drafts
        return _("You were logged out before this was saved. Log in, and what you typed is there again.")
    return _("You were logged out, so nothing was changed. Log in, then do it once more.")


class SecondFactor:
    """Requires a second factor of clinicians and operators, outside demo mode, for all but BEFORE_SECOND_FACTOR."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if settings.DEMO or not isinstance(user, User) or not user.sees_others:
            return None
        name = (request.resolver_match.url_name if request.resolver_match else None) or ""
        if name in BEFORE_SECOND_FACTOR or name.startswith("mfa_") or is_confirmed(request):
            return None
        factors = Authenticator.objects.filter(user_id=user.pk)
        if factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
        return redirect("mfa_index")


class TooManyAttempts:
    """Answers 429 to a form that was refused because of too many attempts; allauth answers 200."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(
        self, _request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        form = (response.context_data or {}).get("form")
        errors = form.errors.as_data() if isinstance(form, BaseForm) and form.is_bound else {}
        codes = {error.code for field_errors in errors.values() for error in field_errors}
        if codes & {"too_many_login_attempts", "rate_limited"}:
            response.status_code = 429
            response["Retry-After"] = str(RETRY_AFTER)
        return response


def explain_wrong_method(get_response: Handler) -> Handler:
    """Give a page to who opens an address that only takes forms, instead of an empty one."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or response.streaming or response.content:
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page

    return handle
