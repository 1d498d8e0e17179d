"""A phone with the diary on it: what the tests of the time without a network do with it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Error, Page, expect

from accounts.models import Record
from core.dates import local_date
from headaches.models import DiaryDay
from tests.conftest import as_user
from tests.device_queue import COUNT_WAITING
from tests.servers import wait_for

ANSWERS = {
    "free": "No headache",
    "mild": "Mild headache",
    "moderate": "Moderate headache",
    "severe": "Severe headache",
}


def log_in(context: BrowserContext, server: str, record: Record) -> None:
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": as_user(record.user).cookies[name].value, "url": server}])


def today(record: Record) -> date:
    return local_date(record.user, timezone.now())


def open_home(context: BrowserContext) -> Page:
    """The first page, with everything it keeps for the time without a network."""
    page = context.new_page()
    page.goto("/")
    all_is_kept(page)
    return page


def all_is_kept(page: Page) -> None:
    page.wait_for_selector("html[data-kept]", state="attached")


def until(page: Page, expression: str) -> None:
    """Wait until it holds. Asked from outside: the content policy forbids a page to evaluate text itself."""

    def holds() -> bool:
        with suppress(Error):  # the page is being loaded
            return bool(page.evaluate(expression))
        return False

    wait_for(holds, what=expression)


def ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready]", state="attached")


def load(page: Page) -> None:
    """The first page once more, or the one that stands in its place without a network."""
    page.goto("/")
    ready(page)


def tap(page: Page, said: str) -> None:
    page.get_by_role("button", name=ANSWERS[said], exact=True).click()


def tap_waits(page: Page, said: str) -> None:
    """Tapped, and not at the site: that was tried, and failed."""
    tap(page, said)
    is_waiting(page)


def is_waiting(page: Page) -> None:
    """The word is there from the tap on, hidden as long as sending is under way."""
    expect(page.locator(".toast [data-waiting]")).to_be_visible()


def waiting(page: Page) -> int:
    return int(page.evaluate(COUNT_WAITING))


def stored(page: Page, number: int) -> None:
    """A tap is shown at once and stored a moment later: a page must not be closed in between."""
    until(page, f"{COUNT_WAITING}.then((count) => count === {number})")


def sent(page: Page) -> None:
    until(page, f"{COUNT_WAITING}.then((count) => !count)")


def states(record: Record) -> dict[date, str]:
    return {day.date: day.state for day in DiaryDay.objects.filter(record=record)}
