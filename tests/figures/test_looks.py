"""When a change is judged, and how (Rules, sections 13 and 17)."""

from datetime import date

import pytest

from figures.engine import Figures, as_json, compute_figures
from figures.looks import Look
from figures.values import YES_NO_METRICS, Day
from tests.figures.builders import FIRST, after, clear, headache, month, months, record, spread

SECOND = after(84)


def look_at(days: list[Day], as_of: date, *sessions: date) -> Look | None:
    return figures_of(days, as_of, *sessions).looks["headache_days"]


def figures_of(days: list[Day], as_of: date, *sessions: date) -> Figures:
    found = compute_figures(record(days, *sessions), as_of)
    assert found.looks is not None
    assert list(found.looks) == list(YES_NO_METRICS)
    return found


def test_the_latest_full_period_is_compared_with_the_baseline_by_a_99_percent_interval() -> None:
    found = as_json(figures_of(spread(after(-28), 24, 10, 12), after(55)))["looks"]["headache_days"]
    low, high = found.pop("interval")
    assert found == {
        "reference": "baseline",
        "from": "2024-02-05",
        "cycle": 1,
        "label": "weeks 5-8",
        "start": "2024-04-01",
        "end": "2024-04-28",
        "difference": -12.0,
        "percent": -50.0,
        "verdict": "fewer",
    }
    change = figures_of(spread(after(-28), 24, 10, 12), after(55)).change["headache_days"]
    assert change is not None
    assert low < change.interval[0] < change.interval[1] < high


@pytest.mark.parametrize(
    ("before", "since", "verdict"),
    [(28, 0, "fewer"), (0, 28, "more"), (14, 13, "unclear"), (0, 0, "unclear"), (28, 28, "unclear")],
)
def test_a_verdict_is_fewer_more_or_unclear(before: int, since: int, verdict: str) -> None:
    found = look_at(months(after(-28), before, since), after(27))
    assert found is not None
    assert found.verdict == verdict


def test_a_look_is_made_on_the_last_day_of_its_period_and_not_a_day_earlier() -> None:
    days = months(after(-28), 20, 5, 5)
    assert look_at(days, after(26)) is None
    first, second = look_at(days, after(27)), look_at(days, after(55))
    assert first is not None
    assert second is not None
    assert (first.label, second.label) == ("weeks 1-4", "weeks 5-8")
    assert look_at(days, after(54)) == first


def test_a_period_cut_by_the_next_session_is_no_look() -> None:
    days = months(after(-28), 20, 5, 5, 5)
    cut = look_at(days, after(83), FIRST, after(83))
    assert cut is not None
    assert cut.label == "weeks 5-8"


def test_a_period_with_too_few_entries_is_no_look() -> None:
    days = months(after(-28), 20, 5) + month(after(28), 5, known=19)
    found = look_at(days, after(55))
    assert found is not None
    assert found.label == "weeks 1-4"
    counted = look_at(months(after(-28), 20, 5) + month(after(28), 5, known=20), after(55))
    assert counted is not None
    assert counted.label == "weeks 5-8"


def test_without_a_baseline_the_first_recorded_period_is_the_reference() -> None:
    days = month(after(-28), 9, known=19) + month(FIRST, 9, known=19) + spread(after(28), 24, 8)
    alone = look_at(days, after(55))
    assert alone is None  # nothing later to compare it with
    found = look_at(days, after(83))
    assert found is not None
    assert (found.reference, found.reference_start, found.label) == ("first", after(28), "weeks 9-12")
    assert found.reference_period is not None
    assert (found.reference_period.cycle, found.reference_period.window.label) == (1, "weeks 5-8")
    assert (found.difference, found.verdict) == (-16.0, "fewer")


def test_each_metric_has_its_own_reference_and_looks() -> None:
    # Strength is answered from the first session on only.
    days = [headache(after(offset)) for offset in range(-28, 0)]
    days += [headache(after(offset), intensity="severe") for offset in range(28)]
    days += [headache(after(offset), intensity="mild") for offset in range(28, 56)]
    found = figures_of(days, after(55)).looks
    headaches, severe = found["headache_days"], found["moderate_severe_days"]
    assert headaches is not None
    assert severe is not None
    assert (headaches.reference, severe.reference) == ("baseline", "first")
    assert (severe.difference, severe.verdict) == (-28.0, "fewer")


def test_more_clear_days_are_more_and_a_zero_before_has_no_percent() -> None:
    found = figures_of(spread(after(-28), 28, 4), after(27)).looks["clear_days"]
    assert found is not None
    assert (found.difference, found.percent, found.verdict) == (24.0, None, "more")


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [(0, 27), (26, 27), (27, 55), (55, 83), (82, 83), (83, None), (200, None)],
)
def test_the_next_look_is_the_next_last_day_of_weeks_4_8_and_12(as_of: int, expected: int | None) -> None:
    found = figures_of([clear(FIRST)], after(as_of)).next_look
    assert found == (None if expected is None else after(expected))


def test_the_next_look_belongs_to_the_last_cycle() -> None:
    assert figures_of([clear(FIRST)], after(30), FIRST, after(29)).next_look == after(56)
    assert compute_figures(record([clear(FIRST)]), after(-1)).next_look is None


def test_drift_is_the_change_from_the_month_before_the_baseline() -> None:
    falling = figures_of(spread(after(-56), 28, 10), FIRST).drift
    assert falling is not None
    assert falling.interval is not None
    assert (falling.difference, falling.interval[1] < 0) == (-18.0, True)
    thin = month(after(-56), 19, known=19) + month(after(-28), 10)
    assert figures_of(thin, FIRST).drift is None
    nothing = figures_of(months(after(-56), 0, 0), FIRST).drift
    assert nothing is not None
    assert (nothing.difference, nothing.percent) == (0.0, None)
