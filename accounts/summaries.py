"""Where the roof lends its sentences: nobody may import progress, so progress registers here what it can say."""

from collections.abc import Callable
from datetime import date

from accounts.models import Record

# Given a record and the day it is seen from, in the active language: sentences, or none when there is nothing to say.
Provider = Callable[[Record, date], list[str]]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Called by an app at its start; the same provider twice is one."""
    if provider not in _providers:
        _providers.append(provider)


def sentences(record: Record, as_of: date) -> list[str]:
    """What all providers say of a record."""
    return [sentence for provider in _providers for sentence in provider(record, as_of)]
