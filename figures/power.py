"""What the next look can show (Rules, section 16)."""

from collections.abc import Mapping
from typing import Final

from figures.chains import Chain
from figures.change import newcombe
from figures.looks import Z_OF_LOOKS
from figures.windows import MIN_KNOWN_DAYS, MONTH, MetricCount

FALLS: Final = (30, 50)  # percent
LOGGED_DAYS: Final = (MONTH, MIN_KNOWN_DAYS)

Power = Mapping[str, Mapping[str, float]]


def compute_power(baseline: MetricCount, r: float) -> Power | None:
    """Return how probably the verdict of the next look is "fewer", by fall in percent and by logged days.

    Keys are FALLS and LOGGED_DAYS as text. None without a rate of the baseline (Rules, section 16).
    """
    if baseline.per_28 is None:
        return None
    power: dict[str, dict[str, float]] = {str(fall): {} for fall in FALLS}
    for days in LOGGED_DAYS:
        is_fewer = [
            newcombe(baseline, MetricCount.of(count, days), r, Z_OF_LOOKS)[1] < 0 for count in range(days + 1)
        ]
        for fall in FALLS:
            rate = Chain.of_count(baseline.count, baseline.known, r).rate * (100 - fall) / 100
            shares = Chain(rate, r).distribution(days)
            power[str(fall)][str(days)] = sum(
                share for share, fewer in zip(shares, is_fewer, strict=True) if fewer
            )
    return power
