"""Forms in place of allauth's: log-in and codes. Not in accounts.forms, which allauth's own forms import."""

import unicodedata
from secrets import token_hex
from typing import Any

from allauth.account.forms import ConfirmEmailVerificationCodeForm, ConfirmPasswordResetCodeForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.auth.adapters import SECRET_FIELDS
from accounts.models import User
from core.fields import FriendlyErrorsMixin


class LoginForm(FriendlyErrorsMixin, AllauthLoginForm):  # type: ignore[misc]  # allauth has no types
    """A patient may stay logged in on her own device; who sees data of others is logged out with the browser."""

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response: HttpResponse = super().login(request, redirect_url)
        user = getattr(getattr(self, "_login", None), "user", None)
        if isinstance(user, User) and user.sees_others:
            request.session.set_expiry(0)
        return response


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    """Does the same work for a known address as for a new one: on this site an account is a diagnosis (ASVS 6.3.8)."""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            self.save_and_undo(request)
        result: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return result

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        user: User = super().save(request)
        return user

    def save_and_undo(self, request: HttpRequest) -> None:
        """Create an account under a made-up address, hash its password, and roll back."""
        email = self.cleaned_data["email"]
        self.cleaned_data["email"], self.account_already_exists = f"{token_hex(16)}@example.invalid", False
        with transaction.atomic():
            self.save(request)
            transaction.set_rollback(True)
        self.cleaned_data["email"], self.account_already_exists = email, True


class PasskeyForm(FriendlyErrorsMixin, LoginWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """The same choice for a passkey. The expiry set here stays with the session through the log-in that follows."""

    remember = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        passkey = values.get("credential")
        if passkey:
            is_remembered = values["remember"] and not passkey.user.sees_others
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


class SecondFactorMixin(CodeMixin):
    """Of forms that ask for the code of an app or a recovery code."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Check the code. One that was right renews the encryption of its secret after a change of SECRET_KEY."""
        adapter = get_adapter()
        try:
            code = super().clean_code()
        except forms.ValidationError:
            stored = Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN)
            secrets = [factor.data[name] for factor in stored for name in SECRET_FIELDS & factor.data.keys()]
            if not all(map(adapter.is_readable, secrets)):
                raise forms.ValidationError(
                    _(
                        "Your second step cannot be checked: this site has a new key. Ask whoever runs the site."
                    )
                ) from None
            raise
        adapter.renew(self.authenticator)
        return code


class SecondFactorForm(SecondFactorMixin, AuthenticateForm):  # type: ignore[misc]  # as above
    """The second step at log-in."""


class ReauthenticationForm(SecondFactorMixin, ReauthenticateForm):  # type: ignore[misc]  # as above
    """The second step before what needs it once more."""


class AppActivationForm(CodeMixin, ActivateTOTPForm):  # type: ignore[misc]  # as above
    """The first code of a new app."""
