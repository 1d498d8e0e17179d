"""Sentences of sections 13 to 19 of the rules, each computed once more by hand."""

from collections.abc import Callable
from fractions import Fraction
from math import isclose

import pytest

from figures.chains import Chain
from figures.change import compute_change, newcombe
from figures.engine import Figures, as_json, compute_figures
from figures.looks import judge_interval
from figures.rules import Rule
from figures.windows import MetricCount
from tests.figures.builders import FIRST, after, headache, month, months, record, spread, stretch, took

Z_99 = 2.5758293035489004
TWO_CYCLES = compute_figures(
    record(spread(after(-28), 20, 18, 16, 14, 17, 15) + month(after(140), 13, known=26), FIRST, after(84)),
    after(167),
)


def rule_of(figures: Figures, line: str) -> Rule:
    return next(rule for rule in figures.rules if rule.id == line)


def test_what_follows_week_12_is_no_look() -> None:
    figures = compute_figures(record(months(after(-28), 20, 10, 10, 10, 2)), after(111))
    assert figures.looks is not None
    look = figures.looks["headache_days"]
    assert look is not None
    assert look.label == "weeks 9-12"


def test_the_interval_of_a_look_is_that_of_section_4_at_99_percent() -> None:
    figures = TWO_CYCLES
    assert figures.looks is not None
    assert figures.autocorrelation is not None
    for metric in ("headache_days", "clear_days", "acute_medication_days"):
        look = figures.looks[metric]
        assert look is not None
        before, after_ = look.before.metrics[metric], look.after.metrics[metric]
        assert look.interval == newcombe(before, after_, figures.autocorrelation[metric], Z_99)
        change = compute_change(metric, before, after_, figures.autocorrelation[metric])
        assert change is not None
        assert (look.difference, look.percent) == (change.difference, change.percent)


def test_the_last_28_days_have_no_verdict() -> None:
    assert "verdict" not in as_json(TWO_CYCLES)["now"]
    assert set(as_json(TWO_CYCLES)["change"]["headache_days"]) == {"difference", "percent", "interval"}


Compare = Callable[[Fraction, Fraction], bool]


def falls_by_30(before: Fraction, since: Fraction) -> bool:
    return (before - since) / before >= Fraction(30, 100)


def halves(before: Fraction, since: Fraction) -> bool:
    return (before - since) / before >= Fraction(50, 100)


def doubles(before: Fraction, since: Fraction) -> bool:
    return since >= 2 * before


@pytest.mark.parametrize(
    ("line", "metric", "compare"),
    [
        ("nice-30", "headache_days", falls_by_30),
        ("ehf-30", "headache_days", falls_by_30),
        ("half", "headache_days", halves),
        ("hull-clear", "clear_days", doubles),
    ],
)
def test_luck_of_two_sides_is_that_of_two_independent_chains(
    line: str, metric: str, compare: Compare
) -> None:
    """p = (c + ½) / (k + 1) of the side compared against; a zero count there is not reached."""
    rule = rule_of(TWO_CYCLES, line)
    assert TWO_CYCLES.autocorrelation is not None
    before, since = rule.inputs
    p, r = (before.count + 0.5) / (before.known + 1), TWO_CYCLES.autocorrelation[metric]
    expected = sum(
        one * two
        for c1, one in enumerate(Chain(p, r).distribution(before.known))
        for c2, two in enumerate(Chain(p, r).distribution(since.known))
        if c1 and compare(Fraction(c1, before.known), Fraction(c2, since.known))
    )
    assert rule.luck is not None
    assert isclose(rule.luck, expected, rel_tol=1e-12)


@pytest.mark.parametrize(("line", "limit"), [("nice-under-15", 15), ("ehf-under-10", 10)])
def test_luck_of_three_months_is_that_of_one_chain_at_the_rate_of_the_baseline(line: str, limit: int) -> None:
    rule = rule_of(TWO_CYCLES, line)
    assert TWO_CYCLES.baseline is not None
    assert TWO_CYCLES.autocorrelation is not None
    baseline = TWO_CYCLES.baseline.metrics["headache_days"]
    chain = Chain((baseline.count + 0.5) / (baseline.known + 1), TWO_CYCLES.autocorrelation["headache_days"])
    sizes = [used.known for used in rule.inputs]
    assert sizes == [28, 28, 26]
    # Under the line: count * 28 / known < limit.
    limits = [-(-limit * known // 28) for known in sizes]
    assert rule.luck is not None
    assert isclose(rule.luck, chain.probability_under(sizes, limits), rel_tol=1e-12)


@pytest.mark.parametrize("fall", [30, 50])
@pytest.mark.parametrize("days", [28, 20])
def test_power_is_how_often_the_next_look_would_say_fewer(fall: int, days: int) -> None:
    assert TWO_CYCLES.power is not None
    assert TWO_CYCLES.autocorrelation is not None
    r, baseline = TWO_CYCLES.autocorrelation["headache_days"], MetricCount.of(20, 28)
    chances = Chain(20.5 / 29 * (1 - fall / 100), r).distribution(days)
    expected = sum(
        chance
        for count, chance in enumerate(chances)
        if judge_interval(newcombe(baseline, MetricCount.of(count, days), r, Z_99)) == "fewer"
    )
    assert isclose(TWO_CYCLES.power[str(fall)][str(days)], expected, rel_tol=1e-12)


def test_drift_has_the_95_percent_interval_and_the_r_of_headache_days() -> None:
    figures = compute_figures(
        record(stretch(after(-56), "hhc" * 9 + "h") + spread(after(-28), 9, 9)), after(27)
    )
    assert figures.drift is not None
    assert figures.autocorrelation is not None
    r = figures.autocorrelation["headache_days"]
    assert figures.drift.interval == newcombe(MetricCount.of(19, 28), MetricCount.of(9, 28), r)


@pytest.mark.parametrize(
    ("count", "known", "robust"),
    [
        (14, 28, True),
        (13, 27, True),
        (13, 26, False),
    ],  # 14, 14 and 15 of 28 at worst; 14 is a fall by exactly 30 %
)
def test_robust_counts_the_full_days_around_a_session(count: int, known: int, robust: bool) -> None:
    figures = compute_figures(record(month(after(-28), 20) + month(FIRST, count, known)), after(27))
    rule = rule_of(figures, "ehf-30")
    assert (rule.verdict, rule.robust) == ("reached", robust)


def test_a_look_and_its_neighbours_have_the_keys_of_section_19() -> None:
    days = [headache(after(offset), intakes=[took("triptan", "partial")]) for offset in (0, 30, 60)]
    told = as_json(TWO_CYCLES)
    look, unlogged, rule = told["looks"]["headache_days"], told["unlogged"], told["rules"][0]
    assert list(look) == [
        "reference", "from", "cycle", "label", "start", "end", "difference", "percent", "interval", "verdict",
    ]  # fmt: skip
    assert list(unlogged) == ["before", "after", "difference", "tipping"]
    assert {"luck", "robust"} <= set(rule)
    assert told["drift"] is None
    assert list(as_json(compute_figures(record(months(after(-56), 9, 9)), FIRST))["drift"]) == [
        "difference", "percent", "interval",
    ]  # fmt: skip
    relief = as_json(compute_figures(record(days), after(60)))["relief"]
    assert [list(row) for row in relief] == [
        ["name", "class", "days", "doses", "none", "partial", "complete", "unanswered", "helped"]
    ]
