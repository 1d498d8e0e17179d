"""What could overturn a verdict, in words: with none, all, 0 of 0, exactly at a line, one cycle."""

from dataclasses import replace

import pytest

from figures.change import Change
from figures.engine import Figures, compute_figures
from figures.relief import Relief
from figures.rules import Rule
from figures.unlogged import Unlogged
from figures.values import Day, Diary
from progress.presentation import doubts
from progress.presentation.confounders import Course
from progress.presentation.relief import build_relief_row
from tests.figures.builders import FIRST, after, headache, month, months, record, spread

RECORDS = {
    "none": Diary.of([], [FIRST]),
    "all": record(months(after(-56), 28, 28, 28, 28, 28)),
    "0 of 0": Diary.of([], []),
    "exactly at a line": record(months(after(-28), 20, 10, 10, 10)),
    "one cycle": record(spread(after(-28), 24, 8)),
}


def figures_of(name: str) -> Figures:
    return compute_figures(RECORDS[name], after(83 if name != "one cycle" else 27))


def test_the_doubts_of_each_record() -> None:
    chance = (
        "Of 100 diaries in which nothing changes, at most 8 get “fewer” or “more” by chance at one of their "
        "first 6 looks."
    )
    counted = "All 56 days of the two periods are counted, so missing days cannot change this."
    assert {name: doubts.describe_doubts(figures_of(name), []) for name in RECORDS} == {
        "none": [],
        "all": [counted],
        "0 of 0": [],
        "exactly at a line": [counted],
        "one cycle": [counted, chance],
    }


@pytest.mark.parametrize(
    ("unlogged", "difference", "rest"),
    [
        (
            Unlogged(1, 0, (-9, -8), None),
            -8.5,
            "Even if each of them spoke against it, there would be 8 fewer.",
        ),
        (
            Unlogged(0, 4, (-8, -4), None),
            -7,
            "Even if each of them spoke against it, there would be 4 fewer.",
        ),
        (Unlogged(0, 8, (2, 10), 0), 4, "Even if each of them spoke against it, there would be 2 more."),
        (
            Unlogged(0, 8, (-5, 3), 5),
            -3,
            "If 5 of the 8 days not counted in the look were headache days, there was no",
        ),
        (
            Unlogged(0, 2, (-1, 1), 1),
            -1,
            "If 1 of the 2 days not counted in the look was a headache day, there was no",
        ),
        (
            Unlogged(8, 0, (-8, 0), 0),
            0,
            "Whatever they were, the difference lies between 8 fewer and no difference.",
        ),
        (
            Unlogged(8, 2, (-9, 1), None),
            -3,
            "Whatever they were, the difference lies between 9 fewer and 1 more.",
        ),
    ],
)
def test_days_not_counted_are_weighed(unlogged: Unlogged, difference: float, rest: str) -> None:
    number = unlogged.before + unlogged.after
    verb = "is" if number == 1 else "are"
    found = doubts.describe_unlogged(unlogged, difference)
    assert found.startswith(f"{number} of the 56 days of the two periods {verb} not counted. {rest}")


def test_the_luck_of_many_looks_is_that_of_thirteen() -> None:
    days = spread(after(-28), 28, *[4] * 9)
    figures = compute_figures(record(days, FIRST, after(84), after(168)), after(251))
    assert figures.looks is not None
    look = figures.looks["headache_days"]
    assert look is not None
    assert (
        "at most 12 get “fewer” or “more” by chance at one of their first 13 looks"
        in doubts.describe_luck_of_looks(look)
    )


def rule(luck: float | None, **more: object) -> Rule:
    base = next(rule for rule in figures_of("exactly at a line").rules if rule.id == "half")
    return replace(base, luck=luck, **more)


@pytest.mark.parametrize(
    ("luck", "words"),
    [
        (None, ""),
        (0.0, "fewer than 1 in 100 diaries"),
        (0.0099, "fewer than 1 in 100 diaries"),
        (0.01, "about 1 in 100 diaries"),
        (1 / 9, "about 1 in 9 diaries"),
        (0.5, "about 1 in 2 diaries"),
        (0.7, "most diaries"),
        (1.0, "most diaries"),
    ],
)
def test_luck_is_said_as_one_in_so_many(luck: float | None, words: str) -> None:
    found = doubts.describe_luck(rule(luck))
    assert words in found
    assert bool(found) == (luck is not None)


def test_a_reached_line_says_what_days_not_counted_could_do() -> None:
    exact = rule(0.1)
    assert (exact.verdict, doubts.describe_robust(exact)) == (
        "reached",
        "Every day of its periods is counted.",
    )
    thin = record(month(after(-28), 20) + month(after(56), 9, known=26))
    found = {one.id: doubts.describe_robust(one) for one in compute_figures(thin, after(83)).rules}
    assert found["half"] == "The 2 days not counted could undo it."
    less = record(month(after(-28), 20) + month(after(56), 7, known=26))
    found = {one.id: doubts.describe_robust(one) for one in compute_figures(less, after(83)).rules}
    assert found["half"] == "It stays reached even if each of the 2 days not counted spoke against it."
    assert found["nice-30"] == ""


def test_drift_is_said_only_when_headache_days_were_falling() -> None:
    assert doubts.describe_drift(None) == ""
    assert doubts.describe_drift(Change(-4, -20, (-9, 1))) == ""
    assert doubts.describe_drift(Change(-4, -20, (-9, -1))).startswith(
        "Headache days were already falling before the first session: 4 fewer in the 28 days before it"
    )


def test_preventives_of_the_time_between_are_named() -> None:
    figures = figures_of("one cycle")
    courses = [
        Course("Topiramate", after(3), None),
        Course("Propranolol", None, after(28)),
        Course("Candesartan", after(-29), after(-2)),
    ]
    assert doubts.describe_doubts(figures, courses)[-1] == (
        "Other preventives changed in that time (2 March 2024: Candesartan ended; 7 March 2024: Topiramate started): "
        "their part cannot be told apart."
    )


def test_what_the_next_look_can_show() -> None:
    assert doubts.describe_power(None) == ""
    power = {"30": {"28": 0.31, "20": 0.18}, "50": {"28": 0.72, "20": 0.55}}
    assert doubts.describe_power(power) == (
        "A fall by a third would show clearly in about 3 of 10 looks; by half in about 7 of 10. "
        "That is with all 28 days filled in; with 20, in about 2 of 10 and about 6 of 10."
    )
    never = {"30": {"28": 0.0, "20": 0.0}, "50": {"28": 1.0, "20": 0.96}}
    assert doubts.describe_power(never) == (
        "A fall by a third would show clearly in fewer than 1 of 10 looks; by half in nearly 10 of 10."
    )


def test_days_around_menstruation_are_counted_beside_the_others() -> None:
    days = [replace(headache(after(offset)), menstruation=True) for offset in (0, 30, 60)]
    figures = compute_figures(Diary.of([*days, Day(after(10), False)]), after(83))
    assert doubts.describe_menstrual(figures) == (
        "Around 3 periods of the last year, from two days before the first day to two days after it: headache on "
        "3 of 3 counted days. On the other days: 0 of 1. This differs from month to month."
    )


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ((0, 0, 0, 3, None), "no answer yet whether it helped"),
        ((1, 1, 1, 0, None), "helped 2 of 3 times; fewer than 5 answers say little"),
        ((5, 0, 0, 0, 0.0), "helped 0 of 5 times"),
        ((0, 3, 2, 0, 1.0), "helped 5 of 5 times"),
        ((1, 3, 2, 4, 5 / 6), "helped 5 of 6 times; 4 times not answered"),
    ],
)
def test_relief_is_said_with_its_answers(
    answers: tuple[int, int, int, int, float | None], words: str
) -> None:
    row = build_relief_row(Relief("Sumatriptan", "triptan", 1, 3.5, *answers))
    assert (row.name, row.taken, row.helped) == ("Sumatriptan", "1 day, 3.5 doses", words)
    assert build_relief_row(Relief("X", "nsaid", 2, 3.0, *answers)).taken == "2 days, 3 doses"
    assert build_relief_row(Relief("X", "nsaid", 1, 1.0, *answers)).taken == "1 day, 1 dose"
