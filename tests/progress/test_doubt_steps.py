"""The methodology of luck, power and days not counted ends in the figures themselves."""

from dataclasses import replace

import pytest

from figures.engine import compute_figures
from figures.values import Intake
from progress.details.doubt_steps import build_doubt_steps, format_thousand
from progress.details.relief_steps import build_relief_steps
from tests.figures.builders import FIRST, after, headache, month, months, record, spread


def test_days_not_counted_end_in_the_bounds() -> None:
    figures = compute_figures(record(month(after(-28), 18, known=24) + month(FIRST, 16, known=20)), after(27))
    step = build_doubt_steps(figures)[0]
    assert (step.section, step.lines) == (
        "14",
        (
            "Not counted: 4 days before and 8 days of the look.",
            "The least the difference could be: 16 − (18 + 4) = −6",
            "The most it could be: (16 + 8) − 18 = +6",
            "To reach the rate of before, 18 × 28 ÷ 24 − 16 days rounded up, and not below 0: 5",
        ),
    )


@pytest.mark.parametrize("counts", [(20, 10, 10, 10), (28, 28, 28, 28), (0, 0, 0, 0)])
def test_luck_and_power_end_in_their_figures(counts: tuple[int, ...]) -> None:
    figures = compute_figures(record(months(after(-28), *counts)), after(83))
    steps = {step.section: step.lines for step in build_doubt_steps(figures)}
    with_luck = [rule for rule in figures.rules if rule.luck is not None]
    assert [line.split("reached by ")[1] for line in steps["15"][1:]] == [
        f"{format_thousand(rule.luck or 0)} of 1000 such diaries." for rule in with_luck
    ]
    assert figures.power is not None
    assert steps["16"][-1] == (
        "A fall by 50 of 100, with 20 of 28 days filled in: “fewer” in "
        f"{format_thousand(figures.power['50']['20'])} of 1000 looks."
    )


def test_drift_stands_with_its_interval() -> None:
    figures = compute_figures(record(spread(after(-56), 28, 10)), FIRST)
    assert [step.section for step in build_doubt_steps(figures)] == ["16", "17"]
    assert "−18" in build_doubt_steps(figures)[-1].lines[0]


def test_without_figures_there_is_no_step() -> None:
    assert build_doubt_steps(compute_figures(record([]), FIRST)) == []


def test_relief_and_days_around_menstruation_end_in_their_figures() -> None:
    answers = ["none", "partial", "partial", "complete", "complete", None]
    days = [
        replace(headache(after(offset)), menstruation=offset % 28 == 0, intakes=intakes)
        for offset, intakes in [
            *((number, (Intake("triptan", answer, "Suma", 1.0),)) for number, answer in enumerate(answers)),
            *((offset, ()) for offset in (28, 56)),
            (60, (Intake("nsaid", "none", " ibu", 0.5),)),
        ]
    ]
    figures = compute_figures(record(days), after(83))
    relief, menstrual = build_relief_steps(figures.relief, figures.menstrual, figures.as_of)
    assert (relief.section, relief.lines[0], relief.lines[3:]) == (
        "18",
        "84 days, from 4 March 2024 to 26 May 2024.",
        (
            "Suma: 6 days, 6 doses; (2 + 2) ÷ 5 answers = 0.8000; not answered: 1",
            "ibu: 1 day, 0.5 dose; 1 answer, so no share; not answered: 0",
        ),
    )
    assert (menstrual.section, menstrual.lines[0], menstrual.lines[3:]) == (
        "18",
        "365 days, from 28 May 2023 to 26 May 2024.",
        (
            "Counted: 3 periods; at least 3 are needed.",
            "Around them: headache on 5 of 5 counted days",
            "On the other days: headache on 4 of 4 counted days",
        ),
    )


def test_without_medicine_and_menstruation_there_is_no_step() -> None:
    assert build_relief_steps((), None, FIRST) == []
