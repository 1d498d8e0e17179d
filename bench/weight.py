"""The transferred bytes of pages in a real browser, and the time until a tap is visible: `python -m bench.weight`.

Starts the product as an operator would and opens each page of a patient in Chromium on a phone's screen, once with an
empty cache (cold) and once more (warm). A relay between browser and site counts the bytes (bench/wire.py), because
the browser does not report what its worker fetches: headers and bodies, as compressed.

    cold     what the page itself requests: HTML, styles, scripts, fonts, pictures, and the data a device stores
    kept     in addition, what the worker fetches for offline use: itself and the offline page
    warm     everything the second time, including the later check for a newer worker

A page without a worker is measured without one. Then today is answered 20 times, each time on the newly opened first
screen, at 400 kbit/s and 400 ms with the processor slowed four times: the milliseconds from the click event to the
frame that shows "recorded", long before the site has the answer. The time of the browser from touch to click is not
included.

Prints a line a page; the last line is one JSON object. The limits: the first screen cold at most 80 kB, warm at most
7.5 kB; the dashboard cold at most 110 kB, without exploring a chart; no page loads the chart library; half of the
taps within 100 ms. If a limit is exceeded, it says so and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
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
from tests.servers import find_chromium, wait_for

PHONE = {"width": 360, "height": 780}
FIRST, DASHBOARD = "/", "/progress/"
PAGES = (
    FIRST,
    "/diary/",
    "/diary/catch-up/",
    DASHBOARD,
    "/progress/time/",
    "/progress/how/",
    "/sessions/",
    "/sessions/add/",
    "/data/",
    "/help/",
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
MAX_COLD_BYTES: Final = 80_000  # bytes
WARM_LOADS = 9
MAX_WARM_BYTES: Final = 7_500  # bytes
MAX_DASHBOARD_BYTES: Final = 110_000  # bytes
MAX_TAP_MS: Final = 100  # ms
TAPS: Final = 20
SLOW_NETWORK = {
    "offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000,  # ms, bytes a second
}  # fmt: skip
FAST_NETWORK = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
CPU_SLOWDOWN: Final = 4  # times
ANSWERS: Final = ("free", "mild", "moderate", "severe")
OFFLINE_SCRIPT = 'script[src*="/today"]'
# Measures from the click event to the frame that shows the answer as recorded.
MEASURE_TAP = """() => {
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


def create_patient() -> str:
    """Inside the site: create a patient with two years of diary, today unrecorded. Return a session key."""
    from bench import people
    from headaches.models import DiaryDay

    key = people.create_patient(0, 2)
    DiaryDay.objects.latest("date").delete()
    return key


@dataclass(frozen=True)
class Weight:
    """The exchanges of one page, the first time and the second time."""

    cold: list[Exchange]
    warm: list[Exchange]

    @property
    def cold_bytes(self) -> int:
        return sum(exchange.size for exchange in self.cold if not exchange.by_worker)

    @property
    def kept_bytes(self) -> int:
        return sum(exchange.size for exchange in self.cold if exchange.by_worker)

    @property
    def warm_bytes(self) -> int:
        return sum(exchange.size for exchange in self.warm)

    def line(self, path: str) -> str:
        kinds: Counter[str] = Counter()
        for exchange in self.cold:
            if not exchange.by_worker:
                kinds[exchange.kind] += exchange.size
        by_kind = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in sorted(kinds.items()))
        offline = f" + {self.kept_bytes / 1000:.1f} kept" if self.kept_bytes else ""
        return (
            f"{path:18} cold {self.cold_bytes / 1000:7.1f} kB{offline} ({by_kind})   "
            f"warm {self.warm_bytes / 1000:6.1f} kB"
        )


def load_page(page: Page, relay: Wire, path: str) -> list[Exchange]:
    """Load a page with everything it fetches. Return the exchanges."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    if page.locator(OFFLINE_SCRIPT).count():
        page.wait_for_selector("html[data-kept]", state="attached")
        wait_for(
            lambda: any(exchange.path == WORKER for exchange in relay.exchanges), what="the look for a worker"
        )
        page.wait_for_load_state("networkidle")
    page.goto("about:blank")
    return relay.take_exchanges()


@contextmanager
def open_phone(browser: Browser, relay: Wire, key: str) -> Iterator[Page]:
    context = browser.new_context(base_url=relay.origin, viewport=PHONE, is_mobile=True, has_touch=True)
    context.add_cookies([{"name": "session", "value": key, "url": relay.origin}])
    yield context.new_page()
    context.close()


def weigh_page(browser: Browser, relay: Wire, key: str, path: str) -> Weight:
    """Weigh a page. Of several warm loads the median counts: a packed page has a name of random length in it."""
    with open_phone(browser, relay, key) as page:
        cold = load_page(page, relay, path)
        warm = [load_page(page, relay, path) for _load in range(WARM_LOADS if path == FIRST else 1)]
    warm.sort(key=lambda exchanges: sum(exchange.size for exchange in exchanges))
    return Weight(cold, warm[len(warm) // 2])


def open_today(page: Page) -> None:
    page.goto(FIRST)
    page.wait_for_selector("html[data-kept]", state="attached")
    page.wait_for_load_state("networkidle")


def wait_until_sent(page: Page) -> None:
    wait_for(lambda: page.evaluate(COUNT_WAITING) == 0, what="the site to have the tap")


def time_taps(page: Page, tap_count: int) -> list[float]:
    """Measure TAPS times the milliseconds from the click to the frame that shows it, on a newly opened page."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    milliseconds = []
    for number in range(tap_count):
        open_today(page)
        page.evaluate(MEASURE_TAP)
        session.send("Network.emulateNetworkConditions", SLOW_NETWORK)
        session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
        page.locator(f"button[name=answer][value={ANSWERS[number % 4]}]").tap()
        milliseconds.append(float(page.evaluate("window.tapped")))
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        session.send("Network.emulateNetworkConditions", FAST_NETWORK)
        wait_until_sent(page)
        page.locator(".toast [data-undo] button").tap()
        wait_until_sent(page)
    return milliseconds


def list_misses(weights: dict[str, Weight], taps: list[float]) -> list[str]:
    """Return a sentence for each exceeded limit."""
    first, dashboard = weights[FIRST], weights[DASHBOARD]
    misses = [
        f"{path} loads the chart library: {exchange.path}"
        for path, weight in weights.items()
        for exchange in weight.cold
        if "plotly" in exchange.path
    ]
    for page, size, limit in (
        ("first screen cold", first.cold_bytes, MAX_COLD_BYTES),
        ("first screen warm", first.warm_bytes, MAX_WARM_BYTES),
        ("dashboard cold", dashboard.cold_bytes, MAX_DASHBOARD_BYTES),
    ):
        if size > limit:
            misses.append(f"the {page} takes {size} bytes, {limit} at most")
    if statistics.median(taps) > MAX_TAP_MS:
        misses.append(f"a tap takes {statistics.median(taps):.0f} ms to show, {MAX_TAP_MS} at most")
    return misses


def measure(folder: Path, tap_count: int) -> tuple[dict[str, Weight], list[float]]:
    site = Site(folder, "consolemail://", more={"LOG_LEVEL": "WARNING"})
    site.prepare()
    key = site.ask("from bench.weight import create_patient; print(json.dumps(create_patient()))")
    weights: dict[str, Weight] = {}
    with site.web(), Wire.to(site.url) as relay, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for path in PAGES:
            weights[path] = weigh_page(browser, relay, key, path)
            print(weights[path].line(path), flush=True)
        with open_phone(browser, relay, key) as page:
            taps = time_taps(page, tap_count)
        browser.close()
    return weights, taps


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--taps", type=int, default=TAPS, help="how many taps are timed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="btx-bench-") as folder:
        weights, taps = measure(Path(folder), arguments.taps)
    median = statistics.median(taps)
    print(f"tap to recorded    median {median:.0f} ms, longest {max(taps):.0f} ms, of {len(taps)}")
    misses = list_misses(weights, taps)
    for miss in misses:
        print(f"missed: {miss}")
    report = {
        "first_screen_cold_bytes": weights[FIRST].cold_bytes,
        "first_screen_warm_bytes": weights[FIRST].warm_bytes,
        "dashboard_cold_bytes": weights[DASHBOARD].cold_bytes,
        "offline_kept_bytes": weights[FIRST].kept_bytes,
        "tap_ms_median": round(median, 1),
        "tap_ms_max": round(max(taps), 1),
    }
    print(json.dumps(report))
    raise SystemExit(1 if misses else 0)


if __name__ == "__main__":
    main()
