"""One definition of now: the same count wherever the last 28 days are said, also shortly after the first session."""

from datetime import date

import pytest

from figures.engine import compute_figures
from figures.metric_index import MetricIndex
from figures.values import HEADACHE_DAYS
from progress.details.methodology import build_steps
from progress.presentation.eligibility import build_eligibility_facts
from progress.presentation.looks import build_look_change
from progress.presentation.tiles import build_tiles, describe_tile_days
from tests.figures.builders import after, month, months, record


@pytest.mark.parametrize(
    ("as_of", "count", "known", "days"),
    [
        (after(0), 1, 1, 1),
        (after(9), 10, 10, 10),
        (after(27), 12, 28, 28),
        (after(40), 13, 28, 28),
        (after(70), 5, 17, 28),
    ],
)
def test_tile_table_facts_methodology_and_json_count_the_same_days(
    as_of: date, count: int, known: int, days: int
) -> None:
    diary = record(months(after(-28), 20, 12, 13)[:-1] + month(after(55), 5, known=5))
    figures, index = compute_figures(diary, as_of), MetricIndex.of(diary, as_of)
    assert figures.now is not None
    counted = figures.now.metrics[HEADACHE_DAYS]
    tile = build_tiles(figures, index)[0]
    change = build_look_change(figures, HEADACHE_DAYS)
    fact = build_eligibility_facts(index, figures.baseline, [])[0]
    lines = [line for step in build_steps(figures, index, HEADACHE_DAYS) for line in step.lines]
    words = f"{count} in {known} counted days"
    assert (counted.count, counted.known, figures.now.days) == (count, known, days)
    assert (tile.figure, f"{known} of {days} days filled in." in tile.note) == (str(count), True)
    assert str(days) in describe_tile_days(figures)
    assert change is not None
    assert change.recent == words
    assert fact.now == f"{words} of {days}"
    assert f"The last 28 days are a count without a verdict: {words}." in lines
