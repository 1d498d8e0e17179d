"""Adapters of allauth: messages, e-mails, redirects, encryption of second factors."""

import logging
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from accounts.audit.receivers import log_attempt
from accounts.audit_models import AuditEntry
from accounts.auth.known_browsers import get_known_browser, remember_browser
from accounts.emails import build_headers, get_email_language
from accounts.erasure import reopen_account
from accounts.models import User
from core.crypto import build_fernet, encrypt_anew

log = logging.getLogger(__name__)
# Of the encryption of second factors.
MFA_PURPOSE: Final = "mfa"
# Names of encrypted values in the data of a second factor.
SECRET_FIELDS: Final = frozenset(("secret", "seed"))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("Address or password is wrong. Check both."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This code is wrong. Check it, or ask for a new one."),
        "incorrect_password": _("This password is wrong."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes and try again."),
        "rate_limited": _("Too many attempts. Wait a minute and try again."),
    }

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Let the owner of a closed account go on to the second step; only then it is open again (login)."""
        if user.closed_at is not None:
            return None
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        """Log in, after every step. A closed account is open again."""
        if user.closed_at is not None:
            reopen_account(user=user, actor=user, now=timezone.now())
            messages.success(request, gettext("Your account is open again. Nothing was deleted."))
        super().login(request, user)

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMessage:
        """Render an e-mail in its reader's language, marked as automatic so that no holiday notice answers."""
        headers = build_headers() | (headers or {})
        with override(get_email_language(email)):
            message: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        return message

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse after too many wrong passwords, and write that into the audit log."""
        try:
            self.check_attempts(request, **credentials)
        except ValidationError:
            log_attempt(credentials, AuditEntry.Action.LOCKED_OUT)
            raise

    def check_attempts(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse after too many wrong passwords: from this place or browser, or from all unknown browsers together."""
        email = credentials.get("email", "")
        if not get_known_browser(request, email) and not ratelimit.consume(
            request, action="login_failed_elsewhere", key=email.lower()
        ):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count an account's wrong passwords by known browser, else by address, so that others do not lock it."""
        email = credentials.get("email", "").lower()
        return f"{email} {get_known_browser(request, email) or self.get_client_ip(request)}"

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Tell the user of a log-in in a new browser, and remember the browser."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if not kwargs["signup"] and not get_known_browser(request, user.email):
            try:
                self.send_notification_mail("account/email/new_browser", user)
            except OSError:  # smtplib's errors too: no reason to refuse the log-in
                log.exception("user %s could not be told of a log-in in a new browser", user.pk)
        remember_browser(request, response, user.email)
        return response

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
        return build_fernet(MFA_PURPOSE).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret. One of a key that is gone becomes a new random secret, with which no code is right."""
        try:
            return build_fernet(MFA_PURPOSE).decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            log.error(
                "A second factor was encrypted with a SECRET_KEY that SECRET_KEY_FALLBACKS no longer holds."
            )
            return str(generate_totp_secret())

    def is_readable(self, encrypted_text: str) -> bool:
        """Whether one of the present keys decrypts a secret."""
        try:
            build_fernet(MFA_PURPOSE).decrypt(encrypted_text.encode())
        except InvalidToken:
            return False
        return True

    @transaction.atomic
    def renew(self, authenticator: Authenticator) -> None:
        """Encrypt the secrets of a second factor with the present key, so that the one before it can go.

        Reads it anew: allauth has marked a recovery code as used in the row, not in the object.
        """
        stored = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        data = stored.data
        renewed = {
            name: value
            for name in SECRET_FIELDS & data.keys()
            if (value := encrypt_anew(MFA_PURPOSE, data[name]))
        }
        if renewed:
            stored.data = data | renewed
            stored.save(update_fields=["data"])
