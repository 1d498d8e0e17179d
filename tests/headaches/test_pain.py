"""The quiet mode for a bad day: one switch, one question, the medicine, and over by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from headaches.models import DiaryDay, Intake, Medicine
from tests.conftest import NOON, TODAY, Cast, as_user

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]


def page(client: Client, query: str = "") -> str:
    return " ".join(client.get(reverse("home") + query).content.decode().split())


def switch(client: Client, value: str = "on") -> None:
    assert client.post(reverse("pain"), {"pain": value})["Location"] == reverse("home")


def take(client: Client, medicine: Medicine, on: str = TODAY.isoformat()) -> str:
    client.post(reverse("take"), {"medicine": medicine.pk, "date": on})
    return page(client)


@pytest.fixture
def triptan(alice: Record) -> Medicine:
    return Medicine.objects.create(record=alice, name="Sumatriptan 50 mg", drug_class="triptan")


def test_the_switch_stands_on_every_page_in_the_same_place(client: Client) -> None:
    for name in ("home", "diary", "progress", "sessions", "help", "preferences", "medicines"):
        assert "I’m in pain</button>" in client.get(reverse(name)).content.decode()


def test_in_pain_there_is_the_question_and_nothing_else_in_the_dark(client: Client) -> None:
    switch(client)
    found = page(client)
    assert 'data-theme="dim"' in found
    assert "How bad is it?" in found
    for word in ('class="nav"', "Last 7 days", "Settings", "Log out", 'class="themes"'):
        assert word not in found
    assert "call emergency services at once" in found
    assert ">Help</a>" in found


def test_light_chosen_by_hand_stays_light(client: Client) -> None:
    client.post(reverse("theme"), {"theme": "light", "next": "/"})
    switch(client)
    assert 'data-theme="light"' in page(client)


def test_it_is_left_by_the_same_switch_and_over_on_the_next_day(client: Client, at: At) -> None:
    switch(client)
    switch(client, "off")
    assert "How was today?" in page(client)
    switch(client)
    at(NOON + timedelta(hours=9, minutes=59))  # 23:59 in Berlin
    assert "How bad is it?" in page(client)
    at(NOON + timedelta(hours=10))
    assert "How was today?" in page(client)


def test_two_taps_record_the_day_and_the_medicine(client: Client, alice: Record, triptan: Medicine) -> None:
    switch(client)
    client.post(reverse("answer"), {"answer": "severe", "date": TODAY.isoformat(), "back": "home"})
    found = page(client)
    assert "Saved: severe headache" in found
    assert "Did you take anything?" in found
    assert "Saved: Sumatriptan 50 mg, 1 dose</span>" in take(client, triptan)
    assert "Saved: Sumatriptan 50 mg, 2 doses</span>" in take(client, triptan)
    day = DiaryDay.objects.get(record=alice)
    assert (day.date, day.intensity) == (TODAY, "severe")
    assert [(one.name, one.drug_class, one.doses) for one in day.intakes.all()] == [
        ("Sumatriptan 50 mg", "triptan", Decimal(2))
    ]


def test_a_dose_can_be_taken_back_and_the_answer_changed(
    client: Client, alice: Record, triptan: Medicine
) -> None:
    DiaryDay.objects.create(record=alice, date=TODAY, headache=True, intensity="mild", written_at=NOON)
    switch(client)
    take(client, triptan)
    change = alice.day_changes.first()
    assert change is not None
    client.post(reverse("undo", args=[change.pk]), {"back": "home"})
    assert not Intake.objects.exists()
    assert "Did you take anything?" in page(client)
    assert "How bad is it?" in page(client, "?ask")
    assert "It is saved" in page(client, "?done")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "This is not a date."),
        ({"date": "soon", "medicine": "1"}, "This is not a date."),
        ({"date": TODAY.isoformat(), "medicine": "0"}, "Choose a medicine from your list."),
        ({"date": TODAY.isoformat(), "medicine": "²"}, "Choose a medicine from your list."),
        ({"date": TODAY.isoformat(), "medicine": "9" * 30}, "Choose a medicine from your list."),
    ],
)
def test_nonsense_gets_a_sentence(client: Client, form: dict[str, str], words: str) -> None:
    client.post(reverse("take"), form)
    assert words in page(client)


def test_a_medicine_needs_a_day_that_is_recorded_and_has_come(client: Client, triptan: Medicine) -> None:
    assert "Answer the day first" in take(client, triptan)
    assert "This day has not come yet." in take(client, triptan, (TODAY + timedelta(1)).isoformat())


def test_a_hundred_doses_are_the_most(client: Client, alice: Record, triptan: Medicine) -> None:
    day = DiaryDay.objects.create(record=alice, date=TODAY, headache=True, written_at=NOON)
    Intake.objects.create(day=day, name=triptan.name, drug_class="triptan", doses=Decimal(100))
    assert "Enter 0.5 to 100 doses." in take(client, triptan)
    assert Intake.objects.get().doses == 100


def test_a_medicine_of_somebody_else_is_none_of_the_list(cast: Cast, at: At) -> None:
    at(NOON)
    DiaryDay.objects.create(record=cast.alice, date=TODAY, headache=True, written_at=NOON)
    theirs = Medicine.objects.create(record=cast.bea, name="Secret", drug_class="other")
    found = take(as_user(cast.alice.user), theirs)
    assert "Choose a medicine from your list." in found
    assert "Secret" not in found


def test_a_clinician_has_no_such_switch(cast: Cast, at: At) -> None:
    at(NOON)
    carl = as_user(cast.carl)
    assert carl.post(reverse("pain"), {"pain": "on"}).status_code == 404
    assert "I’m in pain" not in carl.get(reverse("patients")).content.decode()


def test_the_cookie_names_a_day_and_is_not_for_scripts(client: Client) -> None:
    cookie = client.post(reverse("pain"), {"pain": "on"}).cookies["pain"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == (TODAY.isoformat(), True, "Lax")
