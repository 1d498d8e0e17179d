"""Keys for one purpose each, derived from SECRET_KEY."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db.models import Model, QuerySet

from core.signals import Renewal


def derive_fernet_key(secret: str, purpose: str) -> bytes:
    """Return a Fernet key (32 bytes, base64) for one purpose."""
    return urlsafe_b64encode(sha256(f"{purpose}\0{secret}".encode()).digest())


def list_secrets() -> list[str]:
    """Return SECRET_KEY, which signs and encrypts, and behind it those that are accepted too."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def build_fernet(purpose: str) -> MultiFernet:
    """Return what encrypts with SECRET_KEY, and decrypts with the keys of SECRET_KEY_FALLBACKS too."""
    return MultiFernet([Fernet(derive_fernet_key(secret, purpose)) for secret in list_secrets()])


def is_encrypted_with_present_key(purpose: str, encrypted: str) -> bool:
    """Whether SECRET_KEY alone decrypts it."""
    try:
        Fernet(derive_fernet_key(settings.SECRET_KEY, purpose)).decrypt(encrypted)
    except InvalidToken:
        return False
    return True


def encrypt_anew(purpose: str, encrypted: str) -> str | None:
    """Return the same content encrypted with SECRET_KEY; None if no accepted key decrypts it."""
    try:
        return build_fernet(purpose).rotate(encrypted.encode()).decode()
    except InvalidToken:
        return None


def renew_column(kind: str, rows: QuerySet[Model], column: str, purpose: str, *, write: bool) -> Renewal:
    """Look at an encrypted column; with `write`, encrypt with SECRET_KEY what was encrypted with an earlier secret.

    A row that was written since it was read stays as it is: its writer has encrypted it.
    """
    renewal = Renewal(kind, purpose)
    for pk, before in rows.order_by("pk").values_list("pk", column).iterator():
        renewal.total += 1
        if is_encrypted_with_present_key(purpose, before):
            continue
        after = encrypt_anew(purpose, before)
        if after is None:
            renewal.unreadable += 1
            continue
        renewal.stale += 1
        if write:
            rows.filter(pk=pk, **{column: before}).update(**{column: after})
    return renewal
