"""How long the figures of a long diary take: `python -m bench.figures [--rounds N]`.

Prints the median of ten and of twenty years of daily entries with a session every 84 to 85 days, and their
ratio. The bar: ten years under 40 ms, twenty at most 2.5 times that.
"""

import argparse
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


if __name__ == "__main__":
    main()
