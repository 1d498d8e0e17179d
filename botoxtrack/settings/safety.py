"""What is refused at the start, each in a sentence: it would open the site, or send what it stores in the clear."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from botoxtrack.environment import text_list
from botoxtrack.loopback import is_loopback
from botoxtrack.settings.base import ALLOWED_HOSTS, BASE_URL, DEBUG, DEMO, PRODUCTION, VAR_DIR
from botoxtrack.settings.data import DATABASES, REDIS_URL, SQLITE
from botoxtrack.settings.mail import mail

OPEN_TO_OTHERS = 0o077
CONNECTIONS = ("database", "redis", "mail")


def check_try_out_mode() -> None:
    """Refuse demo and debug mode under a public name: passwords are known, and every e-mail and code is shown."""
    mode = "DEMO=1" if DEMO else "DEBUG=1"
    names = {"BASE_URL": [urlsplit(BASE_URL).hostname or ""], "ALLOWED_HOSTS": ALLOWED_HOSTS}
    for name, hosts in names.items():
        for host in hosts:
            if not is_loopback(host):
                raise ImproperlyConfigured(
                    f"{mode} is for this machine alone, but {name} names {host}. Leave {mode.partition('=')[0]} out."
                )


def check_connections(allowed: list[str]) -> None:
    """Refuse to send passwords and health data in the clear to another machine."""
    unknown = set(allowed) - set(CONNECTIONS)
    if unknown:
        raise ImproperlyConfigured(
            f"UNENCRYPTED_CONNECTIONS holds {min(unknown)!r}; write any of {', '.join(CONNECTIONS)}."
        )
    database: dict[str, Any] = DATABASES["default"]
    remote_smtp = "smtp" in mail["EMAIL_BACKEND"] and not is_loopback(mail.get("EMAIL_HOST") or "")
    unsafe = {
        "database": (
            "DATABASE_URL names another machine without sslmode=verify-full",
            not SQLITE
            and not is_loopback(database["HOST"])
            and database.get("OPTIONS", {}).get("sslmode") != "verify-full",
        ),
        "redis": (
            "REDIS_URL names another machine without encryption; write rediss://",
            REDIS_URL.startswith("redis://") and not is_loopback(urlsplit(REDIS_URL).hostname or ""),
        ),
        "mail": (
            "EMAIL_URL names another machine without encryption; write smtp+tls:// or smtp+ssl://",
            remote_smtp and not (mail.get("EMAIL_USE_TLS") or mail.get("EMAIL_USE_SSL")),
        ),
    }
    for name, (sentence, is_unsafe) in unsafe.items():
        if is_unsafe and name not in allowed:
            raise ImproperlyConfigured(
                f"{sentence}. In a network that nobody else reads, UNENCRYPTED_CONNECTIONS={name} allows it."
            )


def close_to_others(path: Path, mode: int) -> None:
    """Refuse a file or folder that other users of this machine can read. In demo and debug mode, close it."""
    try:
        if not path.stat().st_mode & OPEN_TO_OTHERS:
            return
        if not PRODUCTION:
            path.chmod(mode)
            return
    except FileNotFoundError:
        return
    except OSError:
        pass
    raise ImproperlyConfigured(
        f"Other users of this machine can read {str(path)!r}. Close it: chmod {mode:o} {str(path)!r}"
    )


def close_database_file() -> None:
    """Create the file of SQLite for its owner alone; -wal and -shm beside it get the same mode."""
    path = Path(DATABASES["default"]["NAME"])
    if not path.exists() and path.parent.is_dir():
        path.touch(mode=0o600)
    close_to_others(path, 0o600)


if PRODUCTION:
    check_connections(text_list("UNENCRYPTED_CONNECTIONS", []))
elif DEMO or DEBUG:
    check_try_out_mode()
close_to_others(VAR_DIR, 0o700)
if SQLITE and DATABASES["default"]["NAME"] != ":memory:":
    close_database_file()
