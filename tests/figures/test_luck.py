"""Chains, luck and power (Rules, sections 15 and 16)."""

from fractions import Fraction
from itertools import pairwise, product
from math import isclose
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.chains import Chain
from figures.change import newcombe
from figures.engine import compute_figures
from figures.looks import Z_OF_LOOKS, judge_interval
from figures.windows import MetricCount
from tests.figures.builders import FIRST, after, month, months, record, spread


def enumerate_ways(p: Fraction, r: Fraction, days: int) -> dict[tuple[int, ...], Fraction]:
    """Every sequence of days with its exact probability, written from the page."""
    ways = {}
    for days_of_way in product((0, 1), repeat=days):
        chance = p if days_of_way[0] else 1 - p
        for was, is_yes in pairwise(days_of_way):
            yes = p + r * (1 - p) if was else p * (1 - r)
            chance *= yes if is_yes else 1 - yes
        ways[days_of_way] = chance
    return ways


rates = st.fractions(Fraction(1, 60), Fraction(59, 60), max_denominator=60)
correlations = st.fractions(0, Fraction(9, 10), max_denominator=20)


@given(rates, correlations, st.integers(1, 9))
def test_counts_of_a_chain_are_those_of_all_its_ways(p: Fraction, r: Fraction, days: int) -> None:
    expected = [Fraction(0)] * (days + 1)
    for way, chance in enumerate_ways(p, r, days).items():
        expected[sum(way)] += chance
    found = Chain(float(p), float(r)).distribution(days)
    assert all(isclose(one, other, abs_tol=1e-12) for one, other in zip(found, expected, strict=True))


@given(rates, correlations, st.lists(st.integers(1, 3), min_size=3, max_size=3), st.integers(0, 4))
def test_stretches_of_one_chain_depend_on_each_other(
    p: Fraction, r: Fraction, stretches: list[int], limit: int
) -> None:
    ends = [sum(stretches[:number]) for number in range(4)]
    expected = sum(
        chance
        for way, chance in enumerate_ways(p, r, ends[3]).items()
        if all(sum(way[start:end]) < limit for start, end in pairwise(ends))
    )
    found = Chain(float(p), float(r)).probability_under(stretches, [limit] * 3)
    assert isclose(found, expected, abs_tol=1e-12)


@pytest.mark.parametrize(("p", "r", "limit"), [(0.5, 0.0, 15), (0.35, 0.6, 10), (0.6, 0.3, 15)])
def test_three_months_of_a_chain_agree_with_a_simulation(p: float, r: float, limit: int) -> None:
    random, runs, reached = Random(15), 4000, 0
    for _ in range(runs):
        counts, state = [0, 0, 0], random.random() < p
        for day in range(84):
            counts[day // 28] += state
            state = random.random() < (p + r * (1 - p) if state else p * (1 - r))
        reached += max(counts) < limit
    share = Chain(p, r).probability_under([28, 28, 28], [limit] * 3)
    assert abs(reached / runs - share) < 4 * (share * (1 - share) / runs) ** 0.5


def luck_of(line: str, *counts: int) -> float | None:
    days = months(after(-28), *counts)
    rules = compute_figures(record(days), after(28 * (len(counts) - 1) - 1)).rules
    return next(rule.luck for rule in rules if rule.id == line)


def test_luck_of_half_is_that_of_two_unchanged_months() -> None:
    """20 days at first and half of them later: 20.5 of 29 days in the long run, compared by enumeration of counts."""
    r = compute_figures(record(months(after(-28), 20, 10)), after(27)).autocorrelation["headache_days"]
    shares = Chain(20.5 / 29, r).distribution(28)
    expected = sum(
        one * two
        for before, one in enumerate(shares)
        for now, two in enumerate(shares)
        if before and 2 * now <= before
    )
    assert isclose(luck_of("half", 20, 10), expected, rel_tol=1e-12)


def test_luck_does_not_depend_on_whether_the_line_was_reached_but_is_null_when_it_was_not_compared() -> None:
    assert luck_of("half", 20, 12) is not None
    assert luck_of("nice-30", 20, 10) is None  # too early
    assert luck_of("half", 0, 10) is None  # nothing to compare with
    assert luck_of("hull-clear", 28, 10) is None
    assert luck_of("ehf-under-10", 20, 9, 9, 9) is not None
    thin = record(month(after(-28), 19, known=19) + months(FIRST, 9, 9, 9))
    rules = {rule.id: rule for rule in compute_figures(thin, after(83)).rules}
    assert (rules["ehf-under-10"].verdict, rules["ehf-under-10"].luck) == ("reached", None)


def test_power_grows_with_the_fall_and_with_the_days_logged() -> None:
    power = compute_figures(record(spread(after(-28), 20)), FIRST).power
    assert power is not None
    assert {fall: list(shares) for fall, shares in power.items()} == {"30": ["28", "20"], "50": ["28", "20"]}
    assert 0 < power["30"]["20"] < power["30"]["28"] < power["50"]["28"] < 1
    assert power["30"]["20"] < power["50"]["20"]


def test_without_a_rate_of_the_baseline_there_is_no_power() -> None:
    assert compute_figures(record(month(after(-28), 10, known=19)), FIRST).power is None
    nothing_to_fall = compute_figures(record(month(after(-28), 0)), FIRST).power
    assert nothing_to_fall is not None
    assert all(share == 0 for shares in nothing_to_fall.values() for share in shares.values())


def test_power_is_how_often_simulated_looks_say_fewer() -> None:
    """From 24 of 28 days, spread evenly, half as many days are seen so often; r is then 0 on every side."""
    figures = compute_figures(record(spread(after(-28), 24)), FIRST)
    assert figures.power is not None
    assert figures.autocorrelation == dict.fromkeys(figures.autocorrelation, 0.0)
    shown = [
        judge_interval(newcombe(MetricCount.of(24, 28), MetricCount.of(count, 28), 0, Z_OF_LOOKS)) == "fewer"
        for count in range(29)
    ]
    rate, random, runs = 24.5 / 29 / 2, Random(16), 4000
    seen = sum(shown[sum(random.random() < rate for _day in range(28))] for _run in range(runs))
    power = figures.power["50"]["28"]
    assert abs(seen / runs - power) < 4 * (power * (1 - power) / runs) ** 0.5
