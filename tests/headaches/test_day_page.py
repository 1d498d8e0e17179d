"""The page of a day and the calendar: details open where they hold something, other days, medicine marked."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from headaches import actions
from headaches.models import DiaryDay, Intake, Medicine
from tests.conftest import NOON, TODAY, as_user

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - timedelta(1)


@pytest.fixture
def client(alice: Record, at: Callable[[datetime], None]) -> Client:
    at(NOON)
    return as_user(alice.user)


def page_of(client: Client, name: str, *arguments: str) -> str:
    return " ".join(client.get(reverse(name, args=arguments)).content.decode().split())


@pytest.mark.parametrize(
    ("held", "is_open"),
    [
        ({}, False),
        ({"intensity": "mild"}, False),
        ({"hours": Decimal("3.58")}, True),
        ({"features": 0}, True),
        ({"lost": "none"}, True),
        ({"menstruation": False}, True),
        ({"triggers": "weather"}, True),
        ({"note": "Slept badly."}, True),
    ],
)
def test_details_are_open_where_something_is_recorded(
    client: Client, alice: Record, held: dict[str, Any], is_open: bool
) -> None:
    DiaryDay.objects.create(record=alice, date=TODAY, headache=True, written_at=NOON, **held)
    page = page_of(client, "day", TODAY.isoformat())
    assert (re.search(r'<details class="card" id="details"([^>]*)>', page)[1] == " open") == is_open  # type: ignore[index]


def test_medicine_opens_them_too_and_an_unrecorded_day_does_not(client: Client, alice: Record) -> None:
    assert 'id="details">' in page_of(client, "day", TODAY.isoformat())
    day = DiaryDay.objects.create(record=alice, date=TODAY, headache=False, written_at=NOON)
    Intake.objects.create(day=day, name="Ibuprofen", drug_class="nsaid")
    assert 'id="details" open>' in page_of(client, "day", TODAY.isoformat())


def test_a_day_leads_to_its_neighbours_and_its_month_but_not_into_the_future(client: Client) -> None:
    today, earlier = (page_of(client, "day", day.isoformat()) for day in (TODAY, YESTERDAY))
    assert f'rel="prev" href="{reverse("day", args=[YESTERDAY.isoformat()])}"' in today
    assert 'rel="next"' not in today
    assert f'rel="next" href="{reverse("day", args=[TODAY.isoformat()])}"' in earlier
    assert reverse("month", args=[f"{TODAY:%Y-%m}"]) in today
    assert 'rel="prev"' not in page_of(client, "day", "1900-01-01")


def test_the_calendar_marks_days_with_medicine_in_words_too(client: Client, alice: Record) -> None:
    for on in (TODAY, YESTERDAY):
        DiaryDay.objects.create(record=alice, date=on, headache=True, written_at=NOON)
    Intake.objects.create(day=alice.days.get(date=YESTERDAY), name="Ibuprofen", drug_class="nsaid")
    for name in ("diary", "home"):
        cells = dict(
            re.findall(r'data-day="(2026-05-0\d)" data-state="\w+"( data-medicine)?', page_of(client, name))
        )
        assert cells[YESTERDAY.isoformat()] == " data-medicine"
        assert cells[TODAY.isoformat()] == ""
        assert (
            page_of(client, name).count(
                "headache, strength not given</span> <span data-took>, medicine taken"
            )
            == 1
        )
    facts = client.get(reverse("device_facts")).json()
    assert facts["took"] == [YESTERDAY.isoformat()]


def test_a_month_takes_as_many_queries_with_medicine_as_without(
    client: Client, alice: Record, django_assert_max_num_queries: Any
) -> None:
    for back in range(5):
        day = DiaryDay.objects.create(
            record=alice, date=TODAY - timedelta(back), headache=True, written_at=NOON
        )
        Intake.objects.create(day=day, name="Ibuprofen", drug_class="nsaid")
    with django_assert_max_num_queries(14):
        client.get(reverse("diary"))


class TestNotice:
    @pytest.fixture
    def suma(self, alice: Record) -> Medicine:
        actions.record_answer(record=alice, date=TODAY, answer="mild", today=TODAY, now=NOON)
        return Medicine.objects.create(record=alice, name="Sumatriptan", drug_class="triptan")

    def take(self, client: Client, medicine: Medicine) -> str:
        posted = {"date": TODAY.isoformat(), "medicine": str(medicine.pk)}
        return client.post(reverse("take"), posted, follow=True).content.decode()

    def undo(self, client: Client, record: Record) -> str:
        pk = record.day_changes.latest("pk").pk
        return client.post(reverse("undo", args=[pk]), {"back": "home"}, follow=True).content.decode()

    def test_undoing_a_dose_says_what_was_undone(self, client: Client, alice: Record, suma: Medicine) -> None:
        assert "Saved: Sumatriptan, 1 dose" in self.take(client, suma)
        assert "Removed: Sumatriptan, 1 dose" in self.undo(client, alice)
        assert "Saved: Sumatriptan, 1 dose" in self.undo(client, alice)  # the undo undone

    def test_undoing_the_second_dose_removes_one(self, client: Client, alice: Record, suma: Medicine) -> None:
        self.take(client, suma)
        assert "Saved: Sumatriptan, 2 doses" in self.take(client, suma)
        assert "Removed: Sumatriptan, 1 dose" in self.undo(client, alice)

    def test_undoing_relief_says_so(self, client: Client, alice: Record, suma: Medicine) -> None:
        self.take(client, suma)
        actions.set_relief(record=alice, date=TODAY, name="Sumatriptan", relief="none", now=NOON)
        assert "Removed: Sumatriptan, no relief" in self.undo(client, alice)

    def test_another_answer_with_the_medicine_is_told_as_an_answer(
        self, client: Client, alice: Record
    ) -> None:
        page = client.post(reverse("answer"), {"answer": "severe"}, follow=True).content.decode()
        assert "Saved: severe headache" in page
