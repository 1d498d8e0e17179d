"""How long the figures of a long diary take: `python -m bench.figures [--rounds N]`.

Prints the median processor time of ten and of twenty years of daily entries with a session every 84 to 85 days, their
ratio, and how many queries it takes to load each. The limits: ten years under 20 ms, twenty at most 2.2 times that, at
most 6 queries, as many for twenty years as for ten.
"""

import argparse
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from time import process_time

from bench.diaries import DAYS_A_YEAR, START, build_diary
from bench.django_site import set_up_django
from figures.engine import compute_figures
from figures.values import Diary


def measure_milliseconds(diaries: Sequence[Diary], rounds: int) -> list[float]:
    """Return the median processor time of compute_figures() of each diary as of its last recorded day.

    They take turns, so that what else the machine does slows all of them.
    """
    times: list[list[float]] = [[] for _ in diaries]
    for _ in range(rounds):
        for diary, measured in zip(diaries, times, strict=True):
            as_of = max(diary.days)
            start = process_time()
            compute_figures(diary, as_of)
            measured.append((process_time() - start) * 1000)
    return [median(measured) for measured in times]


def count_loading_queries(years: int) -> int:
    """Count the queries to load the diary of a new patient and compute its figures."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Record
    from bench.people import create_patient
    from progress.cache.load import load_diary

    create_patient(0, years)
    record = Record.objects.get(user__email=f"reader0.{years}@example.org")
    with CaptureQueriesContext(connection) as queries:
        compute_figures(load_diary(record), START + timedelta(days=years * DAYS_A_YEAR))
    return len(queries)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="Time the figures of ten and twenty years.")
    arguments.add_argument("--rounds", type=int, default=31)
    rounds = arguments.parse_args().rounds
    ten, twenty = (build_diary(years) for years in (10, 20))
    short, long = measure_milliseconds((ten, twenty), rounds)
    print(f"10 years  {len(ten.days):5} days  {len(ten.sessions):3} sessions  {short:6.1f} ms")
    print(f"20 years  {len(twenty.days):5} days  {len(twenty.sessions):3} sessions  {long:6.1f} ms")
    print(f"ratio     {long / short:.2f}   (medians of {rounds} rounds)")
    with tempfile.TemporaryDirectory() as scratch:
        set_up_django(scratch)
        print(f"queries   {count_loading_queries(10)} for 10 years, {count_loading_queries(20)} for 20")


if __name__ == "__main__":
    main()
