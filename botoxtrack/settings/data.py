"""Database, broker URL and cache."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from botoxtrack.environment import env, flag, parse_url, secret_text, text, whole_number
from botoxtrack.settings.base import SECRET_KEY, SECRET_LENGTH, VAR_DIR

DATABASE_URL: str = secret_text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'botoxtrack.sqlite3'}")
DATABASES = {
    "default": parse_url(
        "DATABASE_URL", DATABASE_URL, env.db_url_config, "ENGINE", "postgres://… or sqlite:///…"
    )
}
SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if SQLITE:
    # IMMEDIATE takes the write lock at the start: a transaction that takes it later fails with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
else:
    DATABASES["default"]["HOST"] = unquote(
        DATABASES["default"]["HOST"]
    )  # a socket folder is written as %2Ffolder
    DATABASES["default"]["CONN_MAX_AGE"] = whole_number("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
# Off behind a pooler that lends a connection for one transaction only.
PREPARED_STATEMENTS = flag("PREPARED_STATEMENTS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Read by manage.py doctor alone.
BACKUP_DIR: str = text("BACKUP_DIR")
REDIS_URL: str = secret_text("REDIS_URL")


def is_redis_url(url: str) -> bool:
    """Whether a URL has a scheme that both the broker and the cache support, a host, and the number of a database."""
    try:
        parts = urlsplit(url)
        has_server = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return (
        parts.scheme in {"redis", "rediss"}
        and has_server
        and re.fullmatch(r"(/\d*)?", parts.path) is not None
    )


if REDIS_URL and not is_redis_url(REDIS_URL):
    raise ImproperlyConfigured(
        "REDIS_URL must begin with redis:// or rediss:// and a host name, and may end with the number of a database."
    )
# Rate limits and one-time codes need a cache that all processes share and that never evicts.
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

# Keys of core/encrypted.py, kept apart from the database and its backups.
FIELD_KEYS: list[str] = [key for key in re.split(r"[,\s]+", secret_text("FIELD_KEYS")) if key]
if any(len(key) < SECRET_LENGTH for key in FIELD_KEYS):
    raise ImproperlyConfigured("A key of FIELD_KEYS is too short: use 50 random characters or more for each.")
if len(set(FIELD_KEYS)) < len(FIELD_KEYS) or SECRET_KEY in FIELD_KEYS:
    raise ImproperlyConfigured("FIELD_KEYS holds a key twice, or SECRET_KEY. Each key is one of its own.")

# How long things are kept before the nightly job deletes them.
KEEP_AUDIT_DAYS = whole_number("KEEP_AUDIT_DAYS", 1095, 1)
KEEP_CHANGE_DAYS = whole_number("KEEP_CHANGE_DAYS", 1095, 90)  # a device may send its taps weeks later
KEEP_DRAFT_DAYS = whole_number("KEEP_DRAFT_DAYS", 30, 1)
KEEP_INVITATION_DAYS = whole_number("KEEP_INVITATION_DAYS", 30, 1)
KEEP_REMINDER_DAYS = whole_number("KEEP_REMINDER_DAYS", 400, 90)  # what was sent is not sent again
KEEP_UPLOAD_DAYS = whole_number("KEEP_UPLOAD_DAYS", 1, 1)

# Rule sets of payers that the operator adds; clinic/payers/load.py refuses a bad one at the start.
PAYER_RULES_DIR = text("PAYER_RULES_DIR")
# The DOCX template of continuation letters.
LETTER_TEMPLATE = text("LETTER_TEMPLATE")
