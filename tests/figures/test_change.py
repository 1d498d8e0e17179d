from collections.abc import Sequence
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.change import (
    Change,
    Z,
    autocorrelation,
    compute_change,
    effective_days,
    newcombe,
    wilson,
)
from figures.engine import compute_figures
from figures.values import YES_NO_METRICS
from figures.windows import MetricCount
from tests.figures.builders import FIRST, after, headache, month, record, stretch

TWENTY = MetricCount.of(20, 28)
TWELVE = MetricCount.of(12, 28)
NONE_AT_ALL = MetricCount.of(0, 28)
THIN = MetricCount.of(12, 19)


def letters(pattern: str) -> list[float | None]:
    """One answer a letter: 1, 0, or anything else for unknown."""
    return [{"1": 1.0, "0": 0.0}.get(letter) for letter in pattern]


def rounded(limits: Sequence[float], digits: int) -> tuple[float, ...]:
    return tuple(round(limit, digits) for limit in limits)


# the difference


def test_a_change_is_after_minus_before_in_days_per_28_and_in_percent_of_before() -> None:
    found = compute_change("headache_days", TWENTY, TWELVE, 0.0)
    assert found is not None
    assert (found.difference, found.percent) == (-8.0, -40.0)


def test_percent_is_null_when_there_was_nothing_before() -> None:
    found = compute_change("clear_days", NONE_AT_ALL, TWELVE, 0.0)
    assert found is not None
    assert (found.difference, found.percent) == (12.0, None)


@pytest.mark.parametrize(("before", "now"), [(THIN, TWENTY), (TWENTY, THIN), (THIN, THIN)])
def test_too_few_entries_on_either_side_leave_no_change_at_all(before: MetricCount, now: MetricCount) -> None:
    assert compute_change("headache_days", before, now, 0.0) is None


def test_rates_are_compared_unrounded() -> None:
    found = compute_change("headache_days", MetricCount.of(10, 27), MetricCount.of(10, 26), 0.0)
    assert found is not None
    assert found.difference == 280 / 26 - 280 / 27


@pytest.mark.parametrize("metric", ["headache_hours", "lost_days"])
def test_a_sum_has_no_interval(metric: str) -> None:
    assert compute_change(metric, TWENTY, TWELVE, 0.5) == Change(-8.0, -40.0, None)


@pytest.mark.parametrize("metric", YES_NO_METRICS)
def test_every_yes_no_metric_has_an_interval(metric: str) -> None:
    found = compute_change(metric, TWENTY, TWELVE, 0.5)
    assert found is not None
    assert found.interval == newcombe(TWENTY, TWELVE, 0.5)


# the autocorrelation


def test_days_that_never_change_have_no_autocorrelation() -> None:
    assert autocorrelation([letters("1" * 28), letters("0" * 28)]) == 0.0


def test_no_window_has_no_autocorrelation() -> None:
    assert autocorrelation([]) == 0.0


def test_a_window_under_the_floor_joins_nothing() -> None:
    thin = letters("10" * 9 + "1" + "." * 9)
    assert autocorrelation([thin]) == 0.0
    steady = letters("1" * 14 + "0" * 14)
    assert autocorrelation([thin, steady]) == autocorrelation([steady])


def test_two_blocks_by_hand() -> None:
    # Each of 24 days is 0.5 off its mean of 0.5: den = 24 / 4 = 6. Of 23 pairs 22 agree and 1 does not:
    # num = 21 / 4 = 5.25. r = (5.25 / 6 * 24 + 1) / 21 = 22 / 21, cut to 0.9.
    assert autocorrelation([letters("1" * 12 + "0" * 12)]) == 0.9


def test_pairs_of_days_by_hand() -> None:
    # 1100 six times: den = 6; of 23 pairs 12 agree and 11 do not: num = 1 / 4. r = (1 / 24 * 24 + 1) / 21.
    assert autocorrelation([letters("1100" * 6)]) == pytest.approx(2 / 21, rel=1e-12)


def test_days_that_alternate_are_cut_to_zero() -> None:
    assert autocorrelation([letters("10" * 14)]) == 0.0


def test_only_neighbouring_dates_that_are_both_known_make_a_pair() -> None:
    # 21 known days, every third date unknown: ten pairs 11, 00, 11, ... that agree, and a last day alone.
    gaps = letters("11.00." * 5 + "1")
    mean = 11 / 21
    squares = 11 * (1 - mean) ** 2 + 10 * mean**2
    pairs = 5 * (1 - mean) ** 2 + 5 * mean**2
    expected = (pairs / squares * 21 + 1) / 18
    assert autocorrelation([gaps]) == pytest.approx(expected, rel=1e-12)


def test_windows_are_added_up_before_they_are_divided() -> None:
    # num = 5.25 + 0.25, den = 6 + 6, n = 24.
    both = autocorrelation([letters("1" * 12 + "0" * 12), letters("1100" * 6)])
    assert both == pytest.approx((5.5 / 12 * 24 + 1) / 21, rel=1e-12)


def test_n_is_the_mean_number_of_known_days_a_window() -> None:
    # num = 0.25 + 1.25 (1100 five times: 10 of 19 pairs agree, 1 / 4) and n = (24 + 20) / 2.
    both = autocorrelation([letters("1100" * 6), letters("1100" * 5 + "....")])
    assert both == pytest.approx((0.5 / 11 * 22 + 1) / 19, rel=1e-12)


def test_no_pair_reaches_from_one_window_into_the_next() -> None:
    one = letters("1100" * 6)
    assert autocorrelation([one, one]) == pytest.approx(2 / 21, rel=1e-12)


def test_the_autocorrelation_is_taken_over_baseline_and_months_of_cycles_alone() -> None:
    steady = "1100" * 7
    letters_of_days = steady.replace("1", "h").replace("0", "c")
    before = stretch(after(-28), letters_of_days * 4)
    late = stretch(after(84), "h" * 60 + "c" * 60)
    short = compute_figures(record(before), after(83)).autocorrelation
    assert short is not None
    assert short["headache_days"] == pytest.approx(autocorrelation([letters(steady)] * 4), rel=1e-12)
    assert compute_figures(record(before + late), after(203)).autocorrelation == short


def test_a_period_that_is_cut_or_running_joins_once_it_has_twenty_known_days() -> None:
    days = stretch(after(-28), "h" * 28 + "hhcc" * 7)
    running = compute_figures(record(days), after(18)).autocorrelation
    enough = compute_figures(record(days), after(19)).autocorrelation
    cut = compute_figures(record(days, FIRST, after(20)), after(20)).autocorrelation
    assert running is not None
    assert enough is not None
    assert cut is not None
    assert running["headache_days"] == 0.0
    assert enough["headache_days"] == pytest.approx((0.25 / 5 * 24 + 1) / 21, rel=1e-12)
    assert cut == enough


def test_each_metric_has_its_own_autocorrelation_over_its_own_known_days() -> None:
    days = [headache(after(index), intensity="severe" if index % 14 < 7 else "mild") for index in range(28)]
    found = compute_figures(record(days), after(27)).autocorrelation
    assert found is not None
    assert found["headache_days"] == 0.0
    # Blocks of seven: den = 28 / 4; of 27 pairs 24 agree and 3 do not: num = 21 / 4.
    assert found["moderate_severe_days"] == pytest.approx((21 / 28 * 28 + 1) / 25, rel=1e-12)
    assert set(found) == set(YES_NO_METRICS)


# the interval


def test_z_is_the_quantile_of_95_percent_at_double_precision() -> None:
    assert pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-14) == Z


def test_each_interval_takes_the_autocorrelation_of_its_own_metric() -> None:
    days = stretch(after(-28), "MMss" * 7) + stretch(FIRST, "MMMMsscc" * 3 + "cccc")
    figures = compute_figures(record(days, criterion="4h"), after(27))
    alike = figures.autocorrelation
    assert alike is not None
    assert figures.change is not None
    assert figures.baseline is not None
    assert figures.now is not None
    assert 0 < alike["headache_days"] < alike["clear_days"]
    for metric in ("headache_days", "clear_days"):
        found = figures.change[metric]
        assert found is not None
        before, now = figures.baseline.metrics[metric], figures.now.metrics[metric]
        assert found.interval == newcombe(before, now, alike[metric])


def test_days_in_a_row_are_worth_fewer_independent_days() -> None:
    assert effective_days(28, 0.0) == 28
    assert effective_days(28, 0.5) == pytest.approx(28 / 3)


def test_days_are_never_worth_fewer_than_two() -> None:
    assert effective_days(28, 0.9) == 2.0


def test_wilson_gives_the_limits_that_newcombe_published() -> None:
    assert rounded(wilson(81 / 263, 263), 4) == (0.2553, 0.3662)
    assert rounded(wilson(15 / 148, 148), 4) == (0.0624, 0.1605)
    assert rounded(wilson(0 / 20, 20), 4) == (0.0, 0.1611)
    assert rounded(wilson(1 / 29, 29), 4) == (0.0061, 0.1718)


def test_method_10_gives_the_limits_that_newcombe_published() -> None:
    low, high = newcombe(MetricCount.of(48, 80), MetricCount.of(56, 70), 0.0)
    assert rounded((low / 28, high / 28), 4) == (0.0524, 0.3339)
    low, high = newcombe(MetricCount.of(3, 10), MetricCount.of(9, 10), 0.0)
    assert rounded((low / 28, high / 28), 4) == (0.1705, 0.8090)


@settings(deadline=None)
@given(
    st.integers(0, 28),
    st.integers(0, 28),
    st.floats(0, 0.9),
    st.floats(0, 0.9),
)
def test_the_more_alike_the_days_the_wider_the_interval(first: int, second: int, r: float, s: float) -> None:
    before, now = MetricCount.of(first, 28), MetricCount.of(second, 28)
    narrow, wide = newcombe(before, now, min(r, s)), newcombe(before, now, max(r, s))
    assert wide[1] - wide[0] >= narrow[1] - narrow[0] - 1e-9


@settings(deadline=None)
@given(st.integers(0, 28), st.integers(0, 28), st.floats(0, 0.9))
def test_the_interval_holds_the_difference_and_turns_round_with_it(first: int, second: int, r: float) -> None:
    before, now = MetricCount.of(first, 28), MetricCount.of(second, 28)
    low, high = newcombe(before, now, r)
    assert low - 1e-9 <= second - first <= high + 1e-9
    assert newcombe(now, before, r) == pytest.approx((-high, -low), abs=1e-9)


def test_clear_days_change_as_much_as_headache_days_the_other_way() -> None:
    days = month(after(-28), 20) + month(FIRST, 12)
    found = compute_figures(record(days), after(27)).change
    assert found is not None
    fewer, more = found["headache_days"], found["clear_days"]
    assert fewer is not None
    assert more is not None
    assert fewer.interval is not None
    assert more.interval is not None
    assert more.difference == -fewer.difference
    assert more.interval == pytest.approx((-fewer.interval[1], -fewer.interval[0]), abs=1e-9)
