"""What the environment may ask of the tests."""

import pytest

from tests.environment import number


@pytest.mark.parametrize(("asked", "taken"), [("", 5), ("1", 1), ("100", 100)])
def test_a_number_or_nothing(monkeypatch: pytest.MonkeyPatch, asked: str, taken: int) -> None:
    monkeypatch.setenv("SEQUENCES", asked)
    assert number("SEQUENCES", 5) == taken


@pytest.mark.parametrize("asked", ["0", "-1", "1.5", "many"])
def test_anything_else_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setenv("SEQUENCES", asked)
    with pytest.raises(pytest.UsageError, match=f"SEQUENCES is '{asked}'; write a whole number"):
        number("SEQUENCES", 5)
