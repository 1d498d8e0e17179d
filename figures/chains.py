"""How many yes days a diary in which nothing changes has: chains of two states, computed exactly (Rules, section 15).

The first day is yes with the rate p. After a yes day the next is yes with p + r(1-p), after a no day with p(1-r).
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chain:
    """Days that are alike: `rate` is the share of yes days in the long run, `r` the correlation of neighbours."""

    rate: float
    r: float

    @classmethod
    def of_count(cls, count: float, known_days: int, r: float) -> "Chain":
        """Return the chain of a window with `count` yes days of `known_days`; its rate is never quite 0 or 1."""
        return cls((count + 0.5) / (known_days + 1), r)

    def step(self, yes: float, no: float) -> tuple[float, float]:
        """Return the probabilities of yes and no on the day after one with these probabilities."""
        stay, enter = self.rate + self.r * (1 - self.rate), self.rate * (1 - self.r)
        return yes * stay + no * enter, yes * (1 - stay) + no * (1 - enter)

    def distribution(self, days: int) -> list[float]:
        """Return the probability of each count of yes days, 0 to `days`, in `days` days in a row."""
        yes, no = self._walk(days, self.rate, 1 - self.rate)
        return [ends_yes + ends_no for ends_yes, ends_no in zip(yes, no, strict=True)]

    def probability_under(self, stretches: Sequence[int], limits: Sequence[int]) -> float:
        """Return the probability that each stretch of one chain has fewer yes days than its limit.

        `stretches` are numbers of days back to back, all of one chain; `limits` counts of yes days, one for each.
        """
        yes, no = self.rate, 1 - self.rate  # of the first day of the stretch
        for position, (days, limit) in enumerate(zip(stretches, limits, strict=True)):
            if position:
                yes, no = self.step(yes, no)
            ends_yes, ends_no = self._walk(days, yes, no)
            yes, no = sum(ends_yes[:limit]), sum(ends_no[:limit])
        return yes + no

    def _walk(self, days: int, yes: float, no: float) -> tuple[list[float], list[float]]:
        """Return by count of yes days how probable it is that the last of `days` days is yes, and that it is no.

        `yes` and `no` are the probabilities of the first day.
        """
        stay, enter = self.rate + self.r * (1 - self.rate), self.rate * (1 - self.r)
        leave, remain = 1 - stay, 1 - enter
        ends_yes, ends_no = [0.0, yes], [no, 0.0]
        for _ in range(days - 1):
            pairs = [*zip(ends_yes, ends_no, strict=True)]
            ends_yes = [0.0] + [stay * one + enter * other for one, other in pairs]
            ends_no = [leave * one + remain * other for one, other in pairs] + [0.0]
        return ends_yes, ends_no
