"""Keys for one purpose each, derived from SECRET_KEY."""

from base64 import urlsafe_b64encode
from hashlib import sha256


def derive_fernet_key(secret: str, purpose: str) -> bytes:
    """Return a Fernet key (32 bytes, base64) for one purpose."""
    return urlsafe_b64encode(sha256(f"{purpose}\0{secret}".encode()).digest())
