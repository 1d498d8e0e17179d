"""How heavy the pages are in a real browser: `python -m bench.weight`.

Starts the product as an operator would and opens each page of a patient in Chromium on a phone's screen, once with an
empty cache (cold) and once more (warm). Counts the bytes over the wire as the browser tells them: heads and bodies,
compressed as they came. Prints a line a page; the last line is one JSON object. The bars: the first screen cold at most
90 kB and without the chart library, warm at most 12 kB.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.processes.site import Site

PHONE = {"width": 360, "height": 780}
FIRST, DASHBOARD = "/", "/progress/"
PAGES = (
    FIRST,
    "/diary/",
    "/diary/catch-up/",
    DASHBOARD,
    "/progress/how/",
    "/sessions/",
    "/sessions/add/",
    "/data/",
    "/help/",
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


class Wire:
    """What a page has loaded: bytes over the wire by kind, and the addresses."""

    def __init__(self, page: Page) -> None:
        self.kinds: dict[str, str] = {}
        self.bytes: dict[str, int] = {}
        self.addresses: list[str] = []
        self.session = page.context.new_cdp_session(page)
        self.session.on("Network.responseReceived", self.answered)
        self.session.on("Network.loadingFinished", self.finished)
        self.session.send("Network.enable")

    def answered(self, event: dict[str, Any]) -> None:
        self.kinds[event["requestId"]] = event["type"]
        self.addresses.append(event["response"]["url"])

    def finished(self, event: dict[str, Any]) -> None:
        kind = self.kinds.get(event["requestId"], "Other")
        self.bytes[kind] = self.bytes.get(kind, 0) + int(event["encodedDataLength"])

    def take(self) -> tuple[dict[str, int], list[str]]:
        taken = dict(self.bytes), list(self.addresses)
        self.bytes.clear()
        self.addresses.clear()
        return taken


def open_page(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")


def measured(
    browser: Browser, site: Site, key: str, path: str
) -> tuple[dict[str, int], dict[str, int], list[str]]:
    """Bytes by kind cold and warm, and what was loaded cold."""
    context = browser.new_context(base_url=site.url, viewport=PHONE, is_mobile=True, has_touch=True)
    context.add_cookies([{"name": "session", "value": key, "url": site.url}])
    page = context.new_page()
    wire = Wire(page)
    open_page(page, path)
    cold, addresses = wire.take()
    page.goto("about:blank")
    wire.take()
    open_page(page, path)
    warm, _addresses = wire.take()
    context.close()
    return cold, warm, addresses


def line(path: str, cold: dict[str, int], warm: dict[str, int]) -> str:
    kinds = ", ".join(f"{kind.lower()} {size / 1000:.1f}" for kind, size in sorted(cold.items()))
    return f"{path:18} cold {sum(cold.values()) / 1000:7.1f} kB ({kinds})   warm {sum(warm.values()) / 1000:6.1f} kB"


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    found: dict[str, tuple[dict[str, int], dict[str, int], list[str]]] = {}
    with tempfile.TemporaryDirectory(prefix="btx-bench-") as folder:
        site = Site(Path(folder), "consolemail://", more={"LOG_LEVEL": "WARNING"})
        site.prepare()
        key = site.ask("from bench.pages import patient; print(json.dumps(patient(0, 2)))")
        with site.web(), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            for path in PAGES:
                found[path] = measured(browser, site, key, path)
                print(line(path, *found[path][:2]))
            browser.close()
    charts = [address for address in found[FIRST][2] if "plotly" in address]
    if charts:
        raise SystemExit(f"the first screen loads the chart library: {charts[0]}")
    print(
        json.dumps(
            {
                "first_screen_cold_bytes": sum(found[FIRST][0].values()),
                "first_screen_warm_bytes": sum(found[FIRST][1].values()),
                "dashboard_cold_bytes": sum(found[DASHBOARD][0].values()),
            }
        )
    )


if __name__ == "__main__":
    main()
