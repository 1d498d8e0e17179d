"""Logging: lines of JSON (core/logs.py), in debug mode plain ones. Users are numbers; no health data, no tokens."""

import sys

from django.core.exceptions import ImproperlyConfigured

from botoxtrack.environment import text
from botoxtrack.settings.base import DEBUG

LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LOG_LEVEL = text("LOG_LEVEL").strip().upper() or "INFO"
if LOG_LEVEL not in LOG_LEVELS:
    raise ImproperlyConfigured(f"LOG_LEVEL is {LOG_LEVEL!r}; write one of {', '.join(LOG_LEVELS)}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "core.logs.JsonFormatter"},
    },
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if DEBUG else "json",
            "stream": sys.stderr,
        }
    },
    "root": {"handlers": ["out"], "level": LOG_LEVEL},
    # At DEBUG it would write every statement with its values.
    "loggers": {"django.db.backends": {"level": "INFO"}},
}
