"""Environment variables: readers that parse a value or refuse it in one sentence. variables.py lists them all."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import idna
from django.core.exceptions import ImproperlyConfigured

from botoxtrack.variables import VARIABLES

env = environ.Env()
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*|\[?[0-9a-f:]*:[0-9a-f:.]*\]?")


def text(name: str, default: str = "") -> str:
    """Return a text without blanks around it. Raises KeyError for a variable that VARIABLES does not list."""
    return str(env.str(VARIABLES[name].name, default=default)).strip()


def secret_text(name: str, default: str = "") -> str:
    """Return a text that holds a password, from the file that NAME_FILE names or as it is set."""
    file = str(env.str(f"{VARIABLES[name].name}_FILE", default="")).strip()
    if not file:
        return text(name, default)
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE names {file}, which cannot be read.") from error


def paragraphs(name: str) -> list[str]:
    """Return the paragraphs of the text file that a variable names; none if it is not set."""
    file = text(name)
    if not file:
        return []
    try:
        content = Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name} names {file}, which cannot be read as text.") from error
    found = [part.strip() for part in re.split(r"\n\s*\n", content) if part.strip()]
    if not found:
        raise ImproperlyConfigured(
            f"{name} names {file}, which is empty. Write the text, or leave {name} out."
        )
    return found


def text_list(name: str, default: list[str]) -> list[str]:
    """Return texts separated by commas, without empty ones."""
    values: list[str] = env.list(VARIABLES[name].name, default=default)
    return [value.strip() for value in values if value.strip()]


def flag(name: str, default: bool) -> bool:
    """Return a switch: 1, true, yes, on or 0, false, no, off. A typo is refused, so that it cannot open a door."""
    word = text(name, str(default)).strip().lower()
    if word not in {"1", "true", "yes", "on", "0", "false", "no", "off", ""}:
        raise ImproperlyConfigured(f"{name} is {word!r}; write 1 or 0.")
    return word in {"1", "true", "yes", "on"}


def number(name: str, default: float, low: float) -> float:
    """Return a number that is at least `low`."""
    word = text(name, str(default)) or str(default)
    try:
        value = float(word)
    except ValueError:
        value = low - 1
    if not low <= value < 1e9:
        raise ImproperlyConfigured(f"{name} is {word!r}; write a number from {low:g} on.")
    return value


def whole_number(name: str, default: int, least: int = 0) -> int:
    """Return a whole number that is not less than `least`."""
    value = number(name, default, least)
    if value != int(value):
        raise ImproperlyConfigured(f"{name} is {text(name)!r}; write a whole number.")
    return int(value)


def seconds_list(name: str, default: list[float]) -> list[float]:
    """Return numbers of seconds separated by commas."""
    words = text(name, ",".join(map(str, default))).split(",")
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if not values or not all(0 <= value < 1e6 for value in values):
        raise ImproperlyConfigured(f"{name} is {','.join(words)!r}; write seconds like 60,300,1800.")
    return values


def parse_url(
    name: str, url: str, parse: Callable[[str], dict[str, Any]], required: str, example: str
) -> dict[str, Any]:
    """Return what `parse` makes of a URL; refuse it when the key `required` is missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an unknown scheme is refused below, in one sentence
            parsed = parse(url)
    except (ImproperlyConfigured, LookupError, TypeError, ValueError):
        parsed = {}
    if not parsed.get(required):
        raise ImproperlyConfigured(f"{name} cannot be read; write it like {example}.")
    return parsed


def host_name(host: str) -> str:
    """Return a host name in small letters and ASCII (IDNA). Raises ValueError for what cannot be one."""
    name = host.lower()
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode()
    if not (HOST.fullmatch(name) and len(name) <= 253):
        raise ValueError(host)
    return name


def host_list(name: str) -> list[str]:
    """Return host names separated by commas; ".example.org" stands for every name that ends so."""
    hosts = []
    for word in text_list(name, []):
        try:
            hosts.append("." * word.startswith(".") + host_name(word.removeprefix(".")))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} holds {word!r}; write host names alone, without https:// and port."
            ) from error
    return hosts


def origin(name: str, default: str, *, may_have_path: bool = False) -> str:
    """Return scheme, host and port of an address, without a slash at the end. Capitals and accents are normalised."""
    word = text(name, default)
    try:
        parts = urlsplit(word)
        host, port = host_name(parts.hostname or ""), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in {"http", "https"} or not host:
        raise ImproperlyConfigured(
            f"{name} is {word!r}; it must begin with http:// or https:// and a host name."
        )
    path = parts.path.rstrip("/")
    if parts.username is not None or parts.query or parts.fragment or (path and not may_have_path):
        raise ImproperlyConfigured(
            f"{name} is {word!r}; write only scheme, host name and port, such as https://{host}."
        )
    if not re.fullmatch(r"[\w./~-]*", path, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {word!r}; its path may hold only letters and digits.")
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "") + path


def sender(name: str, default: str) -> str:
    """Return one address with an optional name, quoted as e-mail headers need it."""
    word = text(name, default)
    display_name, _bracket, mailbox = word.rpartition("<")
    display_name, mailbox = display_name.strip().strip('"'), mailbox.strip().removesuffix(">")
    local, _at, domain = mailbox.rpartition("@")
    try:
        domain = host_name(domain)
    except ValueError:
        domain = ""
    if (
        not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]+", local, re.ASCII)
        or not domain
        or not display_name.isprintable()
    ):
        raise ImproperlyConfigured(
            f"{name} is {word!r}; write one address like Reminder <reminder@example.org>."
        )
    if re.search(r"[^\w \'!#$%&*+/=?^`{|}~-]", display_name):
        display_name = '"' + display_name.replace("\\", "").replace('"', "") + '"'
    return f"{display_name} <{local}@{domain}>" if display_name else f"{local}@{domain}"


def address(name: str) -> str:
    """Return a plain e-mail address, or an empty text."""
    word = text(name).strip()
    if word and not re.fullmatch(r"[\w.]+@[\w.-]+", word, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {word!r}; write a plain address such as bounce@example.org.")
    return word
