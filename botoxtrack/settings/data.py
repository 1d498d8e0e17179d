"""Database, broker URL and cache."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from botoxtrack.environment import env, flag, number, parse_url, text
from botoxtrack.settings.base import VAR_DIR

DATABASE_URL: str = text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'botoxtrack.sqlite3'}")
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
    DATABASES["default"]["CONN_MAX_AGE"] = int(number("CONN_MAX_AGE", 60, 0))
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
# Off behind a pooler that lends a connection for one transaction only.
PREPARED_STATEMENTS = flag("PREPARED_STATEMENTS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL: str = text("REDIS_URL")
# Only schemes that both the broker and the cache support.
if REDIS_URL and not (REDIS_URL.startswith(("redis://", "rediss://")) and urlsplit(REDIS_URL).netloc):
    raise ImproperlyConfigured("REDIS_URL must begin with redis:// or rediss:// and a host name.")
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
