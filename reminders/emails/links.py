"""Addresses in letters: hard to guess, good for one thing each, and silent about what that is."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner
from django.urls import reverse

STOP = Signer(salt="reminders.stop")
ANSWER = TimestampSigner(salt="reminders.answer")
RETURN = Signer(salt="reminders.return")
ANSWER_LIFE: Final = timedelta(hours=72)
SIGNED: Final = 16
ADDRESS_MARK: Final = 8


def stop_token(key: str) -> str:
    return STOP.sign(key)


def answer_token(key: str) -> str:
    return ANSWER.sign(key)


def stop_link(token: str, *, everything: bool = False) -> str:
    """Ends letters like this one, or all of them."""
    return settings.LETTER_URL + reverse("stop_all_letters" if everything else "stop_letters", args=[token])


def answer_link(token: str) -> str:
    """Records one day of one person, within 72 hours of the letter."""
    return settings.LETTER_URL + reverse("answer_by_letter", args=[token])


def stop_key(token: str) -> str | None:
    """The letter a stop link came with, or None for a made-up one."""
    try:
        return STOP.unsign(token)
    except BadSignature:
        return None


def answer_key(token: str) -> str | None:
    """The letter an answer link came with, or None for a made-up one or one older than 72 hours."""
    try:
        return ANSWER.unsign(token, max_age=ANSWER_LIFE)
    except BadSignature:
        return None


def build_return_path(key: str, email: str) -> str:
    """The address a mail server reports to, when this site has one: signed, so that a report can be believed, and
    marked with the address the letter went to."""
    local, _at, domain = settings.MAIL_RETURN_PATH.partition("@")
    return f"{local}+{key}-{return_signature(key)}-{hash_address(key, email)}@{domain}"


def return_signature(key: str) -> str:
    """Short, because a local part ends at 64 characters; in figures and small letters, because servers fold case."""
    return RETURN.signature(key).encode().hex()[:SIGNED]


def hash_address(key: str, email: str) -> str:
    """Tells whether a report is about the address somebody has now, without keeping where a letter went."""
    return return_signature(f"{key} {email}")[:ADDRESS_MARK]


def parse_return_address(address: str) -> tuple[str, str] | None:
    """The letter a return address belongs to and the mark of where it went, or None for a made-up one."""
    local = address.partition("@")[0].lower()
    key, signed, mark = [*local.rpartition("+")[2].split("-"), "", ""][:3]
    return (key, mark) if key and signed == return_signature(key) else None
