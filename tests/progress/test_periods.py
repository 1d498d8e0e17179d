"""The chart by period and the words beside it, where a cycle runs on for years or was cut short."""

from figures.engine import compute_figures
from figures.values import Diary
from progress.charts.periods import period_charts
from progress.presentation.missing_rates import DiarySpan
from progress.presentation.periods import build_periods, describe_completeness
from tests.figures.builders import FIRST, after, stretch

SPAN = DiarySpan(after(-28), after(999))


def test_weeks_13_on_of_a_long_cycle_do_not_flatten_the_bars() -> None:
    """The height of a bar is its figure in 28 days; the count of a thousand days is none."""
    days = stretch(after(-28), "h" * (28 + 1000))
    rows = build_periods(compute_figures(Diary.of(days, [FIRST]), after(999)), "headache_days", SPAN)
    chart, _narrow = period_charts(rows, [])
    assert [value.y for value in chart.values] == [28] * 5
    assert chart.y.high < 40


def test_the_fewest_entries_are_told_beside_the_days_of_that_period() -> None:
    days = stretch(after(-28), "h" * (28 + 84 + 25 + 10))
    rows = build_periods(
        compute_figures(Diary.of(days, [FIRST, after(109)]), after(109 + 9)), "headache_days", SPAN
    )
    assert describe_completeness([row for row in rows if row.per_28 is not None]) == (
        "Every period has enough days filled in; the fewest are 25 of 25 days."
    )
