from datetime import date

import pytest

from progress.figures.schedule import due, is_late, usual_window, weeks_since
from tests.figures.builders import FIRST, after

DUE = after(84)


def test_the_next_session_is_due_84_days_after_the_last() -> None:
    assert due(FIRST) == DUE


def test_the_interval_is_a_setting_of_the_record() -> None:
    assert due(FIRST, 91) == after(91)


def test_84_days_are_calendar_days_through_a_leap_day_and_a_change_of_clocks() -> None:
    assert due(date(2024, 1, 15)) == date(2024, 4, 8)
    assert due(date(2023, 1, 15)) == date(2023, 4, 9)


def test_a_booked_date_replaces_the_due_date() -> None:
    assert due(FIRST, 84, booked=after(80)) == after(80)
    assert due(FIRST, booked=None) == DUE


def test_the_usual_window_is_a_week_on_either_side() -> None:
    assert usual_window(DUE) == (after(77), after(91))


@pytest.mark.parametrize(("day", "late"), [(83, False), (84, False), (90, False), (91, True), (200, True)])
def test_a_session_is_late_from_a_week_after_it_was_due(day: int, late: bool) -> None:
    assert is_late(DUE, after(day)) is late


@pytest.mark.parametrize(("day", "weeks"), [(0, 0), (6, 0), (7, 1), (83, 11), (84, 12)])
def test_weeks_since_a_session_are_whole_weeks(day: int, weeks: int) -> None:
    assert weeks_since(FIRST, after(day)) == weeks
