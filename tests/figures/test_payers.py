"""The rules of payers: each value worked out by hand from what the rule asks."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.engine import figures_from_index
from figures.metric_index import MetricIndex
from figures.payer_files import BadRuleError, parse_rule_set
from figures.payers import (
    FEW_DAYS,
    NOT_RECORDED,
    TOO_EARLY,
    ZERO_BEFORE,
    Assessment,
    PayerRule,
    Tried,
    assess,
    join,
)
from figures.values import Day, Diary
from tests.figures.builders import FIRST, after, clear, headache, month

NOBODY = Tried((), 0)
HEAD = 'id = "x"\nname = "X"\nsource = "a source"\nchecked = 2026-05-06\n[[rules]]\nid = "r"\nstage = "continue"\n'
COMPARED = "before = { before-session = 1, days = 28 }\nafter = { last-days = 28 }\n"
DAYS_AND_HOURS = (
    f'{COMPARED}thresholds = [{{ kind = "absolute", value = 7 }}, {{ kind = "hours", value = 100 }}]'
)
THIRTY = 'thresholds = [{ kind = "percent", value = 30 }]'


def rule(text: str) -> PayerRule:
    return parse_rule_set(HEAD + text).rules[0]


def ask(
    text: str, days: list[Day], as_of: int = 27, sessions: tuple[int, ...] = (0,), tried: Tried = NOBODY
) -> Assessment:
    diary = Diary.of(days, [after(offset) for offset in sessions])
    return assess(rule(text), MetricIndex.of(diary, after(as_of)), tried)


def before_and_after(before: int, now: int, known: int = 28) -> list[Day]:
    return [*month(after(-28), before, known), *month(FIRST, now, known)]


@pytest.mark.parametrize(
    ("threshold", "before", "now", "meets"),
    [
        ('{ kind = "percent", value = 50 }', 20, 10, True),  # exactly half
        ('{ kind = "percent", value = 50, strict = true }', 20, 10, False),
        ('{ kind = "percent", value = 50, strict = true }', 20, 9, True),
        ('{ kind = "percent", value = 30 }', 20, 14, True),  # a float makes this 29.999999999999993
        ('{ kind = "percent", value = 30 }', 20, 15, False),
        ('{ kind = "percent", value = 30 }', 10, 12, False),  # more, not fewer
        ('{ kind = "percent", value = 30 }', 0, 0, None),  # nothing to compare with
        ('{ kind = "absolute", value = 7 }', 20, 13, True),
        ('{ kind = "absolute", value = 7, strict = true }', 20, 13, False),
        ('{ kind = "absolute", value = 7 }', 20, 14, False),
        ('{ kind = "absolute", value = 7 }', 0, 0, False),  # seven fewer than none cannot be
        ('{ kind = "under", value = 15 }', 20, 15, False),  # under 15 is strict
        ('{ kind = "under", value = 15, strict = false }', 20, 15, True),
        ('{ kind = "at-least", value = 15 }', 0, 15, True),
        ('{ kind = "at-least", value = 15, strict = true }', 0, 15, False),
    ],
)
def test_a_number_exactly_at_the_line(threshold: str, before: int, now: int, meets: bool | None) -> None:
    answer = ask(f"{COMPARED}thresholds = [{threshold}]", before_and_after(before, now))
    assert answer.meets is meets


def hours(start: int, each: float, days: int) -> list[Day]:
    """28 recorded days: so many with a headache of so many hours, the others clear."""
    return [
        headache(after(start + offset), hours=each) if offset < days else clear(after(start + offset))
        for offset in range(28)
    ]


def test_hours_count_in_hundredths_and_meet_the_line_exactly() -> None:
    """20 days of 10 h are 200 h; 10 days of 10 h are 100 h: 100 fewer. A hundredth of an hour more is too much."""
    text = f'{COMPARED}thresholds = [{{ kind = "hours", value = 100 }}]'
    exact = ask(text, [*hours(-28, 10, 20), *hours(0, 10, 10)])
    assert (exact.meets, exact.outcomes[0].achieved) == (True, Fraction(100))
    assert ask(text, [*hours(-28, 10, 20), *hours(0, 10.01, 10)]).meets is False


@pytest.mark.parametrize(
    ("operator", "now", "each", "meets"),
    [
        ("or", 13, 10, True),  # 7 days fewer, 70 h fewer
        ("and", 13, 10, False),
        ("and", 10, 10, True),  # 10 days and 100 h fewer
        ("or", 14, 10, False),  # 6 days, 60 h
    ],
)
def test_two_thresholds_are_joined(operator: str, now: int, each: float, meets: bool) -> None:
    text = f'operator = "{operator}"\n{DAYS_AND_HOURS}'
    assert ask(text, [*hours(-28, 10, 20), *hours(0, each, now)]).meets is meets


def test_days_that_are_met_decide_an_or_although_hours_are_not_recorded() -> None:
    text = f'operator = "or"\n{DAYS_AND_HOURS}'
    assert ask(text, before_and_after(20, 13)).meets is True
    unknown = ask(text, before_and_after(20, 14))  # 6 days fewer; hours unknown
    assert (unknown.meets, [outcome.meets for outcome in unknown.outcomes]) == (None, [False, None])


def test_unknown_joins_by_kleene() -> None:
    answers: list[bool | None] = [True, False, None]
    assert [join([a, b], "and") for a in answers for b in answers] == [
        True, False, None, False, False, False, None, False, None,
    ]  # fmt: skip
    assert [join([a, b], "or") for a in answers for b in answers] == [
        True, True, True, True, False, None, True, None, None,
    ]  # fmt: skip


def test_under_the_floor_of_known_days_there_is_no_answer() -> None:
    text = f'{COMPARED}thresholds = [{{ kind = "percent", value = 50 }}]'
    assert ask(text, before_and_after(15, 5, known=20)).meets is True
    thin = ask(text, before_and_after(15, 5, known=19))
    assert (thin.meets, thin.outcomes[0].reason) == (None, FEW_DAYS)
    assert [(window.known, window.floor, window.per_28) for window in thin.windows] == [(19, 20, None)] * 2
    low = ask(f"floor = 19\n{text}", before_and_after(15, 5, known=19))
    assert low.meets is True


def test_a_longer_window_needs_as_many_known_days_in_proportion() -> None:
    text = 'before = { before-session = 1, days = 168 }\nthresholds = [{ kind = "at-least", value = 15 }]'
    days = [headache(after(-offset)) for offset in range(1, 121)]
    assert ask(text, days).meets is True  # 120 of 168 days
    assert ask(text, days[:-1]).meets is None


def test_before_the_windows_are_over_it_is_too_early() -> None:
    text = f'{COMPARED}thresholds = [{{ kind = "percent", value = 50 }}]'
    early = ask(text, before_and_after(20, 5), as_of=26)
    assert (early.meets, early.outcomes[0].reason, early.asked_from) == (None, TOO_EARLY, after(27))
    no_session = ask(text, before_and_after(20, 5), sessions=())
    assert (no_session.meets, no_session.asked_from) == (None, None)
    two = ask(f"cycles = 2\n{text}", before_and_after(20, 5), as_of=200, sessions=(0, 84))
    assert two.asked_from == after(84 + 83)


def test_what_is_asked_at_the_start_needs_no_session() -> None:
    text = 'before = { before-session = 1, days = 28 }\nthresholds = [{ kind = "at-least", value = 15 }]'
    answer = ask(text, month(FIRST, 15), sessions=())
    assert (answer.meets, answer.windows[0].end) == (True, after(27))


def test_zero_before_is_no_percentage() -> None:
    answer = ask(f'{COMPARED}thresholds = [{{ kind = "percent", value = 50 }}]', before_and_after(0, 3))
    assert answer.outcomes[0].reason == ZERO_BEFORE


def test_preventives_count_names_and_classes() -> None:
    text = 'thresholds = [{ kind = "preventives", value = 3, classes = 2 }]'
    assert ask(text, [], tried=Tried(("a", "b", "c"), 2)).meets is True
    assert ask(text, [], tried=Tried(("a", "b", "c"), 1)).meets is False
    none = ask(text, [], tried=NOBODY)
    assert (none.meets, none.outcomes[0].reason) == (None, NOT_RECORDED)


def test_four_hours_may_be_asked_of_a_record_that_counts_any_headache() -> None:
    """20 headaches of 10 h before, 20 of 3 h after: no change of any headache, none left of 4 hours."""
    days = [*hours(-28, 10, 20), *hours(0, 3, 20)]
    text = f'{COMPARED}thresholds = [{{ kind = "percent", value = 50 }}]'
    assert ask(text, days).meets is False
    assert ask(f'criterion = "4h"\n{text}', days).outcomes[0].achieved == 100


SAME = {
    "nice-30": "before = { before-session = 1 }\nafter = { weeks = [9, 12], of-session = 2 }\ncycles = 2\n"
    + THIRTY,
    "nice-under-15": 'after = { last-days = 28, times = 3 }\nthresholds = [{ kind = "under", value = 15 }]',
    "ehf-30": 'before = { before-session = "latest" }\nafter = { weeks = [1, 4], of-session = "latest" }\n'
    + THIRTY,
    "half": f'{COMPARED}thresholds = [{{ kind = "percent", value = 50 }}]',
}


@given(
    pattern=st.text("hhcc.", min_size=280, max_size=280),
    gaps=st.lists(st.integers(20, 100), max_size=3),
    as_of=st.integers(-5, 250),
)
def test_shipped_rules_agree_with_the_reference_lines(pattern: str, gaps: list[int], as_of: int) -> None:
    """Where a rule is also a reference line (clinical rules, section 5), both give the same answer."""
    kinds = {"h": headache, "c": clear}
    days = [kinds[letter](after(offset - 28)) for offset, letter in enumerate(pattern) if letter != "."]
    sessions = [after(sum(gaps[:number])) for number in range(len(gaps) + 1)]
    index = MetricIndex.of(Diary.of(days, sessions), after(as_of))
    verdicts = {line.id: line.verdict for line in figures_from_index(index).rules}
    expected = {"reached": True, "not_reached": False}
    for name, text in SAME.items():
        assert assess(rule(text), index, NOBODY).meets is expected.get(verdicts.get(name, "")), name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id = ", "It is no TOML"),
        ('id = "x"\nchecked = 2026-05-06', "It has no [[rules]]."),
        (
            HEAD.replace("2026-05-06", '"May"') + 'thresholds = [{ kind = "diary" }]',
            "checked must be the date",
        ),
        (HEAD, "rule 'r' has no thresholds."),
        (
            HEAD + 'thresholds = [{ kind = "half" }]',
            "kind of a threshold of rule 'r' must be one of percent,",
        ),
        (HEAD + 'thresholds = [{ kind = "percent", value = 50 }]', "it needs before and after"),
        (HEAD + 'thresholds = [{ kind = "under", value = 15 }]', "it needs before or after"),
        (
            HEAD + 'thresholds = [{ kind = "preventives", value = "three" }]',
            "must be a number from 0 to 10000",
        ),
        (HEAD + 'metric = "days"\nthresholds = []', "metric of rule 'r' must be one of headache_days"),
        (HEAD + "colour = 1\nthresholds = []", "rule 'r' has 'colour', which means nothing here."),
        (
            HEAD + 'after = { weeks = [12, 9], of-session = 2 }\nthresholds = [{ kind = "diary" }]',
            "such as [9, 12]",
        ),
        (HEAD + 'after = { weeks = [9, 12] }\nthresholds = [{ kind = "diary" }]', '"latest"'),
        (HEAD + 'after = { days = 3 }\nthresholds = [{ kind = "diary" }]', "exactly one of before-session"),
        (HEAD + 'floor = 29\nthresholds = [{ kind = "preventives", value = 1 }]', "from 1 to 28"),
    ],
)
def test_a_bad_rule_set_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadRuleError) as refusal:
        parse_rule_set(text)
    assert sentence in str(refusal.value)


def test_the_windows_end_with_the_day_before_the_next_session() -> None:
    text = SAME["nice-30"]
    days = [headache(after(offset)) for offset in range(-28, 240)]
    answer = ask(text, days, as_of=230, sessions=(0, 84, 84 + 77))
    assert answer.windows[1].end == after(84 + 76)
    assert answer.windows[1].end - answer.windows[1].start == timedelta(20)
