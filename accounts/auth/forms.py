"""The forms of both ways to log in. Not in accounts.forms, which allauth's own forms import."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.core import context
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from core.fields import FriendlyErrorsMixin


class LoginForm(FriendlyErrorsMixin, AllauthLoginForm):  # type: ignore[misc]  # allauth has no types
    """A patient may stay logged in on her own device; a clinician's log-in ends with the browser."""

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response: HttpResponse = super().login(request, redirect_url)
        user = getattr(getattr(self, "_login", None), "user", None)
        if isinstance(user, User) and user.is_clinician:
            request.session.set_expiry(0)
        return response


class PasskeyForm(FriendlyErrorsMixin, LoginWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """The same choice for a passkey. The expiry set here stays with the session through the log-in that follows."""

    remember = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        passkey = values.get("credential")
        if passkey:
            is_remembered = values["remember"] and not passkey.user.is_clinician
            context.request.session.set_expiry(settings.SESSION_COOKIE_AGE if is_remembered else 0)
        return values
