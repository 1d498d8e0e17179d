"""Readers of environment variables for the settings: each value is parsed or refused in one sentence."""

import re
import warnings
from collections.abc import Callable
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def flag(name: str, default: bool) -> bool:
    """A switch: 1, true, yes, on or 0, false, no, off; anything else is refused, for a typo must not open a door."""
    word = str(env.str(name, default=str(default))).strip().lower()
    if word not in {"1", "true", "yes", "on", "0", "false", "no", "off", ""}:
        raise ImproperlyConfigured(f"{name} is {word!r}; write 1 or 0.")
    return word in {"1", "true", "yes", "on"}


def number(name: str, default: float, low: float) -> float:
    """A number, at least low."""
    word = env.str(name, default=str(default))
    try:
        value = float(word)
    except ValueError:
        value = low - 1
    if not low <= value < 1e9:
        raise ImproperlyConfigured(f"{name} is {word!r}; write a number from {low:g} on.")
    return value


def numbers(name: str, default: list[float]) -> list[float]:
    """Seconds, separated by commas."""
    words = str(env.str(name, default=",".join(map(str, default)))).split(",")
    try:
        found = [float(word) for word in words]
    except ValueError:
        found = []
    if not found or not all(0 <= value < 1e6 for value in found):
        raise ImproperlyConfigured(f"{name} is {','.join(words)!r}; write seconds like 60,300,1800.")
    return found


def read_url(
    name: str, url: str, parse: Callable[[str], dict[str, Any]], needed: str, example: str
) -> dict[str, Any]:
    """A setting that comes as one URL."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an unknown scheme is refused below, in words
            found = parse(url)
    except (ImproperlyConfigured, LookupError, TypeError, ValueError):
        found = {}
    if not found.get(needed):
        raise ImproperlyConfigured(f"{name} cannot be read; write it like {example}.")
    return found


def address(name: str) -> str:
    """An e-mail address, or nothing."""
    word = str(env.str(name, default="")).strip()
    if word and not re.fullmatch(r"[\w.]+@[\w.-]+", word, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {word!r}; write a plain address such as bounce@example.org.")
    return word
