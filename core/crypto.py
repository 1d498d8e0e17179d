"""Keys for one purpose each, derived from SECRET_KEY."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def derive_fernet_key(secret: str, purpose: str) -> bytes:
    """Return a Fernet key (32 bytes, base64) for one purpose."""
    return urlsafe_b64encode(sha256(f"{purpose}\0{secret}".encode()).digest())


def build_fernet(purpose: str) -> MultiFernet:
    """Return what encrypts with SECRET_KEY, and decrypts with the keys of SECRET_KEY_FALLBACKS too."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(derive_fernet_key(key, purpose)) for key in keys])
