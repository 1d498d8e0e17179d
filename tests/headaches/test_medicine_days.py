"""Near a published line the diary says how many medicine days the month has: counts only, and her switch."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from headaches.medicine_days import describe_medicine_days
from headaches.models import DiaryDay, Intake
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
MONTH_END = date(2026, 4, 30)


def take(record: Record, drug_class: str, days: int, first: date = date(2026, 4, 1), doses: int = 1) -> None:
    """Medicine of one class on so many days from `first` on."""
    for offset in range(days):
        day, _made = DiaryDay.objects.get_or_create(
            record=record, date=first + timedelta(offset), defaults={"headache": True, "written_at": NOON}
        )
        for _dose in range(doses):
            Intake.objects.create(day=day, name=drug_class, drug_class=drug_class)


@pytest.mark.parametrize(
    ("drug_class", "days", "sentence"),
    [
        ("triptan", 7, ""),
        ("triptan", 8, "8 triptan days this month; the published line is 10."),
        ("triptan", 10, "10 triptan days this month; the published line is 10."),
        ("triptan", 30, "30 triptan days this month; the published line is 10."),
        ("opioid", 8, "8 opioid days this month; the published line is 10."),
        ("combination", 9, "9 combination painkiller days this month; the published line is 10."),
        ("nsaid", 12, ""),
        ("simple", 13, "13 simple painkiller days this month; the published line is 15."),
        ("gepant", 30, ""),
        ("other", 30, ""),
    ],
)
def test_it_is_said_from_two_days_before_a_line_on(
    alice: Record, drug_class: str, days: int, sentence: str
) -> None:
    take(alice, drug_class, days)
    assert describe_medicine_days(alice, MONTH_END) == ([sentence] if sentence else [])


def test_days_count_once_and_painkillers_of_one_group_together(alice: Record) -> None:
    take(alice, "triptan", 7, doses=3)
    take(alice, "nsaid", 7)
    take(alice, "simple", 7, date(2026, 4, 5))
    assert describe_medicine_days(alice, MONTH_END) == []
    take(alice, "simple", 2, date(2026, 4, 12))
    assert describe_medicine_days(alice, MONTH_END) == [
        "13 simple painkiller days this month; the published line is 15."
    ]


def test_only_this_month_up_to_the_day_counts(alice: Record) -> None:
    take(alice, "triptan", 12, date(2026, 3, 25))  # seven in March, five in April
    take(alice, "triptan", 4, date(2026, 4, 20))
    assert describe_medicine_days(alice, date(2026, 4, 19)) == []
    assert describe_medicine_days(alice, date(2026, 4, 23)) == [
        "9 triptan days this month; the published line is 10."
    ]


def test_it_stands_on_the_first_page_and_at_the_question_until_she_switches_it_off(
    client: Client, alice: Record, at: Callable[[datetime], None]
) -> None:
    at(datetime(2026, 5, 20, 12, tzinfo=UTC))
    take(alice, "triptan", 8, date(2026, 5, 13))
    sentence = "8 triptan days this month; the published line is 10."
    pages = [reverse("home"), reverse("day_step", args=["2026-05-20", "medicine"])]
    assert [sentence in client.get(page).content.decode() for page in pages] == [True, True]
    assert "show_medicine_days" in client.get(reverse("preferences")).content.decode()
    Record.objects.update(show_medicine_days=False)
    assert [sentence in client.get(page).content.decode() for page in pages] == [False, False]
