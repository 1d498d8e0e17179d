"""When a reminder is due: laws over zones and the edges of their clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.when import AT, DAYS_BEFORE, due_at, instant, planned, useful_until

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia", "UTC")
DATES = st.dates(date(2000, 1, 1), date(2060, 1, 1))
KINDS = st.sampled_from(sorted(DAYS_BEFORE))


@given(DATES, KINDS, st.sampled_from(ZONES))
def test_it_is_nine_on_the_patients_own_clock(target: date, kind: str, zone: str) -> None:
    on = target - timedelta(DAYS_BEFORE[kind])
    if zone == "Pacific/Apia" and on == date(2011, 12, 30):
        return  # the day that Samoa skipped has no nine o'clock; named below
    local = due_at(kind, target, zone).astimezone(ZoneInfo(zone))
    assert (local.date(), local.time()) == (on, AT)


@given(DATES, st.sampled_from(ZONES))
def test_the_letters_come_in_order_and_each_is_useful_until_the_next(target: date, zone: str) -> None:
    times = planned(target, zone)
    assert times["d14"] < times["d7"] < times["d1"]
    assert useful_until("d14", target, zone) == times["d7"]
    assert useful_until("d7", target, zone) == times["d1"]
    assert times["d1"] < useful_until("d1", target, zone)


@given(DATES, st.sampled_from(ZONES))
def test_the_last_one_is_useful_to_the_end_of_the_day(target: date, zone: str) -> None:
    end = useful_until("d1", target, zone)
    assert (end - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() <= target
    assert end.astimezone(ZoneInfo(zone)).date() > target


def test_a_time_that_the_clock_skips_moves_forward() -> None:
    skipped = instant(date(2026, 3, 29), time(2, 30), "Europe/Berlin")
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 3:30 on the clock


def test_a_time_that_comes_twice_is_the_first() -> None:
    twice = instant(date(2026, 10, 25), time(2, 30), "Europe/Berlin")
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_half_an_hour_of_lord_howe_is_no_trouble() -> None:
    assert (
        due_at("d1", date(2026, 10, 5), "Australia/Lord_Howe")
        .astimezone(ZoneInfo("Australia/Lord_Howe"))
        .hour
        == 9
    )


def test_midnight_that_havana_skips_still_ends_the_day() -> None:
    end = useful_until("d1", date(2026, 3, 7), "America/Havana")
    assert end.astimezone(ZoneInfo("America/Havana")) == datetime(
        2026, 3, 8, 1, 0, tzinfo=ZoneInfo("America/Havana")
    )


def test_the_day_that_apia_skipped_moves_on_to_the_next() -> None:
    local = due_at("d1", date(2011, 12, 31), "Pacific/Apia").astimezone(ZoneInfo("Pacific/Apia"))
    assert local.date() == date(2011, 12, 31)


@pytest.mark.parametrize("kind", sorted(DAYS_BEFORE))
def test_days_are_calendar_days_across_the_change_of_clocks(kind: str) -> None:
    target = date(2026, 3, 31)
    before = due_at(kind, target, "Europe/Berlin")
    assert before.astimezone(ZoneInfo("Europe/Berlin")).time() == AT
