from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.metric_index import MetricIndex
from figures.metrics import metric_value
from figures.packed_diary import STATES, PackedDiary
from figures.values import CRITERIA, HEADACHE_HOURS, METRICS, Day, Diary
from tests.figures.builders import FIRST, after, clear, headache, stretch
from tests.figures.test_oracle import START, diaries

places = st.integers(-10, 450).map(lambda offset: START + timedelta(days=offset))


@settings(max_examples=40)
@given(diaries())
def test_what_is_packed_comes_out_again(days: list[Day]) -> None:
    facts = PackedDiary.of(days)
    assert PackedDiary.unpack(facts.pack()) == facts


@settings(max_examples=40)
@given(diaries(), diaries(), places, places)
def test_days_replaced_in_the_middle_are_as_if_packed_at_once(
    before: list[Day], after_it: list[Day], one: date, other: date
) -> None:
    start, end = sorted((one, other))
    kept = [day for day in before if not start <= day.date <= end]
    new = [day for day in after_it if start <= day.date <= end]
    assert PackedDiary.of(before).replace_days(start, end, new) == PackedDiary.of([*kept, *new])


@settings(max_examples=40)
@given(diaries(), places)
def test_what_comes_later_than_a_day_is_cut_off(days: list[Day], last: date) -> None:
    assert PackedDiary.of(days).up_to(last) == PackedDiary.of([day for day in days if day.date <= last])


@settings(max_examples=20)
@given(diaries(), st.sampled_from(CRITERIA))
def test_each_day_answers_what_its_metrics_answer(days: list[Day], criterion: str) -> None:
    answers = MetricIndex.of(Diary.of(days, [], criterion), START + timedelta(days=500))
    for day in days:
        for metric in METRICS:
            asked = metric_value(metric, day, criterion)
            expected = (0, 0) if asked is None else (asked, 1)
            assert answers.tally(metric, day.date, day.date) == expected
        state = (day.intensity or "headache") if day.headache else "free"
        assert answers.diary.state_on(day.date) == state


def test_an_empty_diary_has_no_days() -> None:
    facts = PackedDiary.of([])
    assert (facts.length, facts.recorded_dates(), facts.state_on(FIRST)) == (0, None, "")
    assert PackedDiary.unpack(facts.pack()) == facts
    assert facts.replace_days(FIRST, FIRST, [clear(FIRST)]) == PackedDiary.of([clear(FIRST)])
    assert PackedDiary.of([clear(FIRST)]).replace_days(FIRST, FIRST, []) == facts


def test_days_not_recorded_stay_unrecorded_between_those_that_are() -> None:
    facts = PackedDiary.of(stretch(FIRST, "h.M"))
    assert [facts.state_on(after(place)) for place in range(-1, 4)] == ["", "headache", "", "moderate", ""]
    assert facts.recorded_dates() == (FIRST, after(2))


def test_a_stray_entry_of_long_ago_packs_small() -> None:
    days = [clear(date(1900, 1, 1)), *stretch(FIRST, "hc" * 50)]
    assert len(PackedDiary.of(days).pack()) < 3000


def test_hours_in_thirds_are_refused() -> None:
    with pytest.raises(ValueError, match="hundredths"):
        PackedDiary.of([headache(hours=1 / 3)])


def test_every_state_of_a_day_has_its_byte() -> None:
    assert STATES == ("", "free", "headache", "mild", "moderate", "severe")


@given(st.lists(st.integers(1, 2400), min_size=1, max_size=40))
def test_hours_are_added_up_to_the_hundredth(hundredths: list[int]) -> None:
    """3 h 59 min is 3.98 hours, and neither 4 nor below the criterion by a rounded half."""
    first = date(2026, 1, 1)
    days = [
        Day(first + timedelta(offset), headache=True, hours=part / 100)
        for offset, part in enumerate(hundredths)
    ]
    index = MetricIndex.of_packed(PackedDiary.of(days), (), "any", first + timedelta(len(days)))
    assert index.tally(HEADACHE_HOURS, first, first + timedelta(len(days))) == (
        sum(hundredths) / 100,
        len(days),
    )
