"""Forms in place of allauth's: log-in and codes. Not in accounts.forms, which allauth's own forms import."""

import unicodedata
from typing import Any

from allauth.account.forms import ConfirmEmailVerificationCodeForm, ConfirmPasswordResetCodeForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
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


def normalize_code(text: str) -> str:
    """Return letters and digits of a code as it was pasted: without dashes and blanks of any kind, digits in ASCII."""
    characters = (character for character in unicodedata.normalize("NFKC", text) if character.isalnum())
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in characters
    )


class CodeMixin(FriendlyErrorsMixin):
    """Of forms that ask for a code from an e-mail or an app."""

    def clean_code(self) -> str:
        self.cleaned_data["code"] = normalize_code(self.cleaned_data["code"])
        code: str = super().clean_code()  # type: ignore[misc]  # of the form that follows
        return code


class EmailCodeForm(CodeMixin, ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # allauth has no types
    """The code that confirms an address."""


class PasswordResetCodeForm(CodeMixin, ConfirmPasswordResetCodeForm):  # type: ignore[misc]  # as above
    """The code that allows a new password."""


class SecondFactorForm(CodeMixin, AuthenticateForm):  # type: ignore[misc]  # as above
    """The code of an app, or a recovery code, at log-in."""


class ReauthenticationForm(CodeMixin, ReauthenticateForm):  # type: ignore[misc]  # as above
    """The code of an app, or a recovery code, before what needs it once more."""


class AppActivationForm(CodeMixin, ActivateTOTPForm):  # type: ignore[misc]  # as above
    """The first code of a new app."""
