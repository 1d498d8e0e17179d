"""Log lines: one JSON object each, in UTC, with the request and the user's number, without what must not be in a log.

A log line names no address, no day of a diary and no token: paths are written as their route, and what looks like one
of these in a message or a traceback is replaced.
"""

import json
import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

current_request: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)

UUID: Final = r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"
REPLACED: Final = (
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[address]"),
    # Letters and digits mixed, 20 or more: keys and tokens, with what a signature adds. Numbers of tasks stay.
    (re.compile(rf"(?!{UUID})(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{{20,}}(?::[\w-]+)*"), "[token]"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "[date]"),
)


def redact(text: str) -> str:
    """Return a text with addresses, tokens and dates replaced."""
    for pattern, word in REPLACED:
        text = pattern.sub(word, text)
    return text


def identify_request(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give each request a number, which its log lines and its response carry."""

    def handle(request: HttpRequest) -> HttpResponse:
        request.log_number = token_hex(8)  # type: ignore[attr-defined]
        token = current_request.set(request)
        try:
            response = get_response(request)
        finally:
            current_request.reset(token)
        if not request.path.startswith(settings.STATIC_URL):  # nobody reports a file, and each byte is loaded
            response["X-Request-ID"] = request.log_number  # type: ignore[attr-defined]
        return response

    return handle


def describe_request(request: HttpRequest) -> dict[str, Any]:
    """Return number, user, method and route. The user is known only if something has asked for it already."""
    user = getattr(request, "_cached_user", None)
    match = request.resolver_match
    return {
        "request": getattr(request, "log_number", None),
        "user": user.pk if user is not None else None,
        "method": request.method,
        "route": match.route if match else None,
    }


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        request = getattr(record, "request", None)
        if not isinstance(request, HttpRequest):
            request = current_request.get()
        if request is not None:
            line |= describe_request(request)
        message = record.getMessage()
        if request is not None:
            # Django's messages end with the path, which the route stands for.
            message = message.replace(request.get_full_path(), "").replace(request.path, "").rstrip(": ")
        line["message"] = redact(message)
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
