"""Links in e-mails: hard to guess, good for one thing each, and silent about what that is."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner
from django.urls import reverse

UNSUBSCRIBE_SIGNER = Signer(salt="reminders.stop")
ANSWER_SIGNER = TimestampSigner(salt="reminders.answer")
RETURN_PATH_SIGNER = Signer(salt="reminders.return")
ANSWER_LIFETIME: Final = timedelta(hours=72)
SIGNATURE_LENGTH: Final = 16
ADDRESS_HASH_LENGTH: Final = 8


def sign_unsubscribe_token(key: str) -> str:
    return UNSUBSCRIBE_SIGNER.sign(key)


def sign_answer_token(key: str) -> str:
    return ANSWER_SIGNER.sign(key)


def build_unsubscribe_link(token: str, *, everything: bool = False) -> str:
    """Return the link that stops e-mails like this one, or all of them."""
    return settings.EMAIL_LINK_URL + reverse("unsubscribe_all" if everything else "unsubscribe", args=[token])


def read_unsubscribe_token(token: str) -> str | None:
    """Return the key of the reminder an unsubscribe link belongs to; None for an invalid link."""
    try:
        return UNSUBSCRIBE_SIGNER.unsign(token)
    except BadSignature:
        return None


def read_answer_token(token: str) -> str | None:
    """Return the key of the reminder an answer link belongs to; None for one that is invalid or older than 72 hours."""
    try:
        return ANSWER_SIGNER.unsign(token, max_age=ANSWER_LIFETIME)
    except BadSignature:
        return None


def build_return_path(key: str, email: str) -> str:
    """Return the address a mail server sends its reports to, if MAIL_RETURN_PATH is set.

    It is signed, so that a report can be trusted, and holds a hash of the address the e-mail went to.
    """
    local, _at, domain = settings.MAIL_RETURN_PATH.partition("@")
    return f"{local}+{key}-{sign_return_path(key)}-{hash_address(key, email)}@{domain}"


def sign_return_path(key: str) -> str:
    """Return a short signature, for a local part ends at 64 characters; hexadecimal, for servers fold the case."""
    return RETURN_PATH_SIGNER.signature(key).encode().hex()[:SIGNATURE_LENGTH]


def hash_address(key: str, email: str) -> str:
    """Return a hash that tells whether a report is about the user's present address, without storing the old one."""
    return sign_return_path(f"{key} {email}")[:ADDRESS_HASH_LENGTH]


def parse_return_address(address: str) -> tuple[str, str] | None:
    """Return reminder key and address hash of a return address; None for an invalid one."""
    local = address.partition("@")[0].lower()
    key, signature, address_hash = [*local.rpartition("+")[2].split("-"), "", ""][:3]
    return (key, address_hash) if key and signature == sign_return_path(key) else None
