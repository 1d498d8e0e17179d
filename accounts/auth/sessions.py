"""Log-ins in the database, of which a copy of the database opens none.

The cookie holds the session key; the tables hold its SHA-256 instead, and the session's data encrypted.
"""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.core import context
from allauth.usersessions.models import UserSession
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from core.crypto import build_fernet, encrypt_anew, is_encrypted_with_present_key
from core.middleware import Handler

# Of the encryption of what sessions hold.
SESSION_PURPOSE = "session"
# Session keys hold letters and digits, so that what begins with this is a stored one.
STORED_PREFIX = "$"
# As wide as the column: 39 hexadecimal digits, 156 bits.
STORED_LENGTH = 40
# What the session stores: for which row of the list of log-ins an activity was noted last, and when.
NOTED_KEY = "log_in_noted"
NOTE_AFTER = timedelta(minutes=5)


def hash_session_key(key: str) -> str:
    """Return what the tables hold in place of a session key. A stored one stays as it is."""
    if key.startswith(STORED_PREFIX):
        return key
    return (STORED_PREFIX + sha256(key.encode()).hexdigest())[:STORED_LENGTH]


class SessionStore(DatabaseStore):
    """Django's store, with the key hashed and the data encrypted (SECRET_KEY)."""

    was_flushed = False

    def flush(self) -> None:
        super().flush()
        self.was_flushed = True

    def load(self) -> dict[str, Any]:
        key = hash_session_key(self.session_key or "")
        row = self.model.objects.filter(session_key=key, expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
        return self.decode(row.session_data) if row else {}

    def exists(self, session_key: str) -> bool:
        return super().exists(hash_session_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = hash_session_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            super().delete(hash_session_key(key))

    def encode(self, session_dict: dict[str, Any]) -> str:
        return build_fernet(SESSION_PURPOSE).encrypt(json.dumps(session_dict).encode()).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the data; none for a session of a key that is gone, which is a log-out."""
        try:
            data: dict[str, Any] = json.loads(build_fernet(SESSION_PURPOSE).decrypt(session_data))
        except InvalidToken:
            return {}
        return data


def renew_session(session_data: str) -> str | None:
    """Return a session's data encrypted with SECRET_KEY, and with the hash of the password that it gives.

    The same text if both are so already; None if no accepted secret decrypts it.
    """
    is_present = is_encrypted_with_present_key(SESSION_PURPOSE, session_data)
    values = SessionStore().decode(session_data)
    if not values:
        return session_data if is_present else encrypt_anew(SESSION_PURPOSE, session_data)
    user = User.objects.filter(pk=values[SESSION_KEY]).first() if SESSION_KEY in values else None
    if user and values[HASH_SESSION_KEY] in [*user.get_session_auth_fallback_hash()]:
        return SessionStore().encode(values | {HASH_SESSION_KEY: user.get_session_auth_hash()})
    return session_data if is_present else SessionStore().encode(values)


class SessionMiddleware(DjangoSessionMiddleware):
    """Takes session keys alone from the cookie, never what the tables hold.

    Only a log-out removes the cookie. Django also removes it in answer to a request whose session has ended elsewhere;
    such an answer may arrive after the next log-in, and would end that.
    """

    def process_request(self, request: HttpRequest) -> None:
        if request.COOKIES.get(settings.SESSION_COOKIE_NAME, "").startswith(STORED_PREFIX):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie and not cookie.value and not getattr(request.session, "was_flushed", False):
            del response.cookies[settings.SESSION_COOKIE_NAME]
        return response


def list_log_in(get_response: Handler) -> Handler:
    """Middleware that keeps the list of log-ins, in place of allauth's, which writes a row at each request.

    An activity is noted at most once in NOTE_AFTER, so that reading a page writes nothing.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        key, now = request.session.session_key, timezone.now().timestamp()
        if key and request.user.is_authenticated:
            noted_key, noted_at = request.session.get(NOTED_KEY) or ("", 0.0)
            is_recent = 0 <= now - noted_at < NOTE_AFTER.total_seconds()
            # Another key after a log-in or a change of password: another row of the list.
            if noted_key != hash_session_key(key) or not is_recent:
                request.session[NOTED_KEY] = [hash_session_key(key), now]
                UserSession.objects.create_from_request(request)
        return get_response(request)

    return handle


def is_current(log_in: UserSession) -> bool:
    """Whether a row of the list of log-ins is that of the present request."""
    key = context.request.session.session_key
    return bool(key) and log_in.session_key == hash_session_key(key)


def hash_keys_of_log_ins() -> None:
    """Let allauth's list of log-ins store and look up hashed keys too. Called once, when the apps are ready."""
    field = UserSession._meta.get_field("session_key")
    field.get_prep_value = hash_session_key
    UserSession.is_current = is_current
