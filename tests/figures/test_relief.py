"""Relief by medicine, and days around menstruation (Rules, section 18)."""

from dataclasses import replace
from datetime import date

from figures.engine import as_json, compute_figures
from figures.menstrual import DayCount, Menstrual
from figures.values import Day, Diary, Intake
from tests.figures.builders import FIRST, after, clear, headache, stretch

TODAY = after(83)
YEAR_END = after(364)


def relief_of(*days: Day) -> list[dict[str, object]]:
    return as_json(compute_figures(Diary.of(days), TODAY))["relief"]


def took_on(offset: int, *intakes: Intake) -> Day:
    return headache(after(offset), intakes=intakes)


def test_a_medicine_has_days_doses_and_the_answers_of_its_rows() -> None:
    found = relief_of(
        took_on(0, Intake("triptan", "none", "Suma", 1), Intake("triptan", "partial", "Suma", 0.5)),
        took_on(1, Intake("triptan", "complete", "Suma", 1)),
        took_on(2, Intake("triptan", None, "Suma", 1)),
    )
    assert found == [
        {
            "name": "Suma",
            "class": "triptan",
            "days": 3,
            "doses": 3.5,
            "none": 1,
            "partial": 1,
            "complete": 1,
            "unanswered": 1,
            "helped": None,
        }
    ]


def test_how_often_it_helped_needs_five_answers() -> None:
    answers = ["none", "partial", "complete", "complete"]
    rows = [took_on(number, Intake("nsaid", answer, "Ibu")) for number, answer in enumerate(answers)]
    assert relief_of(*rows)[0]["helped"] is None
    assert relief_of(*rows, took_on(9, Intake("nsaid", "none", "Ibu")))[0]["helped"] == 3 / 5


def test_names_alike_but_for_case_and_blanks_are_one_medicine_under_its_latest_name_and_class() -> None:
    found = relief_of(
        took_on(1, Intake("other", None, " SUMA ")),
        took_on(2, Intake("triptan", None, "Suma")),
        took_on(0, Intake("nsaid", None, "suma")),
    )
    assert [(row["name"], row["class"], row["days"]) for row in found] == [("Suma", "triptan", 3)]


def test_medicines_stand_by_days_and_then_by_name() -> None:
    found = relief_of(
        took_on(0, Intake("nsaid", None, "B"), Intake("nsaid", None, "A"), Intake("nsaid", None, "C")),
        took_on(1, Intake("nsaid", None, "C"), Intake("nsaid", None, "C")),
    )
    assert [(row["name"], row["days"]) for row in found] == [("C", 2), ("A", 1), ("B", 1)]


def test_relief_covers_84_days() -> None:
    rows = [took_on(offset, Intake("nsaid", None, "Ibu")) for offset in (-1, 0, 83, 84)]
    assert relief_of(*rows)[0]["days"] == 2


def menstruating(*offsets: int) -> list[Day]:
    return [replace(headache(after(offset)), menstruation=True) for offset in offsets]


def menstrual_of(days: list[Day], as_of: date = YEAR_END) -> Menstrual | None:
    return compute_figures(Diary.of(days), as_of).menstrual


def test_days_around_three_onsets_are_counted_and_the_others_beside_them() -> None:
    days = {day.date: day for day in stretch(FIRST, "c" * 100)}
    days |= {day.date: day for day in menstruating(10, 11, 12, 38, 66)}
    # Around 10: 8 to 12; around 38 and 66: five days each.
    assert menstrual_of(list(days.values())) == Menstrual(3, DayCount(5, 15), DayCount(0, 85))


def test_two_onsets_are_too_few() -> None:
    assert menstrual_of(menstruating(10, 38)) is None


def test_an_onset_has_ten_days_before_it_without_menstruation() -> None:
    assert menstrual_of(menstruating(0, 10, 30, 60)) == Menstrual(3, DayCount(3, 3), DayCount(1, 1))
    assert menstrual_of(menstruating(0, 11, 30, 60)) == Menstrual(4, DayCount(4, 4), DayCount(0, 0))


def test_onsets_of_the_last_365_days_count_and_so_do_the_days_before_them_only_inside() -> None:
    found = menstrual_of([*menstruating(0, 30, 60), clear(after(-1))])
    assert found == Menstrual(3, DayCount(3, 3), DayCount(0, 0))
    assert menstrual_of(menstruating(0, 30, 60), after(365)) is None
    # The day before the span decides whether its first day is an onset.
    assert menstrual_of(menstruating(-1, 0, 30, 60)) is None


def test_days_after_the_last_day_do_not_count() -> None:
    days = [*menstruating(0, 30, 60), headache(after(61))]
    assert menstrual_of(days, after(60)) == Menstrual(3, DayCount(3, 3), DayCount(0, 0))
