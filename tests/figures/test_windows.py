from datetime import date

import pytest

from figures.engine import figures_from_index
from figures.metric_index import MetricIndex
from figures.values import Day, Diary
from figures.windows import (
    MetricCount,
    Window,
    build_cycles,
    count_window,
)
from tests.figures.builders import FIRST, after, clear, headache, month, record, stretch

ALL_HEADACHE = stretch(after(-28), "h" * 500)


def answers(built: Diary, as_of: date) -> MetricIndex:
    return MetricIndex.of(built, as_of)


def baseline_window(index: MetricIndex) -> Window | None:
    return figures_from_index(index).baseline


def now_window(index: MetricIndex) -> Window | None:
    return figures_from_index(index).now


def spans(built: Diary, as_of: date) -> list[list[tuple[str | None, date, date, int, bool]]]:
    """Label, start, end, days and complete of every period, cycle by cycle."""
    return [
        [(window.label, window.start, window.end, window.days, window.complete) for window in cycle.periods]
        for cycle in build_cycles(answers(built, as_of))
    ]


def headaches(days: list[Day]) -> MetricCount:
    return count_window(answers(record(days), after(500)), "headache_days", FIRST, after(27))


# what a window counts


def test_twenty_known_days_are_enough_for_a_rate() -> None:
    assert headaches(month(FIRST, 10, known=20)) == MetricCount(10, 20, 14.0)


def test_a_thin_month_is_not_a_good_month() -> None:
    assert headaches(month(FIRST, 2, known=19)) == MetricCount(2, 19, None)


def test_an_unrecorded_day_is_never_a_headache_free_day() -> None:
    assert headaches(stretch(FIRST, "h" * 21 + "." * 7)) == MetricCount(21, 21, 28.0)


def test_a_window_without_any_entry_counts_nothing_and_knows_nothing() -> None:
    assert headaches([]) == MetricCount(0, 0, None)


def test_unknown_answers_leave_both_the_count_and_the_denominator() -> None:
    days = [headache(after(index), hours=6 if index < 22 else None) for index in range(28)]
    found = now_window(answers(record(days), after(27)))
    assert found is not None
    assert found.recorded == 28
    assert found.metrics["headache_hours"] == MetricCount(132, 22, 168.0)
    assert found.metrics["headache_days"] == MetricCount(28, 28, 28.0)


def test_half_days_lost_add_up() -> None:
    days = [headache(after(index), lost=0.5) for index in range(21)]
    found = count_window(answers(record(days), after(27)), "lost_days", FIRST, after(27))
    assert found == MetricCount(10.5, 21, 14.0)


def test_both_ends_of_a_window_are_included() -> None:
    days = [headache(at) for at in (after(-1), FIRST, after(27), after(28))]
    assert headaches(days) == MetricCount(2, 2, None)


def test_a_window_carries_all_metrics() -> None:
    days = stretch(after(-28), "M" * 14 + "c" * 14)
    zero, fourteen = MetricCount(0, 28, 0.0), MetricCount(14, 28, 14.0)
    assert baseline_window(answers(record(days), FIRST)) == Window(
        start=after(-28),
        end=after(-1),
        days=28,
        recorded=28,
        complete=True,
        metrics={
            "headache_days": fourteen,
            "migraine_days": MetricCount(0, 14, None),
            "moderate_severe_days": fourteen,
            "headache_hours": MetricCount(112, 28, 112.0),
            "acute_medication_days": zero,
            "clear_days": fourteen,
            "lost_days": MetricCount(0, 14, None),
        },
        label=None,
    )


# baseline and now


def test_the_baseline_is_the_28_days_before_the_first_session() -> None:
    found = baseline_window(answers(record(ALL_HEADACHE, FIRST, after(84)), after(300)))
    assert found is not None
    assert (found.start, found.end, found.recorded) == (after(-28), after(-1), 28)


def test_the_baseline_is_fixed_for_good() -> None:
    built = record(ALL_HEADACHE, FIRST, after(84))
    assert baseline_window(answers(built, FIRST)) == baseline_window(answers(built, after(300)))


def test_now_is_the_last_28_days() -> None:
    found = now_window(answers(record(ALL_HEADACHE), after(100)))
    assert found is not None
    assert (found.start, found.end, found.days, found.complete) == (after(73), after(100), 28, True)


def test_now_never_reaches_back_before_the_first_session() -> None:
    found = now_window(answers(record(ALL_HEADACHE), after(9)))
    assert found is not None
    assert (found.start, found.end, found.days, found.recorded) == (FIRST, after(9), 10, 10)


def test_on_the_session_day_now_is_one_day() -> None:
    found = now_window(answers(record(ALL_HEADACHE), FIRST))
    assert found is not None
    assert (found.start, found.end, found.days) == (FIRST, FIRST, 1)


@pytest.mark.parametrize("sessions", [(), (after(1),)])
def test_without_a_session_so_far_there_is_no_baseline_no_now_and_no_cycle(
    sessions: tuple[date, ...],
) -> None:
    so_far = answers(Diary.of(ALL_HEADACHE, sessions), FIRST)
    assert (baseline_window(so_far), now_window(so_far), build_cycles(so_far)) == (None, None, ())


# cycles


def test_a_cycle_of_84_days_has_three_months() -> None:
    assert spans(record([], FIRST, after(84)), after(84)) == [
        [
            ("weeks 1-4", FIRST, after(27), 28, True),
            ("weeks 5-8", after(28), after(55), 28, True),
            ("weeks 9-12", after(56), after(83), 28, True),
        ],
        [("weeks 1-4", after(84), after(111), 28, False)],
    ]


def test_the_session_day_is_the_first_day_of_its_cycle() -> None:
    first, second = build_cycles(answers(record(ALL_HEADACHE, FIRST, after(84)), after(111)))
    assert (first.number, first.session, second.number, second.session) == (1, FIRST, 2, after(84))
    assert first.periods[-1].end == after(83)
    assert second.periods[0].start == after(84)


def test_an_early_next_session_cuts_the_period_it_falls_into() -> None:
    assert spans(record([], FIRST, after(70)), after(70))[0] == [
        ("weeks 1-4", FIRST, after(27), 28, True),
        ("weeks 5-8", after(28), after(55), 28, True),
        ("weeks 9-12", after(56), after(69), 14, True),
    ]


def test_a_period_of_which_nothing_is_left_is_absent() -> None:
    assert spans(record([], FIRST, after(56)), after(56))[0] == [
        ("weeks 1-4", FIRST, after(27), 28, True),
        ("weeks 5-8", after(28), after(55), 28, True),
    ]


def test_a_session_the_day_after_leaves_a_period_of_one_day() -> None:
    assert spans(record([], FIRST, after(1)), after(1))[0] == [("weeks 1-4", FIRST, FIRST, 1, True)]


def test_a_running_period_keeps_its_nominal_end_and_is_not_complete() -> None:
    built = record(ALL_HEADACHE)
    assert spans(built, after(30)) == [
        [
            ("weeks 1-4", FIRST, after(27), 28, True),
            ("weeks 5-8", after(28), after(55), 28, False),
        ]
    ]
    running = build_cycles(answers(built, after(30)))[0].periods[1]
    assert (running.recorded, running.metrics["headache_days"]) == (3, MetricCount(3, 3, None))


def test_a_period_that_starts_after_as_of_is_absent() -> None:
    assert [len(periods) for periods in spans(record([]), after(27))] == [1]
    assert [len(periods) for periods in spans(record([]), after(28))] == [2]


def test_a_period_is_complete_on_its_last_day() -> None:
    assert not build_cycles(answers(record([]), after(26)))[0].periods[0].complete
    assert build_cycles(answers(record([]), after(27)))[0].periods[0].complete


def test_what_follows_week_12_is_one_window_up_to_the_next_session() -> None:
    assert spans(record([], FIRST, after(200)), after(200))[0][3] == (
        "weeks 13+", after(84), after(199), 116, True
    )  # fmt: skip


def test_weeks_13_of_the_last_cycle_run_to_as_of() -> None:
    assert spans(record([]), after(84))[0][3:] == [("weeks 13+", after(84), after(84), 1, True)]
    assert spans(record([]), after(400))[0][3:] == [("weeks 13+", after(84), after(400), 317, True)]


def test_weeks_13_do_not_exist_on_the_last_day_of_week_12() -> None:
    assert len(spans(record([]), after(83))[0]) == 3


def test_nothing_after_as_of_counts() -> None:
    built = record(ALL_HEADACHE, FIRST, after(84))
    so_far = record([day for day in ALL_HEADACHE if day.date <= after(60)])
    assert build_cycles(answers(built, after(60))) == build_cycles(answers(so_far, after(60)))


def test_a_session_to_come_cuts_nothing() -> None:
    assert spans(record([], FIRST, after(40)), after(39)) == spans(record([]), after(39))


def test_two_sessions_on_one_date_start_one_cycle() -> None:
    assert len(build_cycles(answers(record([], FIRST, FIRST), after(10)))) == 1


def test_a_cycle_knows_its_periods_by_label() -> None:
    cycle = build_cycles(answers(record([]), after(30)))[0]
    assert cycle.period("weeks 5-8") == cycle.periods[1]
    assert cycle.period("weeks 9-12") is None


def test_a_stray_entry_from_long_ago_changes_no_window() -> None:
    stray = [clear(date(1924, 1, 1)), *ALL_HEADACHE]
    assert now_window(answers(record(stray), after(50))) == now_window(
        answers(record(ALL_HEADACHE), after(50))
    )
