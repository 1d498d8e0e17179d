"""How often looks give a verdict, in diaries in which nothing changes and in those where something does (Rules, 13).

`python -m bench.looks [--diaries N] [--rolling N] [--seed S]`. Diaries have a baseline of 28 days and cycles of 84;
days are a chain with a rate (0.5, 0.7, 0.9) and a correlation (0, 0.3, 0.6). It prints, in percent of diaries:

* nothing changes: `fewer`, and either verdict, at any of the first 6 and the first 13 looks, by a 99 % interval (the
  looks of the product) and by a 95 % interval; and on any day of 24 weeks when each day is compared by 95 %;
* a fall by half at the first session: `fewer` at any of the first 1, 3 and 6 looks;
* the same with 10 to 30 % of days without an entry, as often on any day, or with 3 or 30 times the odds on good days.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from itertools import product
from random import Random

from bench.chain_diaries import Gaps, leave_gaps, share_of, simulate_truth
from figures.chains import Chain
from figures.change import Z, autocorrelation, newcombe
from figures.looks import FEWER, MORE, Z_OF_LOOKS, judge_interval
from figures.windows import MONTH, MetricCount

RATES = (0.5, 0.7, 0.9)
CORRELATIONS = (0.0, 0.3, 0.6)
LOOKS = 13
GAPS = (Gaps(0.1), Gaps(0.2), Gaps(0.3), Gaps(0.1, 3), Gaps(0.3, 3), Gaps(0.1, 30), Gaps(0.3, 30))
Days = Sequence[int | None]


def count_days(days: Days) -> MetricCount:
    known = [day for day in days if day is not None]
    return MetricCount.of(sum(known), len(known))


def judge_looks(days: Days, z: float) -> list[str]:
    """Return the verdict of each look, "" where its period or the baseline has too few entries."""
    months = [days[start : start + MONTH] for start in range(0, len(days), MONTH)]
    baseline = count_days(months[0])
    verdicts = []
    for number, month in enumerate(months[1:], start=1):
        look = count_days(month)
        if baseline.per_28 is None or look.per_28 is None:
            verdicts.append("")
        else:
            r = autocorrelation(months[: number + 1])
            verdicts.append(judge_interval(newcombe(baseline, look, r, z)))
    return verdicts


def judge_every_day(days: Days) -> list[str]:
    """Return the verdict of each rolling month from day 28 after the session on, by a 95 % interval."""
    baseline, verdicts = count_days(days[:MONTH]), []
    for end in range(2 * MONTH, len(days) + 1):
        now = count_days(days[end - MONTH : end])
        if baseline.per_28 is not None and now.per_28 is not None:
            r = autocorrelation([days[start : min(start + MONTH, end)] for start in range(0, end, MONTH)])
            verdicts.append(judge_interval(newcombe(baseline, now, r)))
    return verdicts


def simulate_days(chains: tuple[Chain, Chain], months: int, gaps: Gaps, random: Random) -> Days:
    """Simulate the baseline with the first chain and `months` with the second, with gaps."""
    parts = ((MONTH, chains[0]), (MONTH * months, chains[1]))
    return [
        day
        for length, chain in parts
        for day in leave_gaps(simulate_truth(length, chain, random), gaps.chances(chain.rate), random)
    ]


def simulate_unchanged(chain: Chain, gaps: Gaps, random: Random) -> list[bool]:
    """Answer for one diary, for 99 and 95 %: fewer in 6 looks, in 13; either verdict in 6, in 13."""
    days = simulate_days((chain, chain), LOOKS, gaps, random)
    answers = []
    for z in (Z_OF_LOOKS, Z):
        verdicts = judge_looks(days, z)
        answers += [FEWER in verdicts[:6], FEWER in verdicts]
        answers += [bool({FEWER, MORE} & set(verdicts[:6])), bool({FEWER, MORE} & set(verdicts))]
    return answers


def simulate_rolling(chain: Chain, gaps: Gaps, random: Random) -> list[bool]:
    verdicts = judge_every_day(simulate_days((chain, chain), 6, gaps, random))
    return [bool({FEWER, MORE} & set(verdicts))]


def simulate_fall(chain: Chain, gaps: Gaps, random: Random) -> list[bool]:
    """Answer for one diary whose rate halves at the first session: fewer at look 1, in 3, in 6."""
    verdicts = judge_looks(
        simulate_days((chain, Chain(chain.rate / 2, chain.r)), 6, gaps, random), Z_OF_LOOKS
    )
    return [FEWER in verdicts[:number] for number in (1, 3, 6)]


def main() -> None:
    """Simulate and print."""
    arguments = argparse.ArgumentParser(description="Simulate how often looks give a verdict.")
    arguments.add_argument("--diaries", type=int, default=4000, help="simulated diaries a setting")
    arguments.add_argument("--rolling", type=int, default=200, help="of those compared on every day")
    arguments.add_argument("--seed", type=int, default=13)
    options = arguments.parse_args()
    random = Random(options.seed)
    print(
        "                                 nothing changes, 99 % at looks  95 % at looks            daily  half as many"
    )
    print(
        " rate  r    gaps  odds          fewer 6  13  either 6   13      fewer 6  13  either 6 13  24 wk  look 1  3   6"
    )
    for gaps in (Gaps(0.0), *GAPS):
        for rate, r in product(RATES, CORRELATIONS):
            chain = Chain(rate, r)
            rows = [
                *share_of(options.diaries, partial(simulate_unchanged, chain, gaps, random)),
                *share_of(options.rolling, partial(simulate_rolling, chain, gaps, random)),
                *share_of(options.diaries, partial(simulate_fall, chain, gaps, random)),
            ]
            print(
                f"{rate:5} {r:4} {gaps.share:5.0%} {gaps.odds:5.0f}  "
                + " ".join(f"{row:7.1%}" for row in rows)
            )


if __name__ == "__main__":
    main()
