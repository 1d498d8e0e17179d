"""Where allauth asks us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from accounts.emails import get_language_of
from accounts.models import User
from core.crypto import derive_fernet_key


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("Address and password do not belong together. Check both."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_code": _("This code is not right. Check it, or ask for a new one."),
        "incorrect_password": _("This password is not right."),
        "too_many_login_attempts": _("Too many wrong tries. Wait five minutes and try again."),
        "rate_limited": _("Too many tries in a row. Wait a minute and try again."),
    }

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMessage:
        """In the language of who reads it. It says that a machine wrote it, so that no holiday notice answers."""
        headers = {"Auto-Submitted": "auto-generated", **(headers or {})}
        with override(get_language_of(email)):
            message: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        return message

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("preferences")


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """TOTP secrets and recovery seeds are encrypted: a copy of the database opens no account."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right. Enter the one the app shows now."),
    }

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """The name offered for a new passkey."""
        return gettext("Passkey")

    def encrypt(self, text: str) -> str:
        return self._box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._box().decrypt(encrypted_text.encode()).decode()

    def _box(self) -> MultiFernet:
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return MultiFernet([Fernet(derive_fernet_key(key, "mfa")) for key in keys])
