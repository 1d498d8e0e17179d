"""How long the dashboard takes compared with a minimal logged-in page.

    python -m bench.pages [--years N] [--rounds N] [--database sqlite|postgres|both]

Starts the product as an operator would (gunicorn, production settings, a database of its own in a temporary
folder), with patients whose diaries are 1, N and 20 years long, and requests pages over loopback, two readers
at a time. In each round each reader requests every page once, in a new random order:

    floor         a page of the same base template that reads one row
    warm          the dashboard of a record that has not changed
    after change  the first dashboard after an answer of the day

Prints medians in milliseconds and their ratios; the last line is one JSON object, of the slower database if
both were measured.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import random
import re
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from bench.people import READERS
from tests.processes.site import Site
from tests.servers import postgres

FLOOR, WARM, AFTER_CHANGE = "floor", "warm", "after change"

ANSWERS: Final = ("free", "mild", "moderate", "severe")


# The web server keeps an idle connection for two seconds.
IDLE_SECONDS: Final = 1.0

Times = dict[tuple[str, int], list[float]]


def count_queries(email: str) -> int:
    """Count the queries of the warm dashboard, inside the site."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email=email))
    for _time in range(2):
        client.get("/progress/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/progress/")
    return len(queries)


# ---------- readers, outside the site ----------


class Reader:
    """One logged-in browser: a persistent connection, cookies, and the CSRF token."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies = {"session": session}
        self.token = ""
        self.answers = 0
        self.size = 0
        self.last_used = time.monotonic()
        self.get("/")

    def get(self, path: str) -> float:
        """Request a page. Return the milliseconds to its last byte."""
        begin = time.perf_counter()
        response, body = self.exchange("GET", path)
        milliseconds = (time.perf_counter() - begin) * 1000
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
        self.size = len(body)
        self.remember(
            response, gzip.decompress(body) if response.headers["Content-Encoding"] == "gzip" else body
        )
        return milliseconds

    def exchange(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request and read the response.

        A server closes a connection that was idle for some seconds, which happens while the other reader keeps the
        machine busy. So an idle connection is reopened first.
        """
        headers = self.headers
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        if time.monotonic() - self.last_used > IDLE_SECONDS:
            self.connection.close()
        self.connection.request(method, path, urlencode(form) if form else None, headers)
        response = self.connection.getresponse()
        body = response.read()
        self.last_used = time.monotonic()
        return response, body

    @property
    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "Host": "localhost", "Accept-Encoding": "gzip"}

    def remember(self, response: http.client.HTTPResponse, body: bytes) -> None:
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _equals, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        match = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', body)
        self.token = match[1].decode() if match else self.token

    def answer_today(self) -> None:
        """Answer the day, each time differently."""
        self.answers += 1
        form = {
            "csrfmiddlewaretoken": self.token, "answer": ANSWERS[self.answers % 4], "back": "home",
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
        }  # fmt: skip
        response, _body = self.exchange("POST", "/diary/answer/", form)
        if response.status != 302:
            raise RuntimeError(f"the answer was refused with {response.status}")


def time_page(reader: Reader, page: str) -> float:
    if page == AFTER_CHANGE:
        reader.answer_today()
    return reader.get("/floor/" if page == FLOOR else "/progress/")


def read_pages(readers: dict[int, Reader], rounds: int, number: int, times: Times) -> None:
    """Read every page of every length in each round, in random order. number: of the reader."""
    order = [(page, years) for years in readers for page in (FLOOR, WARM, AFTER_CHANGE)]
    generator = random.Random(number)
    for round_number in range(rounds + 1):
        generator.shuffle(order)
        for page, years in order:
            milliseconds = time_page(readers[years], page)
            if round_number:  # the first round fills the cache
                times[page, years].append(milliseconds)


@contextmanager
def run_site(database: str) -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="btx-bench-") as folder:
        settings = {"DJANGO_SETTINGS_MODULE": "bench.floor_settings", "LOG_LEVEL": "WARNING"}
        site = Site(Path(folder), "consolemail://", more=settings)
        if database == "sqlite":
            yield site
            return
        with postgres() as url:
            site.database_url = url
            yield site


def measure_site(database: str, years: list[int], rounds: int) -> tuple[Times, int, dict[int, int]]:
    """Return milliseconds by page and length, queries of the warm dashboard, and bytes of the page by length."""
    with run_site(database) as site:
        site.prepare()
        populate = f"from bench.people import populate; print(json.dumps(populate({years})))"
        sessions = site.ask(populate)
        times: Times = defaultdict(list)
        with site.web():
            reader_sets = [
                {length: Reader(site.port, sessions[f"{reader}/{length}"]) for length in years}
                for reader in range(READERS)
            ]
            threads = [
                threading.Thread(target=read_pages, args=(readers, rounds, number, times))
                for number, readers in enumerate(reader_sets)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            sizes = {}
            for length, reader in reader_sets[0].items():
                reader.get("/progress/")
                sizes[length] = reader.size
        count = (
            f"from bench.pages import count_queries; print(count_queries('reader0.{years[-1]}@example.org'))"
        )
        return times, int(site.ask(count)), sizes


def print_report(
    database: str, years: list[int], times: Times, queries: int, sizes: dict[int, int]
) -> dict[str, float]:
    """Print the measurements. Return the ratios."""
    medians = {key: statistics.median(milliseconds) for key, milliseconds in times.items()}
    floor = statistics.median(
        value for (page, _years), milliseconds in times.items() if page == FLOOR for value in milliseconds
    )
    print(f"{database}: floor {floor:.1f} ms")
    for length in years:
        warm, after = medians[WARM, length], medians[AFTER_CHANGE, length]
        print(
            f"  {length:2} years  warm {warm:6.1f} ms ({warm / floor:4.2f})   "
            f"after change {after:6.1f} ms ({after / floor:4.2f})   {sizes[length] / 1000:6.0f} kB"
        )
    main = years[1]
    ratios = {
        "dashboard_warm_ratio": medians[WARM, main] / floor,
        "dashboard_after_change_ratio": medians[AFTER_CHANGE, main] / floor,
        "growth_20y_over_1y": medians[WARM, years[-1]] / medians[WARM, years[0]],
        "growth_after_change_20y_over_1y": medians[AFTER_CHANGE, years[-1]] / medians[AFTER_CHANGE, years[0]],
    }
    return {name: round(ratio, 2) for name, ratio in ratios.items()} | {"queries": queries}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--years", type=int, default=10, help="length of the diary the ratios are of, 2 to 19"
    )
    parser.add_argument("--longest", type=int, default=20, help="years of the longest diary")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    options = parser.parse_args()
    if not 2 <= options.years < options.longest or options.rounds < 1:
        parser.error("--years lies between 1 and --longest; --rounds is 1 or more")
    years = [1, options.years, options.longest]
    reports = []
    for database in ["sqlite", "postgres"] if options.database == "both" else [options.database]:
        reports.append(print_report(database, years, *measure_site(database, years, options.rounds)))
    worst = {name: max(ratios[name] for ratios in reports) for name in reports[0]}
    print(json.dumps(worst))


if __name__ == "__main__":
    main()
