"""The hashes of the audit log. Pure; the format never changes, or stored chains could no longer be verified."""

import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

# What the first entry of a trail names as the hash before it.
START = "0" * 64


@dataclass(frozen=True, slots=True)
class Content:
    """What one entry says, and so what its hash covers.

    trail: the key of the trail. number: 1, 2, 3… within it. actor_key: the pseudonym of who did it, "" for nobody
    known. actor_hash: see hash_identity, "" for nobody known.
    """

    trail: str
    number: int
    action: str
    at: datetime
    actor_key: str
    actor_hash: str
    detail: str


def hash_identity(salt: str, actor_key: str, name: str, email: str) -> str:
    """Return the HMAC-SHA256 of a name and an address, 64 hexadecimal digits.

    Entries hold only this. Once the salt is deleted with name and address, nobody can find out whom it stands for, and
    the chain still verifies.
    """
    return hmac.new(salt.encode(), encode([actor_key, name, email]), sha256).hexdigest()


def hash_entry(previous: str, content: Content) -> str:
    """Return the SHA-256 of an entry and the hash of the one before it, 64 hexadecimal digits."""
    at = content.at.astimezone(UTC).isoformat(timespec="microseconds")
    actor = (content.actor_key, content.actor_hash)
    values = (previous, content.trail, content.number, content.action, at, *actor, content.detail)
    return sha256(encode(values)).hexdigest()


def encode(values: Iterable[str | int]) -> bytes:
    return json.dumps(list(values), ensure_ascii=True, separators=(",", ":")).encode()
