"""What is deleted with one tap can be brought back, as a change of the diary can."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from headaches.models import Medicine
from tests.conftest import NOON, TODAY, as_user, make_patient
from treatments.models import Booking, InjectionSession, Preventive, Score, SideEffect

At = Callable[[datetime], None]


@pytest.fixture
def client(alice: Record, at: At) -> Client:
    at(NOON)
    return as_user(alice.user)


@dataclass(frozen=True)
class Deletion:
    """A row, the address that deletes it, and the page that shows the notice."""

    row: Model
    address: str
    page: str


def make_deletion(record: Record, kind: str) -> Deletion:
    def by_number(row: Model, name: str, page: str) -> Deletion:
        return Deletion(row, reverse(name, args=[row.pk]), page)

    if kind == "preventive":
        course = Preventive.objects.create(
            record=record, name="Topiramate", dose="50 mg", started=date(2026, 1, 2), drug_class="anticonvulsant",
            note="tingling",
        )  # fmt: skip
        return by_number(course, "delete_preventive", reverse("sessions"))
    if kind == "score":
        score = Score.objects.create(record=record, date=TODAY, instrument="hit6", score=60)
        return by_number(score, "delete_score", reverse("scores"))
    if kind == "medicine":
        medicine = Medicine.objects.create(record=record, name="Sumatriptan", drug_class="triptan")
        return by_number(medicine, "delete_medicine", reverse("medicines"))
    if kind == "effect":
        session = InjectionSession.objects.create(record=record, date=TODAY - timedelta(3))
        effect = SideEffect.objects.create(
            session=session, effect="neck pain", severity="mild", note="two days"
        )
        return by_number(effect, "delete_effect", reverse("session_effects", args=[session.pk]))
    booking = Booking.objects.create(
        record=record, date=TODAY + timedelta(9), time=time(9, 30), place="Room 4", note="ask about the dose"
    )
    return Deletion(booking, reverse("cancel_booking"), reverse("sessions"))


KINDS = ("preventive", "score", "medicine", "effect", "booking")


def values(row: Model) -> dict[str, Any]:
    return model_to_dict(type(row)._default_manager.get(pk=row.pk))


def exists(row: Model) -> bool:
    return type(row)._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_each_deletion_has_a_notice_whose_undo_brings_back_every_field(
    kind: str, client: Client, alice: Record
) -> None:
    deletion = make_deletion(alice, kind)
    before = values(deletion.row)
    answer = client.post(deletion.address, follow=True)
    assert answer.redirect_chain[-1][0] == deletion.page
    assert not exists(deletion.row)
    assert f'action="{reverse("undo_deletion")}"' in answer.content.decode()
    assert reverse("undo_deletion") not in client.get(reverse("home")).content.decode()
    undone = client.post(reverse("undo_deletion"), follow=True)
    assert undone.redirect_chain[-1][0] == deletion.page
    assert "It is back." in undone.content.decode()
    assert values(deletion.row) == before
    assert reverse("undo_deletion") not in undone.content.decode()


def test_a_booking_that_comes_back_gets_its_reminders_again(client: Client, alice: Record) -> None:
    InjectionSession.objects.create(record=alice, date=TODAY - timedelta(80))
    client.post(reverse("booking"), {"date": (TODAY + timedelta(20)).isoformat()})
    planned = sorted(alice.user.reminders.values_list("kind", "due_at"))
    assert planned
    client.post(reverse("cancel_booking"))
    assert sorted(alice.user.reminders.values_list("kind", "due_at")) != planned
    client.post(reverse("undo_deletion"))
    assert sorted(alice.user.reminders.exclude(state="cancelled").values_list("kind", "due_at")) == planned


def test_a_dismissed_notice_is_gone_with_its_row(client: Client, alice: Record) -> None:
    deletion = make_deletion(alice, "score")
    client.post(deletion.address)
    assert "is deleted" not in client.post(reverse("dismiss_deletion"), follow=True).content.decode()
    answer = client.post(reverse("undo_deletion"), follow=True)
    assert "this can no longer be undone" in answer.content.decode()
    assert not exists(deletion.row)
    assert "deleted_row" not in client.session


def test_the_notice_ends_with_the_day(client: Client, alice: Record, at: At) -> None:
    deletion = make_deletion(alice, "preventive")
    client.post(deletion.address)
    at(NOON + timedelta(days=1))
    assert reverse("undo_deletion") not in client.get(deletion.page).content.decode()


def test_what_was_entered_since_is_not_replaced(client: Client, alice: Record) -> None:
    deletion = make_deletion(alice, "score")
    client.post(deletion.address)
    newer = Score.objects.create(record=alice, date=TODAY, instrument="hit6", score=50)
    assert client.post(reverse("undo_deletion"), follow=True).status_code == 200
    assert list(alice.scores.all()) == [newer]


def test_an_appointment_that_was_entered_since_stays(client: Client, alice: Record) -> None:
    deletion = make_deletion(alice, "booking")
    client.post(deletion.address)
    newer = Booking.objects.create(record=alice, date=TODAY + timedelta(30))
    assert client.post(reverse("undo_deletion"), follow=True).status_code == 200
    assert Booking.objects.get() == newer


def test_an_effect_does_not_come_back_without_its_session(client: Client, alice: Record) -> None:
    deletion = make_deletion(alice, "effect")
    client.post(deletion.address)
    alice.sessions.all().delete()
    answer = client.post(reverse("undo_deletion"))
    assert answer.status_code == 302
    assert not exists(deletion.row)


def test_two_taps_on_undo_bring_back_one_row(client: Client, alice: Record) -> None:
    deletion = make_deletion(alice, "medicine")
    client.post(deletion.address)
    stored = client.session["deleted_row"]
    client.post(reverse("undo_deletion"))
    session = client.session
    session["deleted_row"] = stored
    session.save()
    assert "it is back already" in client.post(reverse("undo_deletion"), follow=True).content.decode()
    assert alice.medicines.count() == 1


def test_a_row_of_another_record_is_never_restored(client: Client, alice: Record) -> None:
    """Not even if it got into the log-in of somebody else."""
    bea = make_patient("bea@example.org")
    other = as_user(bea.user)
    client.post(make_deletion(alice, "preventive").address)
    session = other.session
    session["deleted_row"] = client.session["deleted_row"]
    session.save()
    assert other.post(reverse("undo_deletion"), follow=True).status_code == 200
    assert not Preventive.objects.exists()
