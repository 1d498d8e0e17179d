from dataclasses import replace
from datetime import date, timedelta

import pytest

from figures.engine import compute_figures
from figures.rules import LINES, Rule, RuleInput
from figures.values import ANY, Day, Diary
from tests.figures.builders import FIRST, after, month, months, record, stretch

SECOND = after(84)
LAST_DAY_OF_CYCLE_2 = after(167)


def rule(name: str, built: Diary, as_of: date) -> Rule:
    return next(one for one in compute_figures(built, as_of).rules if one.id == name)


def verdict(name: str, days: list[Day], as_of: date, *sessions: date, criterion: str = ANY) -> str:
    return rule(name, record(days, *sessions, criterion=criterion), as_of).verdict


def two_cycles(before: int, last: int) -> list[Day]:
    """Baseline and weeks 9-12 of cycle 2 with so many headache days, 28 in every month between."""
    return months(after(-28), before, 28, 28, 28, 28, 28, last)


def test_reference_lines_stand_in_the_order_of_the_rules() -> None:
    found = [one.id for one in compute_figures(record([]), FIRST).rules]
    assert found == ["nice-30", "nice-under-15", "ehf-under-10", "ehf-30", "half", "hull-clear"]
    assert found == [line.id for line in LINES]


def test_without_a_session_there_is_no_reference_line() -> None:
    assert compute_figures(Diary.of(months(FIRST, 10, 10)), after(55)).rules == ()


# nice-30


def test_nice_30_is_too_early_without_a_second_session() -> None:
    found = rule("nice-30", record(two_cycles(20, 5)), LAST_DAY_OF_CYCLE_2)
    assert (found.verdict, found.asked_from, found.inputs) == ("too_early", None, ())


def test_nice_30_is_too_early_until_two_cycles_have_passed() -> None:
    days = two_cycles(20, 5)
    found = rule("nice-30", record(days, FIRST, SECOND), after(166))
    assert (found.verdict, found.asked_from, found.inputs) == ("too_early", after(167), ())
    assert verdict("nice-30", days, LAST_DAY_OF_CYCLE_2, FIRST, SECOND) == "reached"


def test_an_early_third_session_does_not_make_it_less_early() -> None:
    days = two_cycles(20, 5)
    assert verdict("nice-30", days, after(166), FIRST, SECOND, after(160)) == "too_early"


def test_nice_30_shows_its_working() -> None:
    built = record(two_cycles(20, 14), FIRST, SECOND)
    found = rule("nice-30", built, LAST_DAY_OF_CYCLE_2)
    assert replace(found, luck=None) == Rule(
        id="nice-30",
        verdict="reached",
        metric="headache_days",
        unit="percent_fewer",
        asks=30,
        achieved=30.0,
        asked_from=after(167),
        inputs=(
            RuleInput("baseline", None, after(-28), after(-1), 20, 28, 20.0),
            RuleInput("weeks 9-12", 2, after(140), after(167), 14, 28, 14.0),
        ),
        robust=True,
    )


def test_exactly_thirty_percent_is_reached_though_floats_say_less() -> None:
    days = month(after(-28), 20, known=20) + month(after(140), 14, known=20)
    found = rule("nice-30", record(days, FIRST, SECOND), LAST_DAY_OF_CYCLE_2)
    before, last = (used.per_28 for used in found.inputs)
    assert before is not None
    assert last is not None
    assert (before - last) / before * 100 < 30
    assert (found.verdict, found.achieved) == ("reached", 30.0)


@pytest.mark.parametrize(("known", "count"), [(27, 9), (21, 7), (24, 8)])
def test_exactly_thirty_percent_is_reached_over_other_numbers_of_known_days(known: int, count: int) -> None:
    # 10 of 21 against count of known: 10 / 21 * 7 / 10 = 1 / 3 = 9 / 27 = 7 / 21 = 8 / 24.
    days = month(after(-28), 10, known=21) + month(after(140), count, known=known)
    assert verdict("nice-30", days, LAST_DAY_OF_CYCLE_2, FIRST, SECOND) == "reached"


def test_one_day_short_of_thirty_percent_is_not_reached() -> None:
    found = rule("nice-30", record(two_cycles(20, 15), FIRST, SECOND), LAST_DAY_OF_CYCLE_2)
    assert (found.verdict, found.achieved) == ("not_reached", 25.0)


def test_more_headache_days_than_before_are_a_negative_reduction() -> None:
    found = rule("nice-30", record(two_cycles(20, 25), FIRST, SECOND), LAST_DAY_OF_CYCLE_2)
    assert (found.verdict, found.achieved) == ("not_reached", -25.0)


def test_nice_30_stays_with_weeks_9_to_12_of_cycle_2_whatever_follows() -> None:
    days = two_cycles(20, 14) + months(after(168), 28, 28, 28)
    assert verdict("nice-30", days, after(251), FIRST, SECOND, after(168)) == "reached"


def test_a_third_session_that_cuts_weeks_9_to_12_short_leaves_not_enough_entries() -> None:
    built = record(two_cycles(20, 5), FIRST, SECOND, after(159))
    found = rule("nice-30", built, LAST_DAY_OF_CYCLE_2)
    assert found.verdict == "not_enough_entries"
    assert [(used.label, used.known) for used in found.inputs] == [("baseline", 28), ("weeks 9-12", 19)]


def test_a_third_session_before_weeks_9_to_12_leaves_not_enough_entries() -> None:
    found = rule("nice-30", record(two_cycles(20, 5), FIRST, SECOND, after(140)), LAST_DAY_OF_CYCLE_2)
    assert found.verdict == "not_enough_entries"
    assert [used.label for used in found.inputs] == ["baseline"]


def test_a_thin_baseline_leaves_not_enough_entries() -> None:
    days = month(after(-28), 15, known=19) + month(after(140), 5)
    assert verdict("nice-30", days, LAST_DAY_OF_CYCLE_2, FIRST, SECOND) == "not_enough_entries"


def test_a_baseline_without_headache_compares_with_nothing() -> None:
    found = rule("nice-30", record(two_cycles(0, 0), FIRST, SECOND), LAST_DAY_OF_CYCLE_2)
    assert (found.verdict, found.achieved, len(found.inputs)) == ("not_applicable", None, 2)


def test_not_enough_entries_is_asked_before_zero() -> None:
    days = month(after(-28), 0) + month(after(140), 5, known=19)
    assert verdict("nice-30", days, LAST_DAY_OF_CYCLE_2, FIRST, SECOND) == "not_enough_entries"


def test_too_early_is_asked_before_not_enough_entries() -> None:
    assert {one.verdict for one in compute_figures(record([]), FIRST).rules} == {"too_early"}
    assert {one.verdict for one in compute_figures(record([], FIRST, SECOND), LAST_DAY_OF_CYCLE_2).rules} == {
        "not_enough_entries"
    }


def test_the_criterion_changes_both_sides_at_once() -> None:
    before = stretch(after(-28), "M" * 10 + "s" * 18)
    last = stretch(after(140), "M" * 7 + "s" * 21)
    assert verdict("nice-30", before + last, LAST_DAY_OF_CYCLE_2, FIRST, SECOND) == "not_reached"
    four = rule("nice-30", record(before + last, FIRST, SECOND, criterion="4h"), LAST_DAY_OF_CYCLE_2)
    assert (four.verdict, four.achieved) == ("reached", 30.0)


# nice-under-15 and ehf-under-10


@pytest.mark.parametrize("name", ["nice-under-15", "ehf-under-10"])
def test_three_months_are_too_early_while_they_reach_back_before_the_first_session(name: str) -> None:
    days = months(after(-28), 5, 5, 5, 5)
    found = rule(name, record(days), after(82))
    assert (found.verdict, found.asked_from, found.inputs) == ("too_early", after(83), ())
    assert verdict(name, days, after(83)) == "reached"


@pytest.mark.parametrize(("name", "limit"), [("nice-under-15", 15), ("ehf-under-10", 10)])
def test_exactly_the_limit_is_not_under_it(name: str, limit: int) -> None:
    assert verdict(name, months(FIRST, limit - 1, limit - 1, limit - 1), after(83)) == "reached"
    assert verdict(name, months(FIRST, limit - 1, limit - 1, limit), after(83)) == "not_reached"


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_one_bad_month_of_three_is_enough(bad: int) -> None:
    headaches = [5, 5, 5]
    headaches[bad] = 20
    found = rule("nice-under-15", record(months(FIRST, *headaches)), after(83))
    assert (found.verdict, found.achieved) == ("not_reached", 20.0)


@pytest.mark.parametrize("thin", [0, 1, 2])
def test_one_thin_month_of_three_leaves_not_enough_entries(thin: int) -> None:
    known = [28, 28, 28]
    known[thin] = 19
    days = [day for index in range(3) for day in month(after(28 * index), 5, known=known[index])]
    assert verdict("nice-under-15", days, after(83)) == "not_enough_entries"


def test_a_thin_month_is_not_a_good_month() -> None:
    days = months(FIRST, 5, 5) + month(after(56), 0, known=19)
    assert verdict("ehf-under-10", days, after(83)) == "not_enough_entries"


def test_the_three_months_end_at_as_of_and_stand_back_to_back() -> None:
    found = rule("nice-under-15", record(months(FIRST, 28, 4, 5, 6)), after(111))
    assert found.achieved == 6.0
    assert found.inputs == (
        RuleInput("days 84-57 back", None, after(28), after(55), 4, 28, 4.0),
        RuleInput("days 56-29 back", None, after(56), after(83), 5, 28, 5.0),
        RuleInput("last 28 days", None, after(84), after(111), 6, 28, 6.0),
    )


def test_three_months_without_headache_are_reached_and_never_not_applicable() -> None:
    found = rule("ehf-under-10", record(months(FIRST, 0, 0, 0)), after(83))
    assert (found.verdict, found.achieved) == ("reached", 0.0)


def test_the_three_months_do_not_mind_a_session_among_them() -> None:
    assert verdict("nice-under-15", months(FIRST, 5, 5, 5, 5), after(100), FIRST, SECOND) == "reached"


# ehf-30


def test_ehf_30_is_too_early_before_four_weeks_after_the_first_session() -> None:
    days = months(after(-28), 20, 14)
    assert verdict("ehf-30", days, after(26)) == "too_early"
    assert verdict("ehf-30", days, after(27)) == "reached"


def test_ehf_30_compares_around_the_same_session() -> None:
    built = record(months(after(-28), 28, 28, 28, 20, 15), FIRST, SECOND)
    found = rule("ehf-30", built, after(111))
    assert (found.verdict, found.achieved) == ("not_reached", 25.0)
    assert found.inputs == (
        RuleInput("4 weeks before", 2, after(56), after(83), 20, 28, 20.0),
        RuleInput("weeks 1-4", 2, after(84), after(111), 15, 28, 15.0),
    )


def test_ehf_30_takes_the_latest_session_whose_four_weeks_have_passed() -> None:
    built = record(months(after(-28), 20, 10, 28, 20, 15), FIRST, SECOND)
    found = rule("ehf-30", built, after(110))
    assert (found.verdict, [used.cycle for used in found.inputs]) == ("reached", [1, 1])


def test_a_session_within_the_four_weeks_cuts_them() -> None:
    built = record(months(after(-28), 20, 5, 5), FIRST, after(15))
    found = rule("ehf-30", built, after(27))
    assert (found.verdict, [used.known for used in found.inputs]) == ("not_enough_entries", [28, 15])


def test_the_four_weeks_before_may_reach_into_the_cycle_before_the_last() -> None:
    built = record(months(after(-28), 20, 10, 7), FIRST, after(10), after(28))
    found = rule("ehf-30", built, after(55))
    assert (found.inputs[0].start, found.inputs[0].end, found.verdict) == (FIRST, after(27), "reached")


def test_four_weeks_before_without_headache_compare_with_nothing() -> None:
    assert verdict("ehf-30", months(after(-28), 0, 0), after(27)) == "not_applicable"


# half


def test_half_is_too_early_before_four_weeks() -> None:
    days = months(after(-28), 20, 5)
    found = rule("half", record(days), after(26))
    assert (found.verdict, found.asked_from) == ("too_early", after(27))
    assert verdict("half", days, after(27)) == "reached"


def test_exactly_half_is_reached() -> None:
    found = rule("half", record(months(after(-28), 20, 10)), after(27))
    assert (found.verdict, found.achieved, found.asks) == ("reached", 50.0, 50)


def test_half_compares_the_baseline_with_now() -> None:
    found = rule("half", record(months(after(-28), 20, 5, 11)), after(55))
    assert found.verdict == "not_reached"
    assert found.inputs == (
        RuleInput("baseline", None, after(-28), after(-1), 20, 28, 20.0),
        RuleInput("now", None, after(28), after(55), 11, 28, 11.0),
    )


def test_half_of_nothing_is_not_applicable() -> None:
    assert verdict("half", months(after(-28), 0, 0), after(27)) == "not_applicable"


# hull-clear


def test_exactly_twice_as_many_clear_days_are_reached() -> None:
    found = rule("hull-clear", record(months(after(-28), 20, 12)), after(27))
    assert replace(found, luck=None) == Rule(
        id="hull-clear",
        verdict="reached",
        metric="clear_days",
        unit="times",
        asks=2,
        achieved=2.0,
        asked_from=after(27),
        inputs=(
            RuleInput("baseline", None, after(-28), after(-1), 8, 28, 8.0),
            RuleInput("now", None, FIRST, after(27), 16, 28, 16.0),
        ),
        robust=True,
    )


def test_one_clear_day_short_of_twice_is_not_reached() -> None:
    found = rule("hull-clear", record(months(after(-28), 20, 13)), after(27))
    assert (found.verdict, found.achieved) == ("not_reached", 1.875)


def test_hull_clear_is_too_early_before_four_weeks() -> None:
    assert verdict("hull-clear", months(after(-28), 20, 0), after(26)) == "too_early"


def test_a_baseline_without_a_clear_day_compares_with_nothing() -> None:
    assert verdict("hull-clear", months(after(-28), 28, 0), after(27)) == "not_applicable"


def test_no_clear_day_now_is_not_reached() -> None:
    assert verdict("hull-clear", months(after(-28), 20, 28), after(27)) == "not_reached"


def test_a_day_not_recorded_is_no_clear_day_for_hull_either() -> None:
    days = month(after(-28), 20) + month(FIRST, 10, known=20)
    found = rule("hull-clear", record(days), after(27))
    assert (found.verdict, found.achieved) == ("not_reached", 1.75)


def test_every_line_tells_the_day_from_which_it_is_asked() -> None:
    built = record(months(after(-28), 20, 20, 20, 20, 20, 20, 20), FIRST, SECOND)
    for one in compute_figures(built, FIRST + timedelta(days=100)).rules:
        assert one.asked_from is not None
        assert verdict(one.id, list(built.days.values()), one.asked_from, FIRST, SECOND) != "too_early"
        day_before = one.asked_from - timedelta(days=1)
        assert verdict(one.id, list(built.days.values()), day_before, FIRST, SECOND) == "too_early"
