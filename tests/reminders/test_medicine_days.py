"""The reminder near a published line: her switch, counts only, once a calendar month and sort of medicine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Record
from headaches.models import Intake
from reminders.actions import change_preferences
from reminders.models import Reminder, ReminderPreference
from reminders.rules import MEDICINE, Person, Preferences, choose_medicine_dates, due_at, next_medicine_count
from reminders.scheduling.planning import plan, plan_many
from tests.conftest import as_user, make_patient
from tests.headaches.test_medicine_days import take
from tests.reminders.test_ledger import sent_at

# 9:00 in Berlin in summer is 7:00 UTC; medicine days are counted an hour before.
COUNTED = datetime(2026, 5, 20, 6, 0, 3, tzinfo=UTC)
NINE = datetime(2026, 5, 20, 7, 0, 3, tzinfo=UTC)
DAY = timedelta(days=1)
TRIPTANS = "8 triptan days this month; the published line is 10."
PAINKILLERS = "13 simple painkiller days this month; the published line is 15."


def choose(record: Record, now: datetime = COUNTED - DAY, **values: Any) -> None:
    change_preferences(user=record.user, now=now, remind_of_medicine_days=True, **values)


def sent_of(now: datetime) -> list[str]:
    """What the e-mails of one run say, after the plan an hour before it."""
    mail.outbox.clear()
    sent_at(now - timedelta(hours=1))
    sent_at(now)
    return [str(email.body) for email in mail.outbox]


@pytest.mark.database
@pytest.mark.django_db
class TestMedicineDays:
    def test_it_is_off_at_first_and_for_clinicians_not_offered(self, alice: Record) -> None:
        take(alice, "triptan", 20, date(2026, 5, 1))
        change_preferences(user=alice.user, now=COUNTED - DAY, remind_7_days_before=False)
        assert ReminderPreference.objects.get().remind_of_medicine_days is False
        assert sent_of(NINE) == []
        assert (
            'name="remind_of_medicine_days"' in as_user(alice.user).get(reverse("reminders")).content.decode()
        )

    def test_who_wants_it_gets_one_the_next_morning_and_no_second_in_that_month(self, alice: Record) -> None:
        choose(alice, allow_detail=True)
        take(alice, "triptan", 7, date(2026, 5, 1))
        assert sent_of(NINE) == []
        take(alice, "triptan", 1, date(2026, 5, 20))
        [text] = sent_of(NINE + DAY)
        assert TRIPTANS in text
        take(alice, "triptan", 4, date(2026, 5, 21))
        assert [sent_of(NINE + days * DAY) for days in range(2, 12)] == [[]] * 10

    def test_the_next_month_counts_anew(self, alice: Record) -> None:
        choose(alice, allow_detail=True)
        take(alice, "triptan", 8, date(2026, 5, 1))
        assert len(sent_of(NINE)) == 1
        take(alice, "triptan", 8, date(2026, 6, 1))
        assert len(sent_of(NINE + 31 * DAY)) == 1
        assert set(Reminder.objects.values_list("kind", "target_date")) == {
            ("medicine", date(2026, 5, 20)), ("medicine", date(2026, 6, 20)),
        }  # fmt: skip

    def test_another_sort_has_its_own_and_does_not_repeat_the_first(self, alice: Record) -> None:
        choose(alice, allow_detail=True)
        take(alice, "triptan", 8, date(2026, 5, 1))
        assert [TRIPTANS in text for text in sent_of(NINE)] == [True]
        take(alice, "nsaid", 13, date(2026, 5, 8))
        [text] = sent_of(NINE + DAY)
        assert PAINKILLERS in text
        assert "triptan" not in text

    def test_two_sorts_on_one_day_share_one(self, alice: Record) -> None:
        choose(alice, allow_detail=True)
        take(alice, "triptan", 8, date(2026, 5, 1))
        take(alice, "simple", 13, date(2026, 5, 1))
        [text] = sent_of(NINE)
        assert TRIPTANS in text
        assert PAINKILLERS in text

    def test_without_leave_it_is_a_reminder_and_nothing_else(self, alice: Record) -> None:
        choose(alice)
        take(alice, "triptan", 8, date(2026, 5, 1))
        [text] = sent_of(NINE)
        assert "triptan" not in text
        assert "This is the reminder you asked for." in text

    def test_in_german_it_speaks_german(self, alice: Record) -> None:
        alice.user.language = "de"
        alice.user.save()
        choose(alice, allow_detail=True)
        take(alice, "simple", 13, date(2026, 5, 1))
        [text] = sent_of(NINE)
        assert "Einfache Schmerzmittel: 13 Tage in diesem Monat; die veröffentlichte Grenze ist 15." in text

    def test_a_count_corrected_before_it_goes_out_sends_nothing(self, alice: Record) -> None:
        choose(alice, allow_detail=True)
        take(alice, "triptan", 8, date(2026, 5, 1))
        sent_at(COUNTED)
        Intake.objects.filter(day__date=date(2026, 5, 1)).delete()
        assert sent_at(NINE) == {"suppressed": 1}

    def test_switched_off_before_it_goes_out_it_is_cancelled(self, alice: Record) -> None:
        choose(alice)
        take(alice, "triptan", 8, date(2026, 5, 1))
        sent_at(COUNTED)
        change_preferences(user=alice.user, now=COUNTED, remind_of_medicine_days=False)
        assert Reminder.objects.get().state == "cancelled"

    def test_the_link_to_stop_it_switches_only_this_kind_off(self, alice: Record, at: Any) -> None:
        choose(alice)
        take(alice, "triptan", 8, date(2026, 5, 1))
        [text] = sent_of(NINE)
        at(NINE)
        link = next(line for line in text.splitlines() if "/stop/" in line).removeprefix("http://testserver")
        as_user(alice.user).post(link)
        kept = ReminderPreference.objects.get()
        assert (kept.remind_of_medicine_days, kept.by_email, kept.remind_7_days_before) == (False, True, True)

    def test_saving_the_form_forgets_no_month(self, alice: Record, at: Any) -> None:
        choose(alice)
        take(alice, "triptan", 8, date(2026, 5, 1))
        assert len(sent_of(NINE)) == 1
        at(NINE)
        as_user(alice.user).post(
            reverse("reminders"),
            {
                "remind_of_medicine_days": "on", "by_email": "on", "hour": "9", "diary_days": ["0"],
                "diary_hour": "20", "weekday": "6",
            },
        )  # fmt: skip
        assert ReminderPreference.objects.get().medicine_dates == {"triptan": "2026-05-20"}
        assert sent_of(NINE + DAY) == []

    def test_many_are_planned_in_as_many_queries_as_few(
        self, alice: Record, django_assert_max_num_queries: Callable[[int], CaptureQueriesContext]
    ) -> None:
        records = [alice, *(make_patient(f"p{number}@example.org") for number in range(3))]
        for record in records:
            choose(record)
            take(record, "triptan", 8, date(2026, 5, 1))
        plan(alice.user, COUNTED)
        with django_assert_max_num_queries(12):
            plan_many([record.user_id for record in records], COUNTED)
        assert Reminder.objects.filter(kind="medicine").count() == 4


# ---------- rules ----------

WISH = Preferences(kinds=frozenset({MEDICINE}))
GROUPS = ("triptan", "opioid", "non-opioid")


def test_at_the_end_of_a_month_nothing_is_planned_for_the_next() -> None:
    late = datetime(2026, 5, 31, 7, 30, tzinfo=UTC)  # after nine o'clock on the last day
    person = Person("Europe/Berlin", WISH, near_line={"triptan": 9})
    assert choose_medicine_dates(person, late) == {}
    assert choose_medicine_dates(person, late - DAY) == {"triptan": date(2026, 5, 31)}


def test_a_pause_puts_it_off() -> None:
    paused = replace(WISH, pause_until=date(2026, 5, 25))
    person = Person("Europe/Berlin", paused, near_line={"triptan": 9})
    assert choose_medicine_dates(person, COUNTED) == {"triptan": date(2026, 5, 25)}


def test_without_the_switch_nothing_is_counted() -> None:
    person = Person("UTC", near_line={"triptan": 9})
    assert choose_medicine_dates(person, COUNTED) == {}
    assert next_medicine_count(person, COUNTED) is None


@given(
    st.lists(
        st.tuples(
            st.integers(1, 40),
            st.dictionaries(st.sampled_from(GROUPS), st.integers(8, 31)),
        ),
        max_size=40,
    ),
    st.sampled_from(("Europe/Berlin", "America/Havana", "Pacific/Apia")),
    st.integers(0, 23),
)
def test_each_sort_is_mentioned_once_a_month_and_never_for_a_month_that_is_over(
    steps: list[tuple[int, dict[str, int]]], zone: str, hour: int
) -> None:
    person, now = Person(zone, replace(WISH, hour=hour)), COUNTED
    mentioned: list[tuple[str, date]] = []
    for hours, near_line in steps:
        now += timedelta(hours=hours)
        before = person.medicine_dates
        person = replace(person, near_line=near_line)
        dates = choose_medicine_dates(person, now)
        new = {group: day for group, day in dates.items() if before.get(group) != day}
        assert set(new) <= set(near_line)
        assert all(due_at(MEDICINE, day, person) > now for day in new.values())
        assert choose_medicine_dates(replace(person, medicine_dates=dates), now) == dates
        check = next_medicine_count(person, now)
        assert check is not None
        assert now < check <= now + timedelta(hours=50)
        mentioned += [(group, day.replace(day=1)) for group, day in new.items()]
        person = replace(person, medicine_dates=dates)
    assert len(mentioned) == len(set(mentioned))
