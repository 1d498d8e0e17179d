"""What every request passes."""

import re
import secrets
from collections.abc import Callable
from gzip import GzipFile
from io import BytesIO
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
from django.utils.cache import patch_vary_headers

from accounts.drafts import FIELD
from accounts.models import User
from accounts.second_factor import is_enrolled, was_shown

Handler = Callable[[HttpRequest], HttpResponse]

# What a clinician may open before the second factor: the pages that set it up, and the way out.
UNSAVED = "unsaved_answer"
BEFORE_SECOND_FACTOR = (
    "account_logout", "account_reauthenticate", "account_reset_password", "account_confirm_password_reset_code",
    "account_complete_password_reset", "account_password_reset_completed", "theme", "healthz", "help",
    "stop_letters", "stop_all_letters", "service_worker", "manifest", "offline",
)  # fmt: skip
PACKED = ("text/", "application/json")
LEAST_PACKED = 500  # bytes
TAKES_GZIP = re.compile(r"\bgzip\b(?!;q=0(\.0*)?(,|$))")
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def response_headers(get_response: Handler) -> Handler:
    """Headers no setting of Django gives; pages are never kept by a cache, files are."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        if request.method == "POST" and request.path == reverse("account_logout"):
            # Not "cookies": the chosen theme stays.
            response["Clear-Site-Data"] = '"cache", "storage"'
            response.delete_cookie(settings.DEVICE_COOKIE_NAME, samesite="Lax")
        if not request.path.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "no-store")
        return response

    return handle


def compressed(get_response: Handler) -> Handler:
    """Pages are sent packed to who takes them so.

    As django.middleware.gzip does it, a name of random length included (against guessing a secret from the length),
    but at the fastest level: its own takes two and a half times as long for pages a fifth smaller.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        kind = response.get("Content-Type", "")
        if response.streaming or response.has_header("Content-Encoding") or not kind.startswith(PACKED):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if len(response.content) > LEAST_PACKED and TAKES_GZIP.search(
            request.headers.get("Accept-Encoding", "")
        ):
            response.content = packed(response.content)
            response["Content-Encoding"], response["Content-Length"] = "gzip", str(len(response.content))
        return response

    return handle


def packed(content: bytes) -> bytes:
    out = BytesIO()
    name = "a" * (1 + secrets.randbelow(100))
    with GzipFile(name, "wb", compresslevel=1, fileobj=out, mtime=0) as file:
        file.write(content)
    return out.getvalue()


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


def whole_pages(get_response: Handler) -> Handler:
    """A redirect in answer to a part of a page loads the whole page: htmx would put it inside the old one."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.headers.get("HX-Request") == "true" and 300 <= response.status_code < 400:
            whole = HttpResponse(status=204)
            whole["HX-Redirect"] = response["Location"]
            whole.cookies = response.cookies
            return whole
        return response

    return handle


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
        if name in BEFORE_SECOND_FACTOR or name.startswith("mfa_") or was_shown(request):
            return None
        if is_enrolled(user):
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
        return redirect("mfa_index")
