"""How long the figures of a long diary take: `python -m bench.figures [--rounds N]`.

Prints the median of ten and of twenty years of daily entries with a session every 84 to 85 days, their ratio, and how
many queries the bridge from rows to values takes for each. The bar: ten years under 40 ms, twenty at most 2.5 times
that, at most 6 queries, as many for twenty years as for ten.
"""

import argparse
import os
import tempfile
from datetime import date, timedelta
from random import Random
from statistics import median
from time import perf_counter

from progress.figures.engine import compute
from progress.figures.values import FEATURES, INTENSITIES, RELIEFS, Day, Intake, Record

START = date(2005, 1, 1)
DAYS_A_YEAR = 365
SESSIONS_IN_TEN_YEARS = 43


def diary(years: int) -> Record:
    """A full diary: two days of three with headache and all its answers, half of those with medication."""
    random = Random(years)
    number = years * DAYS_A_YEAR
    sessions = SESSIONS_IN_TEN_YEARS * years // 10
    return Record.of(
        (_day(START + timedelta(days=index), random) for index in range(number)),
        (START + timedelta(days=28 + index * (number - 28) // sessions) for index in range(sessions)),
    )


def _day(at: date, random: Random) -> Day:
    if random.random() < 1 / 3:
        return Day(at, False, lost=0)
    return Day(
        at,
        True,
        random.choice(INTENSITIES),
        random.randint(1, 48) / 2,
        frozenset(random.sample(FEATURES, random.randint(0, 4))),
        random.choice([0, 0.5, 1]),
        tuple(Intake(random.choice(["triptan", "nsaid"]), random.choice(RELIEFS)) for _ in range(2))
        if random.random() < 1 / 2
        else (),
    )


def milliseconds(record: Record, rounds: int) -> float:
    """The median time of `compute` as of the last recorded day."""
    as_of = max(record.days)
    taken = []
    for _ in range(rounds):
        start = perf_counter()
        compute(record, as_of)
        taken.append((perf_counter() - start) * 1000)
    return median(taken)


def queries_of_the_bridge(years: int) -> int:
    """Queries from the rows of a diary of so many years to its figures, in a database of its own."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Record as RecordRow
    from bench.pages import patient
    from progress.record import load

    patient(0, years)
    row = RecordRow.objects.get(user__email=f"reader0.{years}@example.org")
    with CaptureQueriesContext(connection) as seen:
        compute(load(row), START + timedelta(days=years * DAYS_A_YEAR))
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
