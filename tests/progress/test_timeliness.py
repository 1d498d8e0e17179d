"""When a day was first written: by the patient's own clock, over the nights when clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Record
from headaches.models import DiaryDay
from progress.presentation.timeliness import describe_timeliness
from tests.conftest import NOON, TODAY

BERLIN = ZoneInfo("Europe/Berlin")
MAY_1 = date(2026, 5, 1)
SAME_DAY, WITHIN_48_HOURS, LATER = "1 written the same day", "1 within 48 hours", "1 later"


def classify_entry(day: date, written_at: datetime, zone: ZoneInfo) -> str:
    """Return how a single entry is counted."""
    sentence = describe_timeliness([(day, written_at)], zone)
    [kind] = [kind for kind in (SAME_DAY, WITHIN_48_HOURS, LATER) if kind in sentence]
    return kind


@pytest.mark.parametrize(
    ("written_at", "expected"),
    [
        (datetime(2026, 4, 30, 22, tzinfo=UTC), SAME_DAY),  # 0:00 in Berlin
        (datetime(2026, 5, 1, 21, 59, 59, tzinfo=UTC), SAME_DAY),
        (datetime(2026, 5, 1, 22, tzinfo=UTC), WITHIN_48_HOURS),
        (datetime(2026, 5, 3, 22, tzinfo=UTC), WITHIN_48_HOURS),  # 48 hours after the day ended
        (datetime(2026, 5, 3, 22, 0, 1, tzinfo=UTC), LATER),
    ],
)
def test_the_day_is_hers_and_the_48_hours_begin_at_its_end(written_at: datetime, expected: str) -> None:
    assert classify_entry(MAY_1, written_at, BERLIN) == expected


def test_48_hours_are_48_hours_when_the_clock_is_put_forward() -> None:
    saturday = date(2026, 3, 28)  # Berlin loses an hour in the night to Sunday
    assert classify_entry(saturday, datetime(2026, 3, 30, 23, tzinfo=UTC), BERLIN) == WITHIN_48_HOURS
    assert classify_entry(saturday, datetime(2026, 3, 30, 23, 0, 1, tzinfo=UTC), BERLIN) == LATER


@given(
    st.sampled_from(["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
    st.dates(date(2010, 1, 1), date(2030, 1, 1)),
    st.integers(0, 10 * 24 * 60),
)
def test_every_entry_has_one_kind_and_none_gets_earlier_by_being_written_later(
    zone: str, on: date, minutes: int
) -> None:
    at = datetime(on.year, on.month, on.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    order = [SAME_DAY, WITHIN_48_HOURS, LATER]
    found = [
        order.index(classify_entry(on, at + timedelta(minutes=more), ZoneInfo(zone)))
        for more in (0, minutes, 2 * minutes)
    ]
    assert found == sorted(found)
    assert found[0] == 0


def test_the_sentence_counts_each_kind() -> None:
    hours = (1, 30, 100, 120)
    entries = [(MAY_1, datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(hours=one)) for one in hours]
    assert describe_timeliness(entries, BERLIN) == (
        "Entries of the last 28 days: 1 written the same day, 1 within 48 hours, 2 later."
    )
    assert describe_timeliness([], BERLIN) == ""


@pytest.mark.django_db
def test_the_dashboard_looks_at_28_days(client: Client, alice: Record) -> None:
    for back in (0, 27, 28):
        DiaryDay.objects.create(record=alice, date=TODAY - timedelta(back), headache=False, written_at=NOON)
    page = client.get(reverse("progress_details")).content.decode()
    assert "1 written the same day, 0 within 48 hours, 1 later." in page
