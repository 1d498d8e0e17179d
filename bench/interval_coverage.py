"""How often the 95 % interval of Rules, section 4, contains the true change in simulated diaries.

`python -m bench.interval_coverage [--diaries N] [--seed S]` prints one row for each setting. The grid has 75
settings: 28 days on either side, 28 before and 84 after, 84 on either side; five pairs of rates from 0.1 to
1.0; five day-to-day correlations from 0 to 0.6. Each day's headache is a two-state chain with the side's rate
as its long-run share and the correlation between neighbouring days. r is estimated from the 28-day windows of
these two sides only; a longer diary estimates it better.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from figures.change import autocorrelation, newcombe
from figures.windows import MONTH, MetricCount

SIDES = ((28, 28), (28, 84), (84, 84))
RATES = ((0.9, 0.9), (1.0, 0.7), (0.7, 0.5), (0.5, 0.3), (0.3, 0.1))
CORRELATIONS = (0.0, 0.15, 0.3, 0.45, 0.6)


@dataclass(frozen=True, slots=True)
class Setting:
    """Days and rate of headache before and after, and the correlation of neighbouring days."""

    days: tuple[int, int]
    rates: tuple[float, float]
    correlation: float


def iterate_settings() -> Iterator[Setting]:
    """The 75 settings of the grid."""
    for days, rates, correlation in product(SIDES, RATES, CORRELATIONS):
        yield Setting(days, rates, correlation)


def simulate_days(number: int, rate: float, correlation: float, random: Random) -> list[float | None]:
    """Simulate days of a stationary two-state chain, 1 for headache."""
    days: list[float | None] = []
    state = random.random() < rate
    for _ in range(number):
        days.append(float(state))
        state = random.random() < (rate * (1 - correlation) + correlation * state)
    return days


def covers_true_change(setting: Setting, random: Random) -> bool:
    """Whether the interval of one simulated diary contains the true change."""
    sides = [
        simulate_days(number, rate, setting.correlation, random)
        for number, rate in zip(setting.days, setting.rates, strict=True)
    ]
    windows = [side[first : first + MONTH] for side in sides for first in range(0, len(side), MONTH)]
    before, after = (MetricCount.of(sum(day or 0 for day in side), len(side)) for side in sides)
    low, high = newcombe(before, after, autocorrelation(windows))
    return low <= MONTH * (setting.rates[1] - setting.rates[0]) <= high


def compute_coverage(setting: Setting, diaries: int, random: Random) -> float:
    """Return the share of simulated diaries whose interval contains the true change."""
    return sum(covers_true_change(setting, random) for _ in range(diaries)) / diaries


def main() -> None:
    """Simulate and print."""
    arguments = argparse.ArgumentParser(description="Simulate how often the interval holds the true change.")
    arguments.add_argument("--diaries", type=int, default=1500, help="simulated diaries a setting")
    arguments.add_argument("--seed", type=int, default=1998)
    options = arguments.parse_args()
    random = Random(options.seed)
    shares = []
    print("days before/after   rate before/after   correlation   held")
    for setting in iterate_settings():
        share = compute_coverage(setting, options.diaries, random)
        shares.append(share)
        sides = f"{setting.days[0]:8} /{setting.days[1]:3}   {setting.rates[0]:14} / {setting.rates[1]:3}"
        print(f"{sides}   {setting.correlation:11.2f}   {share:6.1%}")
    print(f"{len(shares)} settings, {options.diaries} diaries each: {min(shares):.1%} to {max(shares):.1%}")


if __name__ == "__main__":
    main()
