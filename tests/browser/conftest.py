"""One Chromium a worker of pytest, a new context a test; what a page must never do is watched in each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from accounts.models import Record
from tests.browser.network import Network
from tests.browser.phone import log_in
from tests.environment import number
from tests.servers import find_chromium

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # ms
# How many times slower than here a page's scripts run: a test that passes only on a quick machine fails then.
SLOWED = number("SLOWED", 1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Playwright keeps an event loop in this thread, so Django must be told that its queries may run beside it."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield chromium
        chromium.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@dataclass
class Watch:
    """Console errors (a violation of the content policy is one), uncaught errors, requests to another origin."""

    origin: str
    complaints: list[str] = field(default_factory=list)

    def on(self, context: BrowserContext) -> None:
        context.on("console", self.console)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("request", self.request)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"data", "blob"} or f"{address.scheme}://{address.netloc}" == self.origin:
            return
        self.complaints.append(f"foreign request: {request.url}")

    def take(self) -> list[str]:
        """What was noted since the last time."""
        taken, self.complaints = self.complaints, []
        return taken


def slow(page: Page) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})


NewContext = Callable[..., tuple[BrowserContext, Watch]]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Make a context that knows its origin and is watched."""
    opened = []

    def make(origin: str, **options: Any) -> tuple[BrowserContext, Watch]:
        context = browser.new_context(base_url=origin, **{"locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE)
        if SLOWED > 1:
            context.on("page", slow)
        opened.append(context)
        watch = Watch(origin)
        watch.on(context)
        return context, watch

    yield make
    for context in opened:
        context.close()


class WaitingServer(ThreadedWSGIServer):
    """Closing waits for the requests at work: their threads share the test's connection."""

    daemon_threads = False


class ServerThread(LiveServerThread):
    server_class = WaitingServer


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """A live server on the test's database. Static files come from whitenoise, hashed, as in production."""
    shared = {one.alias: one for one in connections.all() if one.vendor == "sqlite" and one.is_in_memory_db()}
    for connection in shared.values():
        connection.inc_thread_sharing()
    thread = ServerThread(
        "localhost", static_handler=lambda application: application, connections_override=shared
    )
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    try:
        if thread.error:
            raise thread.error
        yield f"http://localhost:{thread.port}"
    finally:
        thread.terminate()
        for connection in shared.values():
            connection.dec_thread_sharing()


@pytest.fixture
def net(server: str) -> Iterator[Network]:
    """The network between a phone and the site, to be cut."""
    with Network.to(server) as made:
        yield made


@pytest.fixture
def device(net: Network, new_context: NewContext, alice: Record) -> tuple[BrowserContext, Watch]:
    """Alice's phone, logged in."""
    context, watch = new_context(net.origin, viewport={"width": 360, "height": 780})
    log_in(context, net.origin, alice)
    return context, watch
