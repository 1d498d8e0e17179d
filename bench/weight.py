"""How heavy the pages are in a real browser, and how soon a tap shows: `python -m bench.weight`.

Starts the product as an operator would and opens each page of a patient in Chromium on a phone's screen, once with an
empty cache (cold) and once more (warm). The bytes are counted by a relay between browser and site (bench/wire.py), for
the browser's own tools tell nothing of what its worker fetches: heads and bodies, compressed as they came.

    cold     what the page itself asks for: HTML, styles, scripts, fonts, pictures, and the facts that a device keeps
    kept     beside it, what the worker fetches for the time without a network: itself, the page without a network
    warm     everything the second time, the worker's look for a newer worker included, which comes a while later

A page that brings no worker is measured without one. Then today is answered 20 times, each time on the first
screen just opened, at 400 kbit/s and 400 ms with the processor slowed four times: the milliseconds from the
click, as the page gets it, to the frame that has been shown with "recorded" in it, long before the site has
the answer. What the browser itself takes from the finger to the click is not in it; what else this machine
does meanwhile is.

Prints a line a page; the last line is one JSON object. The bars: the first screen cold at most 80 kB, warm at most
7.5 kB; the dashboard cold at most 110 kB, before anybody explores a chart; no page loads the chart library; half of the
taps within 100 ms. Where one is missed, it says so and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from bench.wire import WORKER, Exchange, Wire
from tests.device_queue import COUNT_WAITING
from tests.processes.site import Site
from tests.servers import wait_for

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
COLD_BAR: Final = 80_000  # bytes
WARM_BAR: Final = 7_500  # bytes
DASHBOARD_BAR: Final = 110_000  # bytes
TAP_BAR: Final = 100  # ms
TAPS: Final = 20
SLOW_NETWORK = {
    "offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000,  # ms, bytes a second
}  # fmt: skip
FAST_NETWORK = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
SLOWER: Final = 4  # times
ANSWERS: Final = ("free", "mild", "moderate", "severe")
KEEPS = 'script[src*="/today"]'
# From the click, as the page gets it, until the frame has been shown in which the answer stands as recorded.
TAPPED = """() => {
  const heading = document.querySelector("[data-asks]");
  const before = heading.textContent;
  window.tapped = new Promise((resolve, reject) => {
    let at = 0;
    setTimeout(() => reject(new Error("a tap does not show")), 10000);
    document.addEventListener("click", () => { at = performance.now(); }, { capture: true, once: true });
    const watch = new MutationObserver(() => {
      if (heading.textContent === before) return;
      watch.disconnect();
      requestAnimationFrame(() => {
        const shown = new MessageChannel();
        shown.port1.onmessage = () => resolve(performance.now() - at);
        shown.port2.postMessage(null);
      });
    });
    watch.observe(heading, { subtree: true, childList: true });
  });
}"""


def patient() -> str:
    """Inside the site: a diary of two years, today not answered yet; gives the key of a log-in."""
    from bench import people
    from headaches.models import DiaryDay

    key = people.patient(0, 2)
    DiaryDay.objects.latest("date").delete()
    return key


@dataclass(frozen=True)
class Weight:
    """What came over the wire for one page, the first time and the second."""

    cold: list[Exchange]
    warm: list[Exchange]

    @property
    def cold_bytes(self) -> int:
        return sum(one.size for one in self.cold if not one.by_worker)

    @property
    def kept_bytes(self) -> int:
        return sum(one.size for one in self.cold if one.by_worker)

    @property
    def warm_bytes(self) -> int:
        return sum(one.size for one in self.warm)

    def line(self, path: str) -> str:
        kinds: Counter[str] = Counter()
        for one in self.cold:
            if not one.by_worker:
                kinds[one.kind] += one.size
        named = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in sorted(kinds.items()))
        kept = f" + {self.kept_bytes / 1000:.1f} kept" if self.kept_bytes else ""
        return (
            f"{path:18} cold {self.cold_bytes / 1000:7.1f} kB{kept} ({named})   "
            f"warm {self.warm_bytes / 1000:6.1f} kB"
        )


def whole(page: Page, wire: Wire, path: str) -> list[Exchange]:
    """Open a page, wait for all that comes with it, and give what came."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    if page.locator(KEEPS).count():
        page.wait_for_selector("html[data-kept]", state="attached")
        wait_for(lambda: any(one.path == WORKER for one in wire.exchanges), what="the look for a worker")
        page.wait_for_load_state("networkidle")
    page.goto("about:blank")
    return wire.take()


@contextmanager
def phone(browser: Browser, wire: Wire, key: str) -> Iterator[Page]:
    context = browser.new_context(base_url=wire.origin, viewport=PHONE, is_mobile=True, has_touch=True)
    context.add_cookies([{"name": "session", "value": key, "url": wire.origin}])
    yield context.new_page()
    context.close()


def weighed(browser: Browser, wire: Wire, key: str, path: str) -> Weight:
    with phone(browser, wire, key) as page:
        return Weight(whole(page, wire, path), whole(page, wire, path))


def open_today(page: Page) -> None:
    page.goto(FIRST)
    page.wait_for_selector("html[data-kept]", state="attached")
    page.wait_for_load_state("networkidle")


def has_gone_up(page: Page) -> None:
    wait_for(lambda: page.evaluate(COUNT_WAITING) == 0, what="the site to have the tap")


def tapped(page: Page, tap_count: int) -> list[float]:
    """Milliseconds from the click to the frame that shows it, each on a page just opened."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    taken = []
    for number in range(tap_count):
        open_today(page)
        page.evaluate(TAPPED)
        session.send("Network.emulateNetworkConditions", SLOW_NETWORK)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.locator(f"button[name=answer][value={ANSWERS[number % 4]}]").tap()
        taken.append(float(page.evaluate("window.tapped")))
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        session.send("Network.emulateNetworkConditions", FAST_NETWORK)
        has_gone_up(page)
        page.locator(".toast [data-undo] button").tap()
        has_gone_up(page)
    return taken


def missed(weights: dict[str, Weight], taps: list[float]) -> list[str]:
    """The bars that are not met, a sentence each."""
    first, dashboard = weights[FIRST], weights[DASHBOARD]
    found = [
        f"{path} loads the chart library: {one.path}"
        for path, weight in weights.items()
        for one in weight.cold
        if "plotly" in one.path
    ]
    for what, size, bar in (
        ("first screen cold", first.cold_bytes, COLD_BAR),
        ("first screen warm", first.warm_bytes, WARM_BAR),
        ("dashboard cold", dashboard.cold_bytes, DASHBOARD_BAR),
    ):
        if size > bar:
            found.append(f"the {what} takes {size} bytes, {bar} at most")
    if statistics.median(taps) > TAP_BAR:
        found.append(f"a tap takes {statistics.median(taps):.0f} ms to show, {TAP_BAR} at most")
    return found


def measured(folder: Path, tap_count: int) -> tuple[dict[str, Weight], list[float]]:
    site = Site(folder, "consolemail://", more={"LOG_LEVEL": "WARNING"})
    site.prepare()
    key = site.ask("from bench.weight import patient; print(json.dumps(patient()))")
    weights: dict[str, Weight] = {}
    with site.web(), Wire.to(site.url) as wire, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for path in PAGES:
            weights[path] = weighed(browser, wire, key, path)
            print(weights[path].line(path), flush=True)
        with phone(browser, wire, key) as page:
            taps = tapped(page, tap_count)
        browser.close()
    return weights, taps


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--taps", type=int, default=TAPS, help="how many taps are timed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="btx-bench-") as folder:
        weights, taps = measured(Path(folder), arguments.taps)
    middle = statistics.median(taps)
    print(f"tap to recorded    median {middle:.0f} ms, longest {max(taps):.0f} ms, of {len(taps)}")
    misses = missed(weights, taps)
    for miss in misses:
        print(f"missed: {miss}")
    found = {
        "first_screen_cold_bytes": weights[FIRST].cold_bytes,
        "first_screen_warm_bytes": weights[FIRST].warm_bytes,
        "dashboard_cold_bytes": weights[DASHBOARD].cold_bytes,
        "offline_kept_bytes": weights[FIRST].kept_bytes,
        "tap_ms_median": round(middle, 1),
        "tap_ms_max": round(max(taps), 1),
    }
    print(json.dumps(found))
    raise SystemExit(1 if misses else 0)


if __name__ == "__main__":
    main()
