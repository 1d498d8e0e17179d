"""How long the figures of a long diary take: `python -m bench.figures [--rounds N]`.

Prints the median of ten and of twenty years of daily entries with a session every 84 to 85 days, their ratio, and how
many queries the bridge from rows to values takes for each. The bar: ten years under 40 ms, twenty at most 2.5 times
that, at most 6 queries, as many for twenty years as for ten.
"""

import argparse
import os
import tempfile
from datetime import timedelta
from statistics import median
from time import perf_counter

from bench.diaries import DAYS_A_YEAR, START, diary
from progress.figures.engine import compute_figures
from progress.figures.values import Diary


def milliseconds(record: Diary, rounds: int) -> float:
    """The median time of `compute` as of the last recorded day."""
    as_of = max(record.days)
    taken = []
    for _ in range(rounds):
        start = perf_counter()
        compute_figures(record, as_of)
        taken.append((perf_counter() - start) * 1000)
    return median(taken)


def queries_of_the_bridge(years: int) -> int:
    """Queries from the rows of a diary of so many years to its figures, in a database of its own."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Record as RecordRow
    from bench.people import patient
    from progress.cache.load import load_diary

    patient(0, years)
    row = RecordRow.objects.get(user__email=f"reader0.{years}@example.org")
    with CaptureQueriesContext(connection) as seen:
        compute_figures(load_diary(row), START + timedelta(days=years * DAYS_A_YEAR))
    return len(seen)


def database_in(folder: str) -> None:
    os.environ |= {"DEBUG": "1", "VAR_DIR": folder, "LOG_LEVEL": "ERROR"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "botoxtrack.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="Time the figures of ten and twenty years.")
    arguments.add_argument("--rounds", type=int, default=31)
    rounds = arguments.parse_args().rounds
    ten, twenty = (diary(years) for years in (10, 20))
    short, long = milliseconds(ten, rounds), milliseconds(twenty, rounds)
    print(f"10 years  {len(ten.days):5} days  {len(ten.sessions):3} sessions  {short:6.1f} ms")
    print(f"20 years  {len(twenty.days):5} days  {len(twenty.sessions):3} sessions  {long:6.1f} ms")
    print(f"ratio     {long / short:.2f}   (medians of {rounds} rounds)")
    with tempfile.TemporaryDirectory() as scratch:
        database_in(scratch)
        print(f"queries   {queries_of_the_bridge(10)} for 10 years, {queries_of_the_bridge(20)} for 20")


if __name__ == "__main__":
    main()
