from datetime import date, timedelta

import pytest

from figures.acute import Overuse
from figures.acute import compute_overuse as overuse_of
from figures.metric_index import MetricIndex
from figures.values import Diary
from tests.figures.builders import clear, headache, took

MAY_1 = date(2024, 5, 1)
END = date(2024, 12, 31)


def overuse(built: Diary, as_of: date) -> tuple[Overuse, ...]:
    return overuse_of(MetricIndex.of(built, as_of))


def taken(drug_class: str, days: int, start: date = MAY_1) -> Diary:
    """The drug once a day on so many days in a row."""
    return Diary.of(
        headache(start + timedelta(days=index), intakes=[took(drug_class)]) for index in range(days)
    )


@pytest.mark.parametrize("drug_class", ["triptan", "ergot", "opioid", "combination"])
def test_ten_days_a_month_are_the_threshold_of_triptan_ergot_opioid_and_combination(drug_class: str) -> None:
    assert overuse(taken(drug_class, 9), END) == (Overuse(drug_class, "2024-05", 9, 10, False),)
    assert overuse(taken(drug_class, 10), END) == (Overuse(drug_class, "2024-05", 10, 10, True),)


@pytest.mark.parametrize("drug_class", ["simple", "nsaid"])
def test_fifteen_days_a_month_are_the_threshold_of_non_opioids(drug_class: str) -> None:
    assert overuse(taken(drug_class, 14), END) == (Overuse("non-opioid", "2024-05", 14, 15, False),)
    assert overuse(taken(drug_class, 15), END) == (Overuse("non-opioid", "2024-05", 15, 15, True),)


@pytest.mark.parametrize("drug_class", ["gepant", "ditan", "other"])
def test_gepant_ditan_and_other_are_counted_without_threshold(drug_class: str) -> None:
    assert overuse(taken(drug_class, 31), END) == (Overuse(drug_class, "2024-05", 31, None, None),)


def test_a_day_counts_once_whatever_the_number_of_intakes() -> None:
    built = Diary.of([headache(MAY_1, intakes=[took("triptan"), took("triptan")])])
    assert overuse(built, END) == (Overuse("triptan", "2024-05", 1, 10, False),)


def test_simple_and_nsaid_on_one_day_are_one_non_opioid_day() -> None:
    built = Diary.of([headache(MAY_1, intakes=[took("simple"), took("nsaid")])])
    assert overuse(built, END) == (Overuse("non-opioid", "2024-05", 1, 15, False),)


def test_a_day_with_two_groups_counts_in_both() -> None:
    built = Diary.of([headache(MAY_1, intakes=[took("triptan"), took("nsaid")])])
    assert [row.group for row in overuse(built, END)] == ["non-opioid", "triptan"]


def test_medication_on_a_day_without_headache_counts() -> None:
    built = Diary.of([clear(MAY_1, intakes=[took("opioid")])])
    assert overuse(built, END) == (Overuse("opioid", "2024-05", 1, 10, False),)


def test_months_are_those_of_the_calendar() -> None:
    assert overuse(taken("triptan", 11, date(2024, 5, 30)), END) == (
        Overuse("triptan", "2024-05", 2, 10, False),
        Overuse("triptan", "2024-06", 9, 10, False),
    )


def test_rows_are_sorted_by_group_then_month_and_there_is_no_row_of_zero() -> None:
    built = Diary.of(
        [
            headache(date(2024, 7, 1), intakes=[took("triptan")]),
            headache(date(2024, 5, 1), intakes=[took("triptan")]),
            headache(date(2024, 6, 1), intakes=[took("gepant")]),
            clear(date(2024, 6, 2)),
        ]
    )
    assert [(row.group, row.month, row.days) for row in overuse(built, END)] == [
        ("gepant", "2024-06", 1),
        ("triptan", "2024-05", 1),
        ("triptan", "2024-07", 1),
    ]


def test_intakes_after_as_of_do_not_count() -> None:
    built = taken("triptan", 31)
    assert overuse(built, date(2024, 5, 9)) == (Overuse("triptan", "2024-05", 9, 10, False),)
    assert overuse(built, date(2024, 4, 30)) == ()
