"""JSON that others wrote."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.json_text import parse_json

TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_whole_stays(value: object) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"a\udfffb"', "a\ufffdb"),
        (r'{"\ud83d": ["\ud83d\ude00", 1]}', {"\ufffd": ["\U0001f600", 1]}),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
    ],
)
def test_half_a_pair_becomes_the_replacement_character(text: str, parsed: object) -> None:
    assert parse_json(text) == parsed == parse_json(text.encode())


@pytest.mark.parametrize("text", ["", "{", "[1", "nul"])
def test_what_is_no_json_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="Expecting"):
        parse_json(text)
