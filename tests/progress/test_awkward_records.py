"""The sentences of sections 13 to 18 on awkward records: none, all, 0 of 0, exactly at a line, one cycle, more."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from django.utils.translation import override

from figures.engine import compute_figures
from figures.metric_index import MetricIndex
from figures.values import METRICS, YES_NO_METRICS, Diary, Intake
from progress.details.doubt_steps import build_doubt_steps
from progress.details.methodology import build_medication_steps, build_steps, build_wear_off_steps
from progress.details.relief_steps import build_relief_steps
from progress.presentation import doubts
from progress.presentation.confounders import Course
from progress.presentation.headline import build_headline, describe_ceiling
from progress.presentation.looks import build_look_changes, describe_next_look
from progress.presentation.reference_lines import TITLES, build_line_labels
from progress.presentation.relief import build_relief_row
from progress.presentation.tiles import build_tiles, describe_tile_days
from tests.figures.builders import FIRST, after, headache, month, months, record, spread, stretch

SUMA = Intake("triptan", None, "Sumatriptan", 1.0)
RECORDS: dict[str, tuple[Diary, date]] = {
    "none": (Diary.of([], [FIRST]), after(83)),
    "all": (record(months(after(-56), 28, 28, 28, 28, 28)), after(83)),
    "0 of 0": (Diary.of([], []), FIRST),
    "exactly at a line": (record(months(after(-28), 20, 10, 10, 10)), after(83)),
    "one cycle": (record(spread(after(-28), 24, 8)), after(27)),
    "nothing before": (record(months(after(-28), 0, 3, 0)), after(55)),
    "no baseline": (record(spread(FIRST, 20, 9)), after(55)),
    "one day": (record([headache(FIRST, intakes=[SUMA])]), FIRST),
    "one unknown day": (record(month(after(-28), 14, known=27) + month(FIRST, 7, known=27)), after(27)),
    "criterion without hours": (record(stretch(after(-28), "h" * 56), criterion="4h"), after(27)),
    "medicine and menstruation": (
        Diary.of(
            [
                replace(headache(after(offset), intakes=[SUMA]), menstruation=offset % 28 == 0)
                for offset in range(60)
            ],
            [FIRST],
        ),
        after(59),
    ),
}
ADVICE = {
    "en": re.compile(r"\b(should|must|stop|try|ask your|talk to|reduce|increase)\b", re.IGNORECASE),
    "de": re.compile(
        r"\b(sollten?|müssen|fragen Sie|sprechen Sie|nehmen Sie|versuchen Sie)\b", re.IGNORECASE
    ),
}


def list_sentences(diary: Diary, as_of: date) -> Iterator[str]:
    """What the pages say of a record."""
    figures, index = compute_figures(diary, as_of), MetricIndex.of(diary, as_of)
    headline = build_headline(figures, bool(diary.days))
    yield from (headline.title, headline.detail, describe_ceiling(figures), describe_tile_days(figures))
    yield from doubts.describe_doubts(figures, [Course("Topiramate", after(3), None)])
    yield from (doubts.describe_power(figures.power), doubts.describe_menstrual(figures))
    if figures.cycles:
        yield describe_next_look(figures)
    for rule in figures.rules:
        line = build_line_labels(rule)
        yield from (line.title, line.working, line.verdict_label)
        yield from (doubts.describe_luck(rule), doubts.describe_robust(rule))
    for change in build_look_changes(figures):
        yield from (change.name, change.label, change.before_raw, change.after_raw, change.recent)
    for tile in build_tiles(figures, index):
        yield from (tile.figure, tile.name, tile.note)
    for relief in figures.relief:
        yield from (build_relief_row(relief).taken, build_relief_row(relief).helped)


def worked_out_of(diary: Diary, as_of: date) -> Iterator[str]:
    """The steps of the methodology, where percent and quantiles may stand."""
    figures, index = compute_figures(diary, as_of), MetricIndex.of(diary, as_of)
    steps = [
        *(step for metric in METRICS for step in build_steps(figures, index, metric)),
        *build_doubt_steps(figures),
        *build_wear_off_steps(figures),
        *build_medication_steps(figures),
        *build_relief_steps(figures.relief, figures.menstrual, as_of),
    ]
    for step in steps:
        yield from (step.title, *step.lines)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", RECORDS)
def test_no_sentence_is_unfinished_or_advises(name: str, language: str) -> None:
    diary, as_of = RECORDS[name]
    with override(language):
        said, worked_out = (
            [*filter(None, list_sentences(diary, as_of))],
            [*filter(None, worked_out_of(diary, as_of))],
        )
    assert said
    for sentence in [*said, *worked_out]:
        assert not re.search(r"None|\bnan\b|\binf\b|%\(|[{}]|  |\.\.", sentence), sentence
        assert not ADVICE[language].search(sentence), sentence


@pytest.mark.parametrize("name", RECORDS)
def test_no_percent_stands_without_its_count(name: str) -> None:
    names_of_lines = {str(title) for title in TITLES.values()}
    for sentence in filter(None, list_sentences(*RECORDS[name])):
        if "%" in sentence and sentence not in names_of_lines:
            assert re.search(r"\d+ (in|of|to|counted)|÷", sentence), sentence


@pytest.mark.parametrize("name", RECORDS)
def test_only_metrics_of_yes_and_no_are_judged(name: str) -> None:
    figures = compute_figures(*RECORDS[name])
    assert figures.looks is None or tuple(figures.looks) == YES_NO_METRICS
    assert not any(change.is_sum and change.may_be_chance for change in build_look_changes(figures))
