"""What the environment asks of the tests."""

from __future__ import annotations

import os

import pytest


def number(name: str, usual: int) -> int:
    """A whole number from 1 on."""
    asked = os.environ.get(name) or str(usual)
    if not asked.isdecimal() or int(asked) < 1:
        raise pytest.UsageError(f"{name} is {asked!r}; write a whole number from 1 on.")
    return int(asked)
