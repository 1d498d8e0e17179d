"""The details of a day, one question a screen, each saved as it is answered, each to be skipped."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from headaches.detail_forms import STEPS, next_step, steps_of
from headaches.models import DiaryDay, Intake, Medicine
from tests.conftest import NOON, TODAY, make_patient, queries

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]


def make_day(record: Record, back: int = 0, **fields: Any) -> DiaryDay:
    fields = {"headache": True, "intensity": "severe", "written_at": NOON} | fields
    return DiaryDay.objects.create(record=record, date=TODAY - timedelta(back), **fields)


def address(name: str, back: int = 0) -> str:
    return reverse("day_step", args=[(TODAY - timedelta(back)).isoformat(), name])


def page(client: Client, where: str) -> str:
    return " ".join(client.get(where).content.decode().split())


def test_the_whole_walk_saves_each_answer_on_its_way(client: Client, alice: Record) -> None:
    make_day(alice)
    triptan = Medicine.objects.create(record=alice, name="Sumatriptan 50 mg", drug_class="triptan")
    entry = client.get(reverse("day", args=[TODAY.isoformat()]) + "?ask")
    assert entry["Location"] == address("hours")
    for name, form, leads_to in (
        ("hours", {"hours": "6"}, address("features")),
        ("features", {"features": ["1", "8"]}, address("medicine")),
        ("medicine", {"medicine": triptan.pk}, address("medicine")),
        ("medicine", {"medicine": triptan.pk}, address("medicine")),
        ("relief", {"relief-0": "partial"}, address("lost")),
        ("lost", {"lost": "half"}, address("note")),
        ("note", {"note": "Slept it off."}, reverse("day", args=[TODAY.isoformat()])),
    ):
        assert client.post(address(name), form)["Location"] == leads_to
    day = DiaryDay.objects.get(record=alice)
    assert (day.hours, day.features, day.lost, day.note) == (Decimal(6), 9, "half", "Slept it off.")
    assert [(one.name, one.doses, one.relief) for one in day.intakes.all()] == [
        ("Sumatriptan 50 mg", Decimal(2), "partial")
    ]
    assert alice.day_changes.count() == 7


def test_a_clear_day_is_not_asked_about_pain(client: Client, alice: Record) -> None:
    day = make_day(alice, headache=False, intensity="")
    assert steps_of(day) == ["medicine", "lost", "note"]
    assert client.get(address("hours"))["Location"] == reverse("day", args=[TODAY.isoformat()])
    assert "question 1 of 3" in page(client, address("medicine"))


def test_strength_is_asked_where_it_is_missing(client: Client, alice: Record) -> None:
    day = make_day(alice, intensity="")
    assert steps_of(day)[0] == "strength"
    assert client.post(address("strength"), {"intensity": "mild"})["Location"] == address("hours")
    assert DiaryDay.objects.get(record=alice).intensity == "mild"


def test_every_question_leads_forward_and_back_and_can_be_skipped(client: Client, alice: Record) -> None:
    day = make_day(alice)
    asked = steps_of(day)
    for place, name in enumerate(asked):
        found = page(client, address(name))
        assert "> Skip </a>" in found or "> Nothing </a>" in found
        assert f"question {place + 1} of {len(asked)}" in found
        assert next_step(name, day) == (asked[place + 1] if place + 1 < len(asked) else None)
        assert re.findall(r'href="([^"]+)">Back</a>', found) == ([address(asked[place - 1])] if place else [])
    assert DiaryDay.objects.get(record=alice).hours is None
    assert set(asked) <= set(STEPS)


def test_same_as_last_time_for_features_and_medicine(client: Client, alice: Record) -> None:
    earlier = make_day(alice, 9, features=33)
    Intake.objects.create(day=earlier, name="X", drug_class="nsaid", doses=Decimal("1.5"), relief="complete")
    make_day(alice, 3, headache=False, intensity="")
    make_day(alice)
    assert "Same as last time" in page(client, address("features"))
    client.post(address("features"), {"same": "1"})
    assert "Same as last time: X, 1.5 doses" in page(client, address("medicine"))
    client.post(address("medicine"), {"same": "1"})
    day = DiaryDay.objects.get(record=alice, date=TODAY)
    assert day.features == 33
    assert [(one.name, one.doses, one.relief) for one in day.intakes.all()] == [("X", Decimal("1.5"), "")]


def test_without_a_last_time_it_is_not_offered_and_changes_nothing(client: Client, alice: Record) -> None:
    make_day(alice)
    for name in ("features", "medicine"):
        assert "Same as last time" not in page(client, address(name))
    assert client.post(address("features"), {"same": "1"}).status_code == 422


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("hours", {}, "A day has 24 hours."),
        ("hours", {"hours": "25"}, "A day has 24 hours."),
        ("hours", {"hours": "soon"}, "A day has 24 hours."),
        ("features", {}, "Nothing is ticked."),
        ("features", {"features": ["0", "1"]}, "not both"),
        ("features", {"features": ["512"]}, "not on the list"),
        ("lost", {"lost": "all"}, "not on the list"),
        ("lost", {}, "Nothing is chosen."),
        ("note", {"note": "x" * 5001}, "Shorten it to 5000"),
    ],
)
def test_a_wrong_answer_stays_on_its_screen_with_a_sentence(
    client: Client, alice: Record, name: str, form: dict[str, Any], words: str
) -> None:
    make_day(alice)
    answer = client.post(address(name), form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not alice.day_changes.exists()


def test_a_medicine_that_is_not_hers_is_no_crash_and_no_change(client: Client, alice: Record) -> None:
    make_day(alice)
    theirs = Medicine.objects.create(record=make_patient("b@example.org"), name="Y", drug_class="other")
    for sent in ({"medicine": theirs.pk}, {"medicine": "²"}, {}):
        assert "Choose a medicine from your list." in client.post(address("medicine"), sent).content.decode()
    assert not alice.day_changes.exists()


def test_a_day_that_is_not_recorded_is_asked_first(client: Client) -> None:
    assert client.get(address("hours"))["Location"] == reverse("day", args=[TODAY.isoformat()])
    assert client.get(reverse("day_step", args=["2026-13-01", "hours"])).status_code == 404
    assert client.get(address("nonsense")).status_code == 404


def test_each_answer_can_be_taken_back(client: Client, alice: Record) -> None:
    make_day(alice)
    client.post(address("hours"), {"hours": "6"})
    change = alice.day_changes.first()
    assert change is not None
    assert f'action="{reverse("undo", args=[change.pk])}"' in page(client, address("features"))
    client.post(reverse("undo", args=[change.pk]), {"back": "day"})
    assert DiaryDay.objects.get(record=alice).hours is None


def test_a_screen_takes_few_queries_however_long_the_list(client: Client, alice: Record) -> None:
    make_day(alice)
    short = queries(client, address("medicine"))
    Medicine.objects.bulk_create(
        Medicine(record=alice, name=f"M{number}", drug_class="other") for number in range(20)
    )
    assert queries(client, address("medicine")) == short <= 16
