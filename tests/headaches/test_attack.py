"""The timer of a headache: started, still going, over; hours to the hundredth, several attacks of a day add up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Record
from headaches import actions, attacks
from headaches.attacks import HUNDREDTH, split_at_midnight
from headaches.models import DiaryDay
from tests.conftest import NOON, TODAY, as_user

At = Callable[[datetime], None]
HOUR = timedelta(hours=1)
YESTERDAY = TODAY - timedelta(1)


def hours_of(record: Record) -> dict[str, str]:
    return {f"{day.date:%d}": str(day.hours) for day in record.days.all()}


def count(record: Record, started: datetime, ended: datetime) -> None:
    attacks.start_attack(record=record, now=started)
    attacks.count_attack(record=record, now=ended, ended=ended)


@pytest.mark.django_db
@pytest.mark.database
class TestTimer:
    def test_it_makes_today_a_headache_day_and_writes_its_hours_when_it_is_over(self, alice: Record) -> None:
        change = attacks.start_attack(record=alice, now=NOON)
        assert change is not None
        assert (change.state, change.day.hours if change.day else 0) == ("headache", None)
        ended = NOON + timedelta(hours=3, minutes=59, seconds=59)
        [changed] = attacks.count_attack(record=alice, now=ended, ended=ended)
        assert hours_of(alice) == {"06": "3.99"}  # never rounded up to 4
        assert changed.change.before["hours"] is None
        assert (alice.attack_started_at, alice.attack_counted_until) == (None, None)

    def test_several_attacks_of_a_day_add_up_to_24_at_most(self, alice: Record) -> None:
        count(alice, NOON - 4 * HOUR, NOON - 3.5 * HOUR)
        count(alice, NOON, NOON + 1.25 * HOUR)
        assert hours_of(alice) == {"06": "1.75"}
        DiaryDay.objects.update(hours=Decimal(23))
        count(alice, NOON + 2 * HOUR, NOON + 4 * HOUR)
        assert hours_of(alice) == {"06": "24.00"}

    def test_still_going_writes_the_hours_so_far_and_counts_none_twice(self, alice: Record) -> None:
        attacks.start_attack(record=alice, now=NOON)
        for minutes in (20, 50, 50, 70):
            attacks.count_attack(record=alice, now=NOON + timedelta(minutes=minutes, seconds=20))
        end = NOON + timedelta(minutes=90)
        attacks.count_attack(record=alice, now=end, ended=end)
        assert hours_of(alice) == {"06": "1.50"}

    def test_midnight_of_her_clock_divides_it(self, alice: Record) -> None:
        late = datetime(2026, 5, 5, 20, 30, tzinfo=UTC)  # 22:30 in Berlin
        count(alice, late, late + 4 * HOUR)
        assert hours_of(alice) == {"05": "1.50", "06": "2.50"}

    def test_the_night_of_the_clock_change_has_an_hour_more(self, alice: Record) -> None:
        late = datetime(2025, 10, 25, 21, tzinfo=UTC)  # 23:00 in Berlin, an hour longer than other nights
        count(alice, late, late + 5 * HOUR)
        assert hours_of(alice) == {"25": "1.00", "26": "4.00"}

    def test_a_day_said_to_be_free_of_headache_stays_so(self, alice: Record) -> None:
        attacks.start_attack(record=alice, now=NOON)
        actions.record_answer(record=alice, date=TODAY, answer="free", today=TODAY, now=NOON)
        end = NOON + 2 * HOUR
        assert attacks.count_attack(record=alice, now=end, ended=end) == []
        assert hours_of(alice) == {"06": "None"}

    def test_the_answer_of_the_day_is_kept(self, alice: Record) -> None:
        actions.record_answer(record=alice, date=TODAY, answer="severe", today=TODAY, now=NOON)
        assert attacks.start_attack(record=alice, now=NOON) is None
        end = NOON + HOUR
        [changed] = attacks.count_attack(record=alice, now=end, ended=end)
        assert (changed.state, hours_of(alice)) == ("severe", {"06": "1.00"})
        actions.undo_change(change=changed.change, now=end)
        assert hours_of(alice) == {"06": "None"}

    def test_under_a_hundredth_nothing_is_written(self, alice: Record) -> None:
        count(alice, NOON, NOON + timedelta(seconds=HUNDREDTH - 1))
        assert hours_of(alice) == {"06": "None"}

    def test_started_twice_it_is_one(self, alice: Record) -> None:
        attacks.start_attack(record=alice, now=NOON)
        assert attacks.start_attack(record=alice, now=NOON + HOUR) is None
        assert alice.attack_started_at == NOON

    def test_its_start_moves_only_while_nothing_is_written(self, alice: Record) -> None:
        attacks.start_attack(record=alice, now=NOON)
        attacks.move_start(record=alice, started=NOON - 2 * HOUR)
        attacks.count_attack(record=alice, now=NOON)
        with pytest.raises(ValidationError, match="written already"):
            attacks.move_start(record=alice, started=NOON - 3 * HOUR)
        with pytest.raises(ValidationError, match="before the hours that are written"):
            attacks.count_attack(record=alice, now=NOON, ended=NOON - HOUR)
        attacks.cancel_attack(record=alice)
        assert hours_of(alice) == {"06": "2.00"}

    def test_without_a_timer_nothing_is_counted(self, alice: Record) -> None:
        assert attacks.count_attack(record=alice, now=NOON, ended=NOON) == []


@given(
    st.integers(1_700_000_000, 1_800_000_000),
    st.integers(0, 400_000),
    st.sampled_from(["Europe/Berlin", "America/Havana", "Pacific/Apia", "Australia/Lord_Howe"]),
)
def test_the_parts_of_a_span_follow_each_other_each_in_its_own_day(
    begin: int, seconds: int, name: str
) -> None:
    zone, start = ZoneInfo(name), datetime.fromtimestamp(begin, UTC)
    parts = list(split_at_midnight(start, start + timedelta(seconds=seconds), zone))
    assert sum(((end - first) for _date, first, end in parts), timedelta()) == timedelta(seconds=seconds)
    assert all(first.astimezone(zone).date() == date for date, first, _end in parts)
    assert [date for date, _first, _end in parts] == sorted({date for date, _first, _end in parts})


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def client(self, alice: Record, at: At) -> Client:
        at(NOON)
        return as_user(alice.user)

    def post(self, client: Client, **posted: str) -> str:
        return " ".join(client.post(reverse("attack"), posted, follow=True).content.decode().split())

    def test_from_the_home_page_it_is_started_goes_on_and_is_over(
        self, client: Client, alice: Record, at: At
    ) -> None:
        assert "Time a headache from now" in client.get(reverse("home")).content.decode()
        page = self.post(client, start="")
        assert "Headache since 14:00" in page
        assert "Saved: headache, strength not given" in page
        at(NOON + 2.5 * HOUR)
        assert "2 h 30 min so far." in client.get(reverse("home")).content.decode()
        assert "Saved: 2.50 hours, Wednesday 6 May" in self.post(client, going="")
        at(NOON + 3 * HOUR)
        page = self.post(client, over="")
        assert "Time a headache from now" in page
        assert hours_of(alice) == {"06": "3.00"}

    def test_a_forgotten_timer_ends_at_the_time_she_enters(
        self, client: Client, alice: Record, at: At
    ) -> None:
        self.post(client, start="")
        at(NOON + 20 * HOUR)
        page = client.get(reverse("home")).content.decode()
        assert "Headache since Wednesday 6 May, 14:00" in page
        self.post(client, over="", time="18:30")
        assert hours_of(alice) == {"06": "4.50"}

    def test_it_may_have_begun_earlier_or_not_at_all(self, client: Client, alice: Record) -> None:
        self.post(client, start="")
        assert "Headache since 9:15" in self.post(client, began="", time="09:15")
        assert "Headache since Tuesday 5 May, 23:00" in self.post(client, began="", time="23:00")
        self.post(client, cancel="")
        alice.refresh_from_db()
        assert alice.attack_started_at is None
        assert hours_of(alice) == {"06": "None"}

    @pytest.mark.parametrize(
        ("posted", "words"),
        [
            ({"began": "", "time": "soon"}, "Enter a time, such as 9:30."),
            ({"began": ""}, "Enter a time, such as 9:30."),
            ({}, "Enter a time, such as 9:30."),
            ({"over": "", "time": "25:00"}, "Enter a time, such as 9:30."),
            ({"over": "", "time": "13:00"}, "before the hours that are written already"),
        ],
    )
    def test_nonsense_gets_a_sentence_and_the_timer_runs_on(
        self, client: Client, alice: Record, posted: dict[str, str], words: str
    ) -> None:
        self.post(client, start="")
        assert words in self.post(client, **posted)
        alice.refresh_from_db()
        assert alice.attack_started_at == NOON

    def test_in_pain_mode_two_buttons_are_enough(self, client: Client, alice: Record) -> None:
        client.post(reverse("pain"), {"pain": "on"})
        assert "Time a headache from now" in client.get(reverse("home")).content.decode()
        page = self.post(client, start="")
        assert "It is over" in page
        assert "Correct the times" not in page
