from datetime import date

from figures.change import newcombe
from figures.engine import compute_figures
from figures.metric_index import MetricIndex
from figures.values import Diary
from figures.wear_off import KEYS, WearOff, WeekCount, weeks_of_cycles
from figures.windows import MetricCount
from tests.figures.builders import FIRST, after, headache, month, months, record, stretch

UNSEEN = WeekCount(0, 0, None)


def wear_off(built: Diary, as_of: date) -> WearOff:
    found = compute_figures(built, as_of).wear_off
    assert found is not None
    return found


def seen(found: WearOff) -> dict[str, WeekCount]:
    """The weeks with at least one known day."""
    return {key: week for key, week in found.weeks.items() if week != UNSEEN}


# weeks


def test_without_a_session_there_is_no_wear_off() -> None:
    assert compute_figures(Diary.of(months(FIRST, 10)), after(27)).wear_off is None


def test_all_thirteen_keys_always_stand() -> None:
    found = wear_off(record([]), FIRST)
    assert list(found.weeks) == [*(str(number) for number in range(1, 13)), "13+"]
    assert tuple(found.weeks) == KEYS
    assert seen(found) == {}


def test_the_session_day_is_the_first_day_of_week_1() -> None:
    days = [headache(after(offset)) for offset in (-1, 0, 6, 7)]
    assert seen(wear_off(record(days), after(20))) == {"1": WeekCount(2, 2, 7.0), "2": WeekCount(1, 1, 7.0)}


def test_week_12_ends_on_day_84_and_all_later_days_are_13_and_on() -> None:
    days = [headache(after(offset)) for offset in (83, 84, 90, 91, 150)]
    assert seen(wear_off(record(days), after(200))) == {
        "12": WeekCount(1, 1, 7.0),
        "13+": WeekCount(4, 4, 7.0),
    }


def test_a_week_needs_no_floor_of_twenty() -> None:
    found = wear_off(record(stretch(FIRST, "hc")), after(6))
    assert found.weeks["1"] == WeekCount(1, 2, 3.5)


def test_an_unrecorded_day_of_a_week_is_not_a_good_day() -> None:
    found = wear_off(record(stretch(FIRST, "h......")), after(6))
    assert found.weeks["1"] == WeekCount(1, 1, 7.0)


def test_weeks_add_up_over_all_cycles() -> None:
    days = stretch(FIRST, "hhccccc") + stretch(after(84), "hhhh")
    found = wear_off(record(days, FIRST, after(84)), after(200))
    assert seen(found) == {"1": WeekCount(6, 11, 42 / 11)}


def test_a_next_session_ends_the_weeks_of_a_cycle() -> None:
    days = stretch(FIRST, "h" * 20)
    found = wear_off(record(days, FIRST, after(10)), after(19))
    assert seen(found) == {"1": WeekCount(14, 14, 7.0), "2": WeekCount(6, 6, 7.0)}


def test_days_after_as_of_are_in_no_week() -> None:
    found = wear_off(record(stretch(FIRST, "h" * 100)), after(8))
    assert seen(found) == {"1": WeekCount(7, 7, 7.0), "2": WeekCount(2, 2, 7.0)}


def test_a_week_of_one_day_counts() -> None:
    found = wear_off(record(stretch(FIRST, "h" * 100)), after(7))
    assert seen(found) == {"1": WeekCount(7, 7, 7.0), "2": WeekCount(1, 1, 7.0)}


def test_weeks_follow_the_criterion() -> None:
    days = [headache(FIRST, hours=2), headache(after(1), hours=5), headache(after(2))]
    assert wear_off(record(days, criterion="4h"), after(6)).weeks["1"] == WeekCount(1, 2, 3.5)


# weeks 9-12 minus weeks 5-8


def test_the_difference_is_weeks_9_to_12_minus_weeks_5_to_8() -> None:
    found = wear_off(record(months(FIRST, 20, 8, 14)), after(83))
    assert (found.cycles, found.difference) == (1, 6.0)


def test_cycles_are_pooled_by_adding_up_counts_and_known_days() -> None:
    days = months(FIRST, 20, 8, 14) + month(after(112), 5, known=20) + month(after(140), 10, known=25)
    built = record(days, FIRST, after(84))
    figures = compute_figures(built, after(167))
    assert figures.autocorrelation is not None
    assert figures.wear_off is not None
    middle, late = MetricCount.of(13, 48), MetricCount.of(24, 53)
    limits = newcombe(middle, late, figures.autocorrelation["headache_days"])
    assert figures.wear_off.interval == limits
    assert figures.wear_off.difference == 24 * 28 / 53 - 13 * 28 / 48
    assert (figures.wear_off.cycles, figures.wear_off.signal) == (2, limits[0] > 0)


def test_the_interval_takes_the_autocorrelation_of_headache_days() -> None:
    days = stretch(FIRST, "M" * 28 + "MMMMssss" * 3 + "sccc" + "MMss" * 7)
    figures = compute_figures(record(days, criterion="4h"), after(83))
    alike = figures.autocorrelation
    assert alike is not None
    assert figures.wear_off is not None
    assert len({0.0, alike["headache_days"], alike["clear_days"]}) == 3
    limits = newcombe(MetricCount.of(12, 28), MetricCount.of(14, 28), alike["headache_days"])
    assert figures.wear_off.interval == limits


def test_a_cycle_with_one_thin_side_is_not_pooled() -> None:
    days = months(FIRST, 20, 8, 14) + month(after(112), 0) + month(after(140), 19, known=19)
    found = wear_off(record(days, FIRST, after(84)), after(167))
    assert (found.cycles, found.difference) == (1, 6.0)


def test_without_a_pooled_cycle_difference_interval_and_signal_are_null() -> None:
    found = wear_off(record(months(FIRST, 20, 8)), after(83))
    assert (found.cycles, found.difference, found.interval, found.signal) == (0, None, None, None)


def test_a_running_period_is_pooled_once_it_has_twenty_known_days() -> None:
    days = months(FIRST, 20, 8, 28)
    assert wear_off(record(days), after(74)).cycles == 0
    running = wear_off(record(days), after(75))
    assert (running.cycles, running.difference) == (1, 20.0)


def test_a_cut_period_is_pooled_while_it_has_twenty_known_days() -> None:
    days = months(FIRST, 20, 8, 28, 28)
    assert wear_off(record(days, FIRST, after(76)), after(76)).cycles == 1
    assert wear_off(record(days, FIRST, after(75)), after(75)).cycles == 0


def test_weeks_13_and_on_join_no_difference() -> None:
    days = months(FIRST, 20, 8, 14)
    later = wear_off(record(days + stretch(after(84), "h" * 60)), after(143))
    assert (later.weeks["13+"].count, later.cycles, later.difference) == (60, 1, 6.0)


def test_a_signal_is_an_interval_above_zero() -> None:
    found = wear_off(record(stretch(FIRST, "hc" * 14 + "c" * 28 + "h" * 28)), after(83))
    assert found.interval is not None
    assert found.interval[0] > 0
    assert found.signal is True


def test_a_difference_that_could_be_chance_is_no_signal() -> None:
    found = wear_off(record(months(FIRST, 20, 13, 14)), after(83))
    assert found.interval is not None
    assert found.interval[0] < 0 < found.interval[1]
    assert found.signal is False


def test_fewer_headache_days_at_the_end_are_no_signal() -> None:
    found = wear_off(record(stretch(FIRST, "hc" * 14 + "h" * 28 + "c" * 28)), after(83))
    assert found.interval is not None
    assert found.interval[1] < 0
    assert found.signal is False


def test_each_cycle_has_the_weeks_that_it_reaches_and_they_add_up() -> None:
    built = Diary.of(stretch(FIRST, "h" * 10 + "c" * 90), [FIRST, after(84)])
    first, second = weeks_of_cycles(MetricIndex.of(built, after(95)))
    assert (first.number, second.number) == (1, 2)
    assert first.weeks["2"] == WeekCount(3, 7, 3.0)
    assert list(second.weeks) == ["1", "2"]
    assert second.weeks["2"] == WeekCount(0, 5, 0.0)
    assert wear_off(built, after(95)).weeks["2"] == WeekCount(3, 12, 1.75)
