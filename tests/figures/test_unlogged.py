"""What days without an entry could change (Rules, section 14)."""

from datetime import date

import pytest

from figures.engine import compute_figures
from figures.unlogged import Unlogged
from figures.values import Day
from tests.figures.builders import FIRST, after, month, months, record

LAST_DAY = after(27)


def unlogged(days: list[Day], as_of: date = LAST_DAY) -> Unlogged | None:
    return compute_figures(record(days), as_of).unlogged


def robust(line: str, days: list[Day], as_of: date, *sessions: date) -> bool | None:
    rules = compute_figures(record(days, *sessions), as_of).rules
    return next(rule.robust for rule in rules if rule.id == line)


def test_without_unknown_days_the_difference_is_certain_and_nothing_tips_it() -> None:
    assert unlogged(months(after(-28), 20, 12)) == Unlogged(0, 0, (-8, -8), None)


def test_more_headache_days_than_before_tip_at_none() -> None:
    assert unlogged(months(after(-28), 10, 12)) == Unlogged(0, 0, (2, 2), 0)


def test_unknown_days_of_both_sides_widen_the_difference() -> None:
    days = month(after(-28), 18, known=24) + month(FIRST, 8, known=20)
    # 18 of 24 known days are 21 of 28; 13 of the 8 unknown days would be needed.
    assert unlogged(days) == Unlogged(4, 8, (8 - 22, 16 - 18), None)


@pytest.mark.parametrize(("count", "tipping"), [(13, 8), (12, None), (21, 0), (25, 0)])
def test_tipping_counts_the_unknown_days_it_would_take(count: int, tipping: int | None) -> None:
    days = month(after(-28), 21) + month(FIRST, min(count, 20), known=20)
    found = unlogged(days)
    assert found is not None
    assert found.tipping == (1 if count > 20 else tipping)


def test_tipping_is_rounded_up_from_an_exact_fraction() -> None:
    # 15 of 21 are exactly 20 of 28; 10 of 21 are 13.33, so 14 days.
    exact = month(after(-28), 15, known=21) + month(FIRST, 14, known=20)
    above = month(after(-28), 10, known=21) + month(FIRST, 8, known=20)
    assert (unlogged(exact).tipping, unlogged(above).tipping) == (6, 6)


def test_before_the_first_look_there_is_nothing_to_overturn() -> None:
    assert unlogged(months(after(-28), 20, 12), after(26)) is None


def test_a_reached_line_is_robust_if_unknown_days_set_against_it_leave_it_reached() -> None:
    full = months(after(-28), 20, 10)
    assert robust("half", full, after(27)) is True
    # 9 of 27 and of 26 known days are under half of 20 of 28. With the others as headache days 10 is half, 11 is not.
    assert robust("half", month(after(-28), 20) + month(FIRST, 9, known=27), after(27)) is True
    assert robust("half", month(after(-28), 20) + month(FIRST, 9, known=26), after(27)) is False
    assert robust("half", months(after(-28), 20, 11), after(27)) is None


def test_unknown_days_before_count_as_no_headache() -> None:
    # 20 of 20 known days are a rate of 28, but 20 of 28 if the other eight had none.
    assert robust("half", month(after(-28), 20, known=20) + month(FIRST, 10), after(27)) is True
    assert robust("half", month(after(-28), 20, known=20) + month(FIRST, 11), after(27)) is False
    assert robust("half", month(after(-28), 20, known=20) + month(FIRST, 15), after(27)) is None


def test_clear_days_are_set_against_the_line_the_other_way_round() -> None:
    before = month(after(-28), 22)  # six clear days
    assert robust("hull-clear", before + month(FIRST, 16), after(27)) is True
    # Twelve clear days of 24 are 14 of 28, but the four unknown days may have had headache: exactly twice.
    assert robust("hull-clear", before + month(FIRST, 12, known=24), after(27)) is True
    assert robust("hull-clear", before + month(FIRST, 12, known=23), after(27)) is False
    gap_before = month(after(-28), 22, known=27)  # five clear days, perhaps six
    assert robust("hull-clear", gap_before + month(FIRST, 17), after(27)) is False


def test_a_month_under_a_line_counts_its_unknown_days_as_headache_days() -> None:
    steady = months(FIRST, 9, 9, 9)
    assert robust("ehf-under-10", steady, after(83)) is True
    gap = months(FIRST, 9, 9) + month(after(56), 9, known=27)
    assert robust("ehf-under-10", gap, after(83)) is False
    assert robust("nice-under-15", gap, after(83)) is True


def test_a_window_cut_short_has_as_many_days_as_it_has() -> None:
    # Weeks 9-12 of cycle 2 last 25 days; 12 of 25 against 20 of 28 is a fall by 32.8 %, 13 of 25 is not 30 %.
    before = month(after(-28), 20)
    sessions = (FIRST, after(84), after(84 + 81))
    cut = month(after(84 + 56), 12, known=25)
    assert robust("nice-30", before + cut, after(84 + 83), *sessions) is True
    assert robust("nice-30", before + month(after(84 + 56), 12, known=24), after(84 + 83), *sessions) is False
