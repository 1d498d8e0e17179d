"""Links in e-mails: hard to guess, good for one thing each, and silent about what that is."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from core.crypto import list_secrets

UNSUBSCRIBE_SALT: Final = "reminders.stop"
ANSWER_SALT: Final = "reminders.answer"
RETURN_PATH_SALT: Final = "reminders.return"
ANSWER_LIFETIME: Final = timedelta(hours=72)
SIGNATURE_LENGTH: Final = 16
ADDRESS_HASH_LENGTH: Final = 8


def sign_unsubscribe_token(key: str) -> str:
    return Signer(salt=UNSUBSCRIBE_SALT).sign(key)


def sign_answer_token(key: str) -> str:
    return TimestampSigner(salt=ANSWER_SALT).sign(key)


def build_unsubscribe_link(token: str, *, everything: bool = False) -> str:
    """Return the link that stops e-mails like this one, or all of them."""
    return settings.EMAIL_LINK_URL + reverse("unsubscribe_all" if everything else "unsubscribe", args=[token])


def read_unsubscribe_token(token: str) -> str | None:
    """Return the key of the reminder an unsubscribe link belongs to; None for an invalid link."""
    try:
        return Signer(salt=UNSUBSCRIBE_SALT).unsign(token)
    except BadSignature:
        return None


def read_answer_token(token: str) -> str | None:
    """Return the key of the reminder an answer link belongs to; None for one that is invalid or older than 72 hours."""
    try:
        return TimestampSigner(salt=ANSWER_SALT).unsign(token, max_age=ANSWER_LIFETIME)
    except BadSignature:
        return None


def build_return_path(key: str, email: str) -> str:
    """Return the address a mail server sends its reports to, if MAIL_RETURN_PATH is set.

    It is signed, so that a report can be trusted, and holds a hash of the address the e-mail went to.
    """
    local, _at, domain = settings.MAIL_RETURN_PATH.partition("@")
    return f"{local}+{key}-{sign_return_path(key)}-{hash_address(key, email)}@{domain}"


def sign_return_path(value: str, secret: str | None = None) -> str:
    """Return a short signature, for a local part ends at 64 characters; hexadecimal, for servers fold the case."""
    return Signer(key=secret, salt=RETURN_PATH_SALT).signature(value).encode().hex()[:SIGNATURE_LENGTH]


def hash_address(key: str, email: str, secret: str | None = None) -> str:
    """Return a hash that tells whether a report is about the user's present address, without storing the old one."""
    return sign_return_path(f"{key} {email}", secret)[:ADDRESS_HASH_LENGTH]


def is_address_hash(address_hash: str, key: str, email: str) -> bool:
    """Whether a report is about this address, with any of the accepted secrets."""
    return any(
        constant_time_compare(address_hash, hash_address(key, email, secret)) for secret in list_secrets()
    )


def parse_return_address(address: str) -> tuple[str, str] | None:
    """Return reminder key and address hash of a return address; None for an invalid one."""
    local = address.partition("@")[0].lower()
    key, signature, address_hash = [*local.rpartition("+")[2].split("-"), "", ""][:3]
    is_ours = any(
        constant_time_compare(signature, sign_return_path(key, secret)) for secret in list_secrets()
    )
    return (key, address_hash) if key and is_ours else None
