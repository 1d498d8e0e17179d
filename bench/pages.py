"""How long the dashboard takes against the least a logged-in page can take.

    python -m bench.pages [--years N] [--rounds N] [--database sqlite|postgres|both]

Starts the product as an operator would (gunicorn, production settings, a database of its own in a temporary
folder), with patients whose diaries are 1, N and 20 years long, and asks pages of it over loopback, two readers at
a time. In each round every page is asked once by each reader, in an order drawn anew:

    floor         a page of the same base template that reads one row
    warm          the dashboard of a record that has not changed
    after change  the first dashboard after a day of the diary was answered

Prints medians in milliseconds and their ratios; the last line is one JSON object, of the slower database where
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
    """Queries of the warm dashboard, counted in the site's own Django."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email=email))
    for _time in range(2):
        client.get("/progress/")
    with CaptureQueriesContext(connection) as seen:
        client.get("/progress/")
    return len(seen)


# ---------- outside: readers ----------


class Reader:
    """One browser with one log-in: a connection kept open, cookies, the form token."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies = {"session": session}
        self.token = ""
        self.said = 0
        self.size = 0
        self.last_used = time.monotonic()
        self.get("/")

    def get(self, path: str) -> float:
        """Ask for a page; gives the milliseconds to its last byte."""
        begin = time.perf_counter()
        answer, body = self.exchange("GET", path)
        taken = (time.perf_counter() - begin) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        self.size = len(body)
        self.keep(answer, gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body)
        return taken

    def exchange(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request and read the answer.

        A server closes a connection that was idle for some seconds, as it is while the other reader keeps the machine
        busy: an idle connection is opened anew before the clock starts to matter.
        """
        headers = self.headers
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        if time.monotonic() - self.last_used > IDLE_SECONDS:
            self.connection.close()
        self.connection.request(method, path, urlencode(form) if form else None, headers)
        answer = self.connection.getresponse()
        body = answer.read()
        self.last_used = time.monotonic()
        return answer, body

    @property
    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "Host": "localhost", "Accept-Encoding": "gzip"}

    def keep(self, answer: http.client.HTTPResponse, body: bytes) -> None:
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', body)
        self.token = found[1].decode() if found else self.token

    def answer_today(self) -> None:
        """Answer the day, each time otherwise than before."""
        self.said += 1
        form = {
            "csrfmiddlewaretoken": self.token, "answer": ANSWERS[self.said % 4], "back": "home",
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
        }  # fmt: skip
        answer, _body = self.exchange("POST", "/diary/answer/", form)
        if answer.status != 302:
            raise RuntimeError(f"the answer was refused with {answer.status}")


def one_page(reader: Reader, what: str) -> float:
    if what == AFTER_CHANGE:
        reader.answer_today()
    return reader.get("/floor/" if what == FLOOR else "/progress/")


def read_pages(readers: dict[int, Reader], rounds: int, number: int, times: Times) -> None:
    """What one of the readers at a time does: every page of every length, each round in another order."""
    order = [(what, years) for years in readers for what in (FLOOR, WARM, AFTER_CHANGE)]
    chance = random.Random(number)
    for round_number in range(rounds + 1):
        chance.shuffle(order)
        for what, years in order:
            taken = one_page(readers[years], what)
            if round_number:  # the first round fills what is kept
                times[what, years].append(taken)


@contextmanager
def a_site(database: str) -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="btx-bench-") as folder:
        more = {"DJANGO_SETTINGS_MODULE": "bench.floor_settings", "LOG_LEVEL": "WARNING"}
        site = Site(Path(folder), "consolemail://", more=more)
        if database == "sqlite":
            yield site
            return
        with postgres() as url:
            site.database_url = url
            yield site


def measured(database: str, years: list[int], rounds: int) -> tuple[Times, int, dict[int, int]]:
    """Milliseconds by page and length, queries of the warm dashboard, and bytes of the page by length."""
    with a_site(database) as site:
        site.prepare()
        call = f"from bench.people import populate; print(json.dumps(populate({years})))"
        sessions = site.ask(call)
        times: Times = defaultdict(list)
        with site.web():
            sets = [
                {length: Reader(site.port, sessions[f"{reader}/{length}"]) for length in years}
                for reader in range(READERS)
            ]
            threads = [
                threading.Thread(target=read_pages, args=(readers, rounds, number, times))
                for number, readers in enumerate(sets)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            sizes = {}
            for length, reader in sets[0].items():
                reader.get("/progress/")
                sizes[length] = reader.size
        ask = (
            f"from bench.pages import count_queries; print(count_queries('reader0.{years[-1]}@example.org'))"
        )
        return times, int(site.ask(ask)), sizes


def report(
    database: str, years: list[int], times: Times, queries: int, sizes: dict[int, int]
) -> dict[str, float]:
    """Print what was measured; gives the ratios."""
    middle = {key: statistics.median(found) for key, found in times.items()}
    floor = statistics.median(
        one for (what, _years), found in times.items() if what == FLOOR for one in found
    )
    print(f"{database}: floor {floor:.1f} ms")
    for length in years:
        warm, after = middle[WARM, length], middle[AFTER_CHANGE, length]
        print(
            f"  {length:2} years  warm {warm:6.1f} ms ({warm / floor:4.2f})   "
            f"after change {after:6.1f} ms ({after / floor:4.2f})   {sizes[length] / 1000:6.0f} kB"
        )
    main = years[1]
    ratios = {
        "dashboard_warm_ratio": middle[WARM, main] / floor,
        "dashboard_after_change_ratio": middle[AFTER_CHANGE, main] / floor,
        "growth_20y_over_1y": middle[WARM, years[-1]] / middle[WARM, years[0]],
        "growth_after_change_20y_over_1y": middle[AFTER_CHANGE, years[-1]] / middle[AFTER_CHANGE, years[0]],
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
    asked = parser.parse_args()
    if not 2 <= asked.years < asked.longest or asked.rounds < 1:
        parser.error("--years lies between 1 and --longest; --rounds is 1 or more")
    years = [1, asked.years, asked.longest]
    found = []
    for database in ["sqlite", "postgres"] if asked.database == "both" else [asked.database]:
        found.append(report(database, years, *measured(database, years, asked.rounds)))
    worst = {name: max(one[name] for one in found) for name in found[0]}
    print(json.dumps(worst))


if __name__ == "__main__":
    main()
