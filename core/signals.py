"""Signals that any app may listen to."""

from dataclasses import dataclass

from django.dispatch import Signal

# Sent with now=datetime about once a day, by one process, outside any transaction. A receiver deletes what its app no
# longer needs and returns the number of rows, or checks something and returns the number of faults.
nightly = Signal()

# Sent with write=bool by manage.py rotate_secret. A receiver looks at what its app stores encrypted with SECRET_KEY or
# an earlier secret, encrypts it with SECRET_KEY if write is true, and returns a Renewal.
secret_renewal = Signal()


@dataclass(slots=True)
class Renewal:
    """Values of one kind and purpose. stale: encrypted with an earlier secret; unreadable: with one not accepted."""

    kind: str
    purpose: str
    total: int = 0
    stale: int = 0
    unreadable: int = 0
