from datetime import date

import pytest

from figures.values import METRICS, SUM_METRICS, YES_NO_METRICS, Diary
from tests.figures.builders import FIRST, after, clear, headache


def test_two_sessions_on_one_date_are_one_session() -> None:
    assert Diary.of([], [FIRST, FIRST]).sessions == (FIRST,)


def test_sessions_and_days_may_come_in_any_order() -> None:
    later = after(84)
    built = Diary.of([clear(later), headache(FIRST)], [later, FIRST])
    assert built == Diary({FIRST: headache(FIRST), later: clear(later)}, (FIRST, later), "any")


def test_two_entries_on_one_date_are_refused() -> None:
    with pytest.raises(ValueError, match="two entries for 2024-03-04"):
        Diary.of([clear(date(2024, 3, 4)), headache(date(2024, 3, 4))])


def test_a_criterion_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown criterion: '5h'"):
        Diary.of([], [], "5h")


def test_every_metric_is_either_yes_or_no_or_a_sum() -> None:
    assert set(YES_NO_METRICS) == {
        "headache_days",
        "migraine_days",
        "moderate_severe_days",
        "acute_medication_days",
        "clear_days",
    }
    assert set(SUM_METRICS) == {"headache_hours", "lost_days"}
    assert set(METRICS) == {*YES_NO_METRICS, *SUM_METRICS}


def test_metrics_stand_in_the_order_of_the_rules() -> None:
    assert list(METRICS) == [
        "headache_days",
        "migraine_days",
        "moderate_severe_days",
        "headache_hours",
        "acute_medication_days",
        "clear_days",
        "lost_days",
    ]
