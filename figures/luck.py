"""How often a diary in which nothing changes reaches a reference line (Rules, section 15)."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate

from figures.chains import Chain
from figures.rules import DAYS_PER_28, NOT_REACHED, PERCENT_FEWER, REACHED, Rule, RuleInput
from figures.windows import MONTH, Window


def add_luck(
    rules: tuple[Rule, ...], baseline: Window, autocorrelation: Mapping[str, float]
) -> tuple[Rule, ...]:
    """Return the reference lines with their `luck`, which stays None unless reached or not reached."""
    return tuple(
        replace(rule, luck=_compute_luck(rule, baseline, autocorrelation[rule.metric]))
        if rule.verdict in (REACHED, NOT_REACHED)
        else rule
        for rule in rules
    )


def _compute_luck(rule: Rule, baseline: Window, r: float) -> float | None:
    if rule.unit != DAYS_PER_28:
        before, after = rule.inputs
        return probability_of_line(rule.unit, rule.asks, before, after, r)
    compared = baseline.metrics[rule.metric]
    if compared.per_28 is None:
        return None
    chain = Chain.of_count(compared.count, compared.known, r)
    stretches = [used.known for used in rule.inputs]
    # Under the limit means at most ceil(limit * known / 28) - 1 days.
    return chain.probability_under(stretches, [-(-rule.asks * known // MONTH) for known in stretches])


def probability_of_line(unit: str, asks: int, before: RuleInput, after: RuleInput, r: float) -> float:
    """Return the probability that two independent chains alike but for their length reach a line of `unit`.

    The comparison is in whole numbers of days; a zero count on the side before counts as not reached.
    """
    chain = Chain.of_count(before.count, before.known, r)
    earlier, later = chain.distribution(before.known), chain.distribution(after.known)
    at_most = list(accumulate(later))
    at_least = [*reversed(list(accumulate(reversed(later)))), 0.0]
    total = 0.0
    for count, share in enumerate(earlier[1:], start=1):
        if unit == PERCENT_FEWER:
            most = (100 - asks) * count * after.known // (100 * before.known)
            total += share * at_most[min(most, after.known)]
        else:
            least = -(-asks * count * after.known // before.known)
            total += share * at_least[min(least, after.known + 1)]
    return total
