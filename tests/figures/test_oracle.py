"""The engine against the oracle, over random records."""

from datetime import date, timedelta
from math import isclose
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from figures import values
from figures.engine import as_json, compute_figures
from figures.values import Day, Diary, Intake
from tests.figures import oracle, oracle_looks
from tests.figures.builders import FIRST, after, months, record, stretch

START = date(2024, 1, 1)
SPAN = 420  # days: a baseline, four cycles and some
TOLERANCE = 1e-9

classes = st.sampled_from([*values.DRUG_CLASSES, "triptan", "nsaid"])
names = st.sampled_from(["Suma", "suma ", " SUMA", "Ibu", "naproxen", "Äthoxy"])
doses = st.sampled_from([1.0, 2.0, 0.5, 0.1, 100.0])
intakes = st.builds(Intake, classes, st.sampled_from([None, *values.RELIEFS]), names, doses)
hours = st.one_of(st.sampled_from([4.0, 3.99, 24.0]), st.integers(1, 2400).map(lambda number: number / 100))
lost = st.sampled_from([None, 0.0, 0.5, 1.0])
drugs = st.one_of(st.just(()), st.just(()), st.lists(intakes, max_size=3).map(tuple))
Answers = tuple[bool, str | None, float | None, frozenset[str] | None, float | None, tuple[Intake, ...]]


def _answers(headache: bool) -> st.SearchStrategy[Answers]:
    """The answers of one day; a day without headache has no pain to describe."""
    if not headache:
        return st.tuples(st.just(False), st.none(), st.none(), st.none(), lost, drugs)
    return st.tuples(
        st.just(True),
        st.sampled_from([None, *values.INTENSITIES]),
        st.one_of(st.none(), hours),
        st.one_of(st.none(), st.frozensets(st.sampled_from(values.FEATURES))),
        lost,
        drugs,
    )


@st.composite
def diaries(draw: st.DrawFn) -> list[Day]:
    """Months of a few kinds of day each, some with gaps, so that full, thin and steady months all occur.

    Days are picked from a small set by a seeded generator: drawing every one of 420 would take the time of
    the whole folder, and the kinds are what matters.
    """
    kinds = draw(st.lists(st.booleans().flatmap(_answers), min_size=1, max_size=12))
    random = Random(draw(st.integers(0, 2**32)))
    # Menstruation of four days at most, so often that onsets lie on both sides of the ten days without.
    every = random.choice([0, 12, 13, 28])
    days: list[Day] = []
    for first in range(0, SPAN, 28):
        here = random.sample(kinds, random.randint(1, len(kinds)))
        kept = random.choice([0.0, 0.75, 0.95, 1.0, 1.0, 1.0, 1.0])
        stay = random.choice([0.0, 0.5, 0.9])
        kind = random.choice(here)
        for offset in range(28):
            kind = kind if random.random() < stay else random.choice(here)
            if random.random() < kept:
                menstruation = every > 0 and (first + offset) % every < random.choice([0, 2, 3])
                days.append(Day(START + timedelta(days=first + offset), *kind, menstruation))
    return days


@st.composite
def sessions(draw: st.DrawFn) -> list[date]:
    """Sessions about 84 days apart, often early or late, sometimes two on one date, sometimes none."""
    gap = st.one_of(st.just(84), st.just(84), st.integers(60, 120), st.integers(0, 40))
    gaps = draw(st.one_of(st.lists(gap, max_size=1), st.lists(gap, min_size=2, max_size=5)))
    at = START + timedelta(days=draw(st.integers(0, 80)))
    found = []
    for days in gaps:
        found.append(at)
        at += timedelta(days=days)
    return draw(st.permutations(found))


offsets = st.one_of(st.integers(-5, SPAN + 40), st.integers(250, SPAN))
as_ofs = offsets.map(lambda offset: START + timedelta(days=offset))


def assert_same(ours: object, theirs: object, where: str = "figures") -> None:
    """Floats within the tolerance, everything else equal, keys in their order included."""
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), where
        assert list(ours) == list(theirs), where
        for key, held in theirs.items():
            assert_same(ours[key], held, f"{where}.{key}")
    elif isinstance(theirs, list):
        assert isinstance(ours, list), where
        assert len(ours) == len(theirs), where
        for index, held in enumerate(theirs):
            assert_same(ours[index], held, f"{where}[{index}]")
    elif isinstance(theirs, float):
        assert isinstance(ours, int | float), where
        assert isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE), (where, ours, theirs)
    else:
        assert (type(ours), ours) == (type(theirs), theirs), where


def without_working(figures: dict[str, Any]) -> dict[str, Any]:
    """The oracle knows verdict, luck and robustness of a reference line, and none of its working."""
    known = ("id", "verdict", "luck", "robust")
    return figures | {"rules": [{key: rule[key] for key in known} for rule in figures["rules"]]}


@settings(deadline=None, max_examples=120)
@given(diaries(), sessions(), st.sampled_from(values.CRITERIA), as_ofs)
@example(months(after(-28), 20, 20, 20, 20, 20, 20, 14), [FIRST, after(84)], "any", after(167))
@example(months(after(-28), 0, 5, 0), [FIRST], "any", after(55))  # nothing before
@example(months(after(-56), 28, 28, 28, 28, 28), [FIRST], "any", after(83))  # all days
@example([], [FIRST], "any", after(30))  # no day at all
@example([], [], "any", FIRST)  # neither days nor sessions
@example(months(after(28), 9, 12, 9), [FIRST], "any", after(111))  # no baseline
@example(months(after(-28), 20, 12), [FIRST], "any", after(-1))  # before the first session
@example(months(after(-28), 20, 12, 9, 9), [FIRST], "any", after(200))  # long after the diary
@example(
    stretch(after(-28), "Ms.hc" * 28), [FIRST, after(40)], "4h", after(70)
)  # hours missing, a period cut
@example(stretch(after(-28), "M" * 28 + "s" * 56), [FIRST], "4h", after(55))  # 28 days of 4 hours, then none
@pytest.mark.slow
def test_the_engine_tells_what_the_page_of_rules_tells(
    days: list[Day], at: list[date], criterion: str, as_of: date
) -> None:
    built = Diary.of(days, at, criterion)
    assert_same(without_working(as_json(compute_figures(built, as_of))), oracle_looks.figures(built, as_of))


@settings(deadline=None, max_examples=40)
@given(diaries(), sessions(), st.sampled_from(values.CRITERIA), as_ofs)
def test_the_working_of_a_reference_line_is_what_its_windows_count(
    days: list[Day], at: list[date], criterion: str, as_of: date
) -> None:
    built = Diary.of(days, at, criterion)
    slow = oracle.Oracle(built, as_of)
    for rule in compute_figures(built, as_of).rules:
        for used in rule.inputs:
            known = slow.known(rule.metric, used.start, used.end)
            assert (used.count, used.known) == (sum(known), len(known))
            assert_same(used.per_28, oracle.number(slow.per_28(rule.metric, used.start, used.end)))


def test_the_oracle_sees_twenty_to_fourteen_as_a_reduction_of_thirty_percent() -> None:
    exact = record(months(after(-28), 20, 20, 20, 20, 20, 20, 14), FIRST, after(84))
    assert oracle.Oracle(exact, after(167)).rules()[0] == {"id": "nice-30", "verdict": "reached"}
