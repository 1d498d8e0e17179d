"""Simulated diaries: days of a two-state chain, some of them without an entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from figures.chains import Chain


@dataclass(frozen=True, slots=True)
class Gaps:
    """The share of days without an entry, and how many times the odds of a gap are on a day without headache."""

    share: float
    odds: float = 1.0

    def chances(self, rate: float) -> tuple[float, float]:
        """Return how probably a day without and a day with headache has no entry, at a rate of headache days."""
        low, high = 0.0, 1.0  # of a headache day, found by halving
        for _ in range(50):
            middle = (low + high) / 2
            good = self.odds * middle / (1 - middle + self.odds * middle)
            low, high = (middle, high) if rate * middle + (1 - rate) * good < self.share else (low, middle)
        return self.odds * low / (1 - low + self.odds * low), low


def simulate_truth(days: int, chain: Chain, random: Random) -> list[int]:
    """Return what each day really was, 1 for a headache day."""
    yes, truth = chain.rate, []
    for _ in range(days):
        state = random.random() < yes
        truth.append(int(state))
        yes, _no = chain.step(float(state), 1.0 - state)
    return truth


def leave_gaps(truth: Sequence[int], chances: tuple[float, float], random: Random) -> list[int | None]:
    """Return the days as logged; None is a day without an entry."""
    return [None if random.random() < chances[state] else state for state in truth]


def share_of(diaries: int, simulate: Callable[[], Sequence[bool]]) -> list[float]:
    """Return how often each answer of `simulate` is yes."""
    answers = [simulate() for _ in range(diaries)]
    return [sum(column) / diaries for column in zip(*answers, strict=True)]
