"""Beat rings at an interval, whatever was done to the clock."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from botoxtrack.beat import Every

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "due", "next_in"),
    [
        (NOW, False, 60),
        (NOW - timedelta(seconds=45), False, 15),
        (NOW - timedelta(seconds=60), True, 60),
        (NOW - timedelta(days=1), True, 60),
        (NOW + timedelta(minutes=12), True, 60),
    ],
    ids=["just rung", "soon", "a minute ago", "after a night off", "the clock was put back"],
)
def test_it_rings_each_minute_and_at_once_after_a_clock_was_put_back(
    last: datetime, due: bool, next_in: float
) -> None:
    asked = Every(timedelta(seconds=60), nowfun=lambda: NOW).is_due(last)
    assert (asked.is_due, asked.next) == (due, next_in)


def test_it_can_be_written_down_as_beat_does() -> None:
    every = Every(timedelta(seconds=60))
    assert pickle.loads(pickle.dumps(every)) == every  # noqa: S301
