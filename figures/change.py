"""How much a metric changed between two windows, and how sure that is (Rules, section 4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from figures.metric_index import MetricIndex
from figures.values import YES_NO_METRICS
from figures.windows import MIN_KNOWN_DAYS, MONTH, MONTHS_OF_A_CYCLE, Cycle, MetricCount, Window

Z: Final = 1.959963984540054  # the 0.975 quantile of the normal distribution, at double precision
MAX_AUTOCORRELATION: Final = 0.9
MIN_EFFECTIVE_DAYS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """The change from one window to another, in days (or hours) per 28 days (Rules, section 4).

    `percent` is None when there was nothing before. `interval` holds the limits of `difference`, 95 % unless
    it is a look; None for sums (hours, lost days).
    """

    difference: float
    percent: float | None
    interval: tuple[float, float] | None


def compute_change(
    metric: str, before: MetricCount, after: MetricCount, r: float, z: float = Z
) -> Change | None:
    """Return the change of `metric`, or None when a side has too few known days (Rules, section 4).

    `r` is the metric's autocorrelation; sums (hours, lost days) do not use it. `z` is the quantile of the interval:
    95 % unless it is a look (Rules, section 13).
    """
    if before.per_28 is None or after.per_28 is None:
        return None
    difference = after.per_28 - before.per_28
    return Change(
        difference,
        difference / before.per_28 * 100 if before.per_28 else None,
        newcombe(before, after, r, z) if metric in YES_NO_METRICS else None,
    )


@dataclass(frozen=True, slots=True)
class AutocorrelationTerms:
    """The autocorrelation of neighbouring days, with its intermediate results (Rules, section 4).

    `pairs` is the sum over neighbouring known dates of both days' distances from their window's mean,
    `squares` the sum of all squared distances, `windows` the number of windows with a rate, `known_days` the mean
    number of known days in them, `r` the autocorrelation itself, between 0 and 0.9.
    """

    pairs: float
    squares: float
    windows: int
    known_days: float
    r: float


def autocorrelation_terms(
    index: MetricIndex, baseline: Window, cycles: Sequence[Cycle], metric: str
) -> AutocorrelationTerms:
    """Compute the autocorrelation of one yes/no metric over the baseline and the 28-day periods of every cycle."""
    windows = [baseline]
    windows += [period for cycle in cycles for period in cycle.periods if period.label in MONTHS_OF_A_CYCLE]
    return _pair_terms(index.bits(metric, window.start, window.end) for window in windows)


def autocorrelations(index: MetricIndex, baseline: Window, cycles: Sequence[Cycle]) -> dict[str, float]:
    """Compute the autocorrelation of each yes/no metric."""
    return {metric: autocorrelation_terms(index, baseline, cycles, metric).r for metric in YES_NO_METRICS}


def autocorrelation(windows: Iterable[Sequence[float | None]]) -> float:
    """Return r of Rules, section 4: how alike neighbouring days are, between 0 and 0.9.

    A window is one answer (1, 0, or None for unknown) for each of its dates, in order. Windows with fewer than 20
    known days are left out.
    """
    as_bits = (
        (
            sum(1 << position for position, answer in enumerate(window) if answer is not None),
            sum(1 << position for position, answer in enumerate(window) if answer),
        )
        for window in windows
    )
    return _pair_terms(as_bits).r


def _pair_terms(windows: Iterable[tuple[int, int]]) -> AutocorrelationTerms:
    """Compute r from the known and the yes days of each window, one bit a day."""
    pairs = squares = 0.0
    known_days: list[int] = []
    for known_bits, yes_bits in windows:
        days, count = known_bits.bit_count(), yes_bits.bit_count()
        if days < MIN_KNOWN_DAYS:
            continue
        mean = count / days
        known_days.append(days)
        squares += count * (1 - mean) ** 2 + (days - count) * mean**2
        # The sum of (a-m)(b-m) over neighbouring known dates. Multiplied out, each term is a count of bits.
        both_known = (known_bits & known_bits >> 1).bit_count()
        both_yes = (yes_bits & yes_bits >> 1).bit_count()
        one_yes = (yes_bits & known_bits >> 1).bit_count() + (known_bits & yes_bits >> 1).bit_count()
        pairs += both_yes - mean * one_yes + mean * mean * both_known
    n = sum(known_days) / len(known_days) if known_days else 0.0
    # The mean of a short window biases the plain ratio downwards; this corrects it.
    r = (pairs / squares * n + 1) / (n - 3) if squares else 0.0
    return AutocorrelationTerms(pairs, squares, len(known_days), n, min(max(r, 0.0), MAX_AUTOCORRELATION))


def effective_days(known_days: int, r: float) -> float:
    """Return how many independent days carry as much information as `known_days` days in a row (Rules, section 4)."""
    return max(MIN_EFFECTIVE_DAYS, known_days * (1 - r) / (1 + r))


def wilson(share: float, trials: float, z: float = Z) -> tuple[float, float]:
    """Return Wilson's limits of a share (0 to 1) observed in `trials` trials, which need not be a whole number."""
    spread = z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * sqrt((share * (1 - share) + spread / 4) / trials)
    return middle - reach, middle + reach


def newcombe(before: MetricCount, after: MetricCount, r: float, z: float = Z) -> tuple[float, float]:
    """Return the limits of after minus before, in days per 28 days (Newcombe 1998, method 10): 95 % by default."""
    p1, p2 = before.count / before.known, after.count / after.known
    low1, high1 = wilson(p1, effective_days(before.known, r), z)
    low2, high2 = wilson(p2, effective_days(after.known, r), z)
    difference = p2 - p1
    return (
        MONTH * (difference - sqrt((p2 - low2) ** 2 + (high1 - p1) ** 2)),
        MONTH * (difference + sqrt((high2 - p2) ** 2 + (p1 - low1) ** 2)),
    )
