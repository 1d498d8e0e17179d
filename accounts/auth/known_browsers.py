"""Browsers in which somebody has logged in before: a signed cookie in each. It opens nothing.

Such a browser has its own count of wrong passwords, so that tries from elsewhere lock nobody out, and a log-in in it is
not reported by e-mail.
"""

from datetime import timedelta
from secrets import token_hex
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from core.crypto import list_secrets

SALT: Final = "accounts.known_browser"
MAX_AGE: Final = timedelta(days=400)  # as long as browsers keep a cookie
MAX_ACCOUNTS: Final = 5


def read_cookie(request: HttpRequest) -> dict[str, Any]:
    """Return the browser's own number and the codes of its accounts, the latest first."""
    try:
        content: dict[str, Any] = signing.loads(
            request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""), salt=SALT, max_age=MAX_AGE
        )
    except signing.BadSignature:
        return {"browser": token_hex(16), "accounts": []}
    return content


def list_account_codes(email: str) -> list[str]:
    """Return what stands for an account in the cookie, and tells nothing about it. The present code is the first."""
    return [salted_hmac(SALT, email.lower(), secret=secret).hexdigest()[:16] for secret in list_secrets()]


def get_known_browser(request: HttpRequest, email: str) -> str:
    """Return the number of a browser in which this account has logged in before, or ""."""
    content = read_cookie(request)
    return "" if set(list_account_codes(email)).isdisjoint(content["accounts"]) else str(content["browser"])


def remember_browser(request: HttpRequest, response: HttpResponse, email: str) -> None:
    content, codes = read_cookie(request), list_account_codes(email)
    accounts = [codes[0], *(known for known in content["accounts"] if known not in codes)][:MAX_ACCOUNTS]
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        signing.dumps({"browser": content["browser"], "accounts": accounts}, salt=SALT),
        max_age=MAX_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
