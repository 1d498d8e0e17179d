"""When a letter is due and who gets which: laws over zones and the edges of their clocks, corners by name."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from headaches.rhythm import BURST, DAILY, WEEKLY, rhythm_for_day
from reminders.rules import (
    DIGEST,
    FROM_TARGET,
    MEDICINE,
    NEXT_KIND,
    RANK,
    RECURRING,
    RHYTHMS,
    SESSION_KINDS,
    SUMMARY,
    Person,
    PlannedReminder,
    Preferences,
    due_at,
    is_replaced,
    is_wanted,
    local_instant,
    plan_reminders,
    reserve_slots,
    sending_day,
    useful_until,
)

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia", "UTC")
DATES = st.dates(date(2009, 1, 1), date(2060, 1, 1))
KINDS = st.sampled_from(RANK)
INSTANTS = st.integers(1_230_000_000, 2_840_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
SKIPPED = date(2011, 12, 30)  # the day that Samoa's calendar did not have
NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)


@st.composite
def wishes(draw: st.DrawFn) -> Preferences:
    return Preferences(
        kinds=draw(st.frozensets(st.sampled_from([*SESSION_KINDS, MEDICINE, SUMMARY, DIGEST]))),
        hour=draw(st.integers(0, 23)),
        rhythm=draw(st.sampled_from(RHYTHMS)),
        diary_days=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        diary_hour=draw(st.integers(0, 23)),
        weekday=draw(st.integers(0, 6)),
        pause_until=draw(st.none() | DATES),
    )


@st.composite
def people(draw: st.DrawFn) -> Person:
    last = draw(st.none() | DATES)
    due = None if last is None else last + timedelta(84)
    booked = draw(st.none() | DATES)
    return Person(
        draw(st.sampled_from(ZONES)),
        draw(wishes()),
        last,
        booked or due,
        is_booked=booked is not None,
        medicine_dates=draw(st.dictionaries(st.sampled_from(["triptan", "opioid"]), DATES)),
    )


def about(kind: str, sent_on: date) -> date:
    """The date that a letter sent on this day is about."""
    return sent_on - (sending_day(kind, sent_on) - sent_on)


def local(instant_: datetime, zone: str) -> datetime:
    return instant_.astimezone(ZoneInfo(zone))


@given(people(), KINDS, DATES)
def test_it_is_her_hour_on_her_own_clock(person: Person, kind: str, target: date) -> None:
    on = sending_day(kind, target)
    hour = person.preferences.diary_hour if kind in (DAILY, WEEKLY) else person.preferences.hour
    shown = local(due_at(kind, target, person), person.zone)
    exists = local(local_instant(on, time(hour), person.zone), person.zone).time() == time(hour)
    if exists and not (person.zone == "Pacific/Apia" and on == SKIPPED):
        assert (shown.date(), shown.time()) == (on, time(hour))
    else:  # a time the clock skips moves forward, by an hour, half an hour, or Samoa's day
        assert (
            timedelta() < shown.replace(tzinfo=None) - datetime.combine(on, time(hour)) <= timedelta(days=1)
        )


@given(people(), DATES)
def test_the_emails_before_a_session_come_in_order_and_each_is_useful_until_the_next(
    person: Person, target: date
) -> None:
    times = [due_at(kind, target, person) for kind in FROM_TARGET]
    assert times == sorted(times)
    for kind, following in NEXT_KIND.items():
        assert useful_until(kind, target, person) == due_at(following, target, person)


@given(people(), KINDS, DATES)
def test_every_email_is_of_some_use(person: Person, kind: str, target: date) -> None:
    assume(not (person.zone == "Pacific/Apia" and kind == DAILY and target == SKIPPED))
    assert due_at(kind, target, person) < useful_until(kind, target, person)


@given(people(), INSTANTS)
def test_what_is_planned_is_wanted_and_nothing_wanted_is_left_out(person: Person, now: datetime) -> None:
    found = plan_reminders(person, now)
    assert all(is_wanted(kind, target, person) for kind, target in found)
    assert all(due == due_at(kind, target, person) for (kind, target), due in found.items())
    for kind in SESSION_KINDS:
        for target in {person.last, person.target} - {None}:
            assert target is None or is_wanted(kind, target, person) == ((kind, target) in found)
    for target in person.medicine_dates.values():
        assert is_wanted(MEDICINE, target, person) == ((MEDICINE, target) in found)


@given(people(), INSTANTS)
def test_planning_twice_is_planning_once(person: Person, now: datetime) -> None:
    assert plan_reminders(person, now) == plan_reminders(person, now)


@given(people(), INSTANTS, st.sampled_from(RECURRING))
def test_a_rhythm_goes_on_with_its_very_next_day(person: Person, now: datetime, kind: str) -> None:
    """The naive oracle: look at every day, ask the rule."""
    today = local(now, person.zone).date()
    start = max(today, person.preferences.pause_until or today)
    days = [start + timedelta(ahead) for ahead in range(40)]
    expected = next(
        ((kind, on) for on in days if is_wanted(kind, on, person) and due_at(kind, on, person) > now), None
    )
    found = [planned for planned in plan_reminders(person, now) if planned[0] == kind]
    assert found == ([expected] if expected else [])


@given(people(), DATES)
def test_burst_asks_daily_around_sessions_and_weekly_otherwise_never_both(person: Person, on: date) -> None:
    person = replace(person, preferences=replace(person.preferences, rhythm=BURST, pause_until=None))
    near = rhythm_for_day(on, BURST, person.last, person.target) == DAILY
    assert is_wanted(DAILY, on, person) == (near and on.weekday() in person.preferences.diary_days)
    assert is_wanted(WEEKLY, on, person) == (not near and on.weekday() == person.preferences.weekday)


@given(people(), KINDS, DATES)
def test_a_pause_is_silent_to_its_last_day(person: Person, kind: str, until: date) -> None:
    paused = replace(person, preferences=replace(person.preferences, pause_until=until))
    eve, first = until - timedelta(1), until
    offset = sending_day(kind, until) - until
    assert not is_wanted(kind, eve - offset, paused)
    unpaused = replace(person, preferences=replace(person.preferences, pause_until=None))
    assert is_wanted(kind, first - offset, paused) == is_wanted(kind, first - offset, unpaused)


@given(
    people(), INSTANTS, st.lists(st.tuples(KINDS, st.integers(1, 240)), min_size=2, max_size=6, unique=True)
)
def test_of_several_late_emails_exactly_one_goes_out_and_it_is_the_best(
    person: Person, now: datetime, late: list[tuple[str, int]]
) -> None:
    today = local(now, person.zone).date()
    letters = [
        PlannedReminder(kind, about(kind, today), now - timedelta(hours=hours)) for kind, hours in late
    ]
    useful = [one for one in letters if now < useful_until(one.kind, one.target, person)]
    assume(useful)
    left = [one for one in useful if not is_replaced(one, letters, person, now)]
    best = min(useful, key=lambda one: (RANK.index(one.kind), -one.due_at.timestamp()))
    assert best in left
    assert all(now - one.due_at < timedelta(hours=1) or one == best for one in left)


@given(
    INSTANTS,
    st.integers(1, 3000),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 500)), max_size=20),
)
def test_no_mail_domain_gets_more_than_its_pace(
    start: datetime, per_minute: int, asks: list[tuple[int, int]]
) -> None:
    """In any span at most a minute's worth in advance and what the span itself allows."""
    now, next_slot_at, total = start, start - timedelta(days=1), 0
    for seconds, wanted in asks:
        now += timedelta(seconds=seconds)
        granted, next_slot_at = reserve_slots(next_slot_at, now, wanted, per_minute)
        assert 0 <= granted <= wanted
        total += granted
    span = (now - start).total_seconds()
    assert total <= per_minute * (span + 60) / 60 + 1


# ---------- corners ----------


def test_a_time_that_the_clock_skips_moves_forward() -> None:
    skipped = local_instant(date(2026, 3, 29), time(2, 30), "Europe/Berlin")
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 3:30 on the clock


def test_a_time_that_comes_twice_is_the_first() -> None:
    twice = local_instant(date(2026, 10, 25), time(2, 30), "Europe/Berlin")
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_half_an_hour_of_lord_howe_is_no_trouble() -> None:
    person = Person("Australia/Lord_Howe")
    assert local(due_at("d1", date(2026, 10, 5), person), person.zone).hour == 9


def test_midnight_that_havana_skips_still_ends_the_day() -> None:
    end = useful_until("d1", date(2026, 3, 7), Person("America/Havana"))
    assert local(end, "America/Havana") == datetime(2026, 3, 8, 1, 0, tzinfo=ZoneInfo("America/Havana"))


def test_the_day_that_apia_skipped_asks_for_no_entry() -> None:
    person = Person("Pacific/Apia", Preferences(rhythm=DAILY))
    assert useful_until(DAILY, SKIPPED, person) <= due_at(DAILY, SKIPPED, person)


@pytest.mark.parametrize("kind", SESSION_KINDS)
def test_days_are_calendar_days_across_the_change_of_clocks(kind: str) -> None:
    person = Person("Europe/Berlin")
    for target in (date(2026, 3, 31), date(2026, 10, 27)):
        assert local(due_at(kind, target, person), person.zone).time() == time(9)


def test_nothing_is_asked_for_at_first_but_the_emails_before_a_session() -> None:
    person = Person("UTC", last=date(2026, 5, 1), target=date(2026, 7, 24))
    assert plan_reminders(person, NOW).keys() == {
        ("book", date(2026, 7, 24)), ("d14", date(2026, 7, 24)), ("d7", date(2026, 7, 24)),
        ("d1", date(2026, 7, 24)), ("overdue", date(2026, 7, 24)),
    }  # fmt: skip


def test_who_has_booked_is_not_asked_to_book() -> None:
    person = Person("UTC", last=date(2026, 5, 1), target=date(2026, 7, 20), is_booked=True)
    assert "book" not in {kind for kind, _target in plan_reminders(person, NOW)}


def test_the_summary_comes_on_the_first_and_the_digest_on_the_weekday() -> None:
    person = Person("UTC", Preferences(kinds=frozenset({SUMMARY, DIGEST}), weekday=0))
    assert set(plan_reminders(person, NOW)) == {(SUMMARY, date(2026, 6, 1)), (DIGEST, date(2026, 5, 11))}


def test_a_burst_is_four_weeks_before_and_four_weeks_from_the_session() -> None:
    session = date(2026, 6, 1)
    edge = [
        session - timedelta(29),
        session - timedelta(28),
        session + timedelta(27),
        session + timedelta(28),
    ]
    assert [rhythm_for_day(on, BURST, session, None) for on in edge] == [WEEKLY, DAILY, DAILY, WEEKLY]


def test_after_an_outage_an_email_that_went_out_late_stands_for_those_that_are_still_late() -> None:
    person, hours = Person("UTC", Preferences(rhythm=DAILY)), timedelta(hours=1)
    d1 = PlannedReminder("d1", date(2026, 5, 7), NOW - 3 * hours, sent_at=NOW)
    weekly = PlannedReminder(WEEKLY, date(2026, 5, 5), NOW - 16 * hours)
    assert is_replaced(weekly, [d1, weekly], person, NOW)
    assert not is_replaced(replace(d1, sent_at=None), [replace(weekly, sent_at=NOW)], person, NOW)
    punctual = replace(d1, due_at=NOW - timedelta(minutes=1))
    assert not is_replaced(weekly, [punctual, weekly], person, NOW)
