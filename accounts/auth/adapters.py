"""Adapters of allauth: messages, e-mails, redirects, encryption of second factors."""

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

from accounts.emails import get_email_language
from accounts.models import User
from core.crypto import derive_fernet_key


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("Address or password is wrong. Check both."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This code is wrong. Check it, or ask for a new one."),
        "incorrect_password": _("This password is wrong."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes and try again."),
        "rate_limited": _("Too many attempts. Wait a minute and try again."),
    }

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMessage:
        """Render an e-mail in its reader's language, marked as automatic so that no holiday notice answers."""
        headers = {"Auto-Submitted": "auto-generated", **(headers or {})}
        with override(get_email_language(email)):
            message: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        return message

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("preferences")


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Encrypts TOTP secrets and recovery seeds, so that a copy of the database gives no access."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong. Enter the one the app shows now."),
    }

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """Return the suggested name of a new passkey."""
        return gettext("Passkey")

    def encrypt(self, text: str) -> str:
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._fernet().decrypt(encrypted_text.encode()).decode()

    def _fernet(self) -> MultiFernet:
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return MultiFernet([Fernet(derive_fernet_key(key, "mfa")) for key in keys])
