"""What section 15 says of luck against lines that simulated diaries reach, and the bounds of section 14.

`python -m bench.luck [--diaries N] [--seed S]`. Each diary has 28 days before the first session and two cycles of 84;
nothing changes in it, and up to 30 % of its days have no entry. Printed are, by tenths of the luck that the figures
name, how many lines were judged and how many of them were reached; and how often the true difference lay within the
bounds of the days without an entry, which has to be always.
"""

import argparse
from collections import defaultdict
from datetime import timedelta
from random import Random

from bench.chain_diaries import Gaps, leave_gaps, simulate_truth
from bench.diaries import START
from figures.chains import Chain
from figures.engine import compute_figures
from figures.rules import REACHED
from figures.values import Day, Diary
from figures.windows import MONTH

DAYS = 7 * MONTH
SESSIONS = (START + timedelta(MONTH), START + timedelta(4 * MONTH))
TENTHS = 10


def main() -> None:
    """Simulate and print."""
    arguments = argparse.ArgumentParser(
        description="Compare luck with simulated diaries in which nothing changes."
    )
    arguments.add_argument("--diaries", type=int, default=3000)
    arguments.add_argument("--seed", type=int, default=15)
    options = arguments.parse_args()
    random = Random(options.seed)
    judged: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    bounds: list[bool] = []
    for _ in range(options.diaries):
        chain = Chain(random.choice((0.3, 0.5, 0.7, 0.9)), random.choice((0.0, 0.3, 0.6)))
        gaps = Gaps(random.choice((0.0, 0.1, 0.2, 0.3)), random.choice((1.0, 3.0, 30.0)))
        truth = simulate_truth(DAYS, chain, random)
        logged = leave_gaps(truth, gaps.chances(chain.rate), random)
        dates = [START + timedelta(number) for number in range(DAYS)]
        known = [Day(date, bool(day)) for date, day in zip(dates, logged, strict=True) if day is not None]
        figures = compute_figures(Diary.of(known, SESSIONS), dates[-1])
        for rule in figures.rules:
            if rule.luck is not None:
                tenth = min(int(rule.luck * TENTHS), TENTHS - 1)
                judged[tenth].append((rule.luck, rule.verdict == REACHED))
        look = figures.looks["headache_days"] if figures.looks else None
        if look is not None and figures.unlogged is not None:
            before, after = (
                sum(truth[(window.start - START).days : (window.end - START).days + 1])
                for window in (look.before, look.after)
            )
            low, high = figures.unlogged.difference
            bounds.append(low <= after - before <= high)
    print("luck         lines   mean luck   reached")
    for tenth in sorted(judged):
        lines = judged[tenth]
        mean = sum(luck for luck, _reached in lines) / len(lines)
        reached = sum(is_reached for _luck, is_reached in lines) / len(lines)
        print(
            f"{tenth / TENTHS:.1f} to {(tenth + 1) / TENTHS:.1f}  {len(lines):6}   {mean:9.1%}   {reached:7.1%}"
        )
    print(f"bounds held in {sum(bounds)} of {len(bounds)} diaries with a look")


if __name__ == "__main__":
    main()
