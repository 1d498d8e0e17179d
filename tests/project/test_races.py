"""Two requests at once: real threads, real transactions, on SQLite and on PostgreSQL."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit_models import AuditEntry
from accounts.models import Record
from exchange.fhir.access import end_key, make_key, make_link, open_link, read_secret
from exchange.models import AccessKey, HealthLink
from headaches.models import DiaryDay
from reminders.models import Reminder
from tests.conftest import as_user, make_patient
from treatments.models import InjectionSession

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def record(transactional_db: None) -> Record:
    return make_patient("race@example.org")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; answers what each gave."""
    gate, found = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index: int) -> None:
        try:
            gate.wait()
            found[index] = calls[index]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def poster(client: Client, route: str, **values: str) -> Callable[[], int]:
    return lambda: client.post(reverse(route), values).status_code


def test_a_double_tap_on_save_session_makes_one_session_and_no_error_page(record: Record) -> None:
    on = (date.today() - timedelta(3)).isoformat()  # noqa: DTZ011  any day of the past will do
    clients = [as_user(record.user) for _one in range(4)]
    codes = at_once(
        *(poster(client, "add_session", date=on, product="Botox", units="155") for client in clients)
    )
    assert sorted(codes) == [302, 422, 422, 422]
    assert InjectionSession.objects.count() == 1
    assert Reminder.objects.count() <= 5


def test_a_double_tap_on_a_medicine_makes_one(record: Record) -> None:
    clients = [as_user(record.user) for _one in range(4)]
    codes = at_once(
        *(poster(client, "medicines", name="Sumatriptan", drug_class="triptan") for client in clients)
    )
    assert sorted(codes) == [302, 422, 422, 422]
    assert record.medicines.count() == 1


@pytest.mark.asvs(43)
def test_four_taps_at_once_make_one_day(record: Record) -> None:
    clients = [as_user(record.user) for _one in range(4)]
    taps = [
        poster(client, "answer", answer=said)
        for client, said in zip(clients, ("free", "mild", "severe", "mild"), strict=True)
    ]
    assert at_once(*taps) == [302] * 4
    assert DiaryDay.objects.count() == 1


WISHES = {
    **dict.fromkeys(("remind_14_days_before", "remind_7_days_before", "remind_1_day_before", "by_email"), "on"),
    "hour": "9", "diary_hour": "20", "weekday": "6",
    "diary_days": "0",
}  # fmt: skip


def test_bookings_switches_and_sessions_at_once_leave_one_plan_that_is_right(record: Record) -> None:
    today = date.today()  # noqa: DTZ011  any day will do
    InjectionSession.objects.create(record=record, date=today - timedelta(10))
    for round_number in range(4):
        Reminder.objects.all().delete()
        booked = (today + timedelta(40 + round_number)).isoformat()
        calls = [
            poster(as_user(record.user), "reminders", **WISHES),
            poster(as_user(record.user), "booking", date=booked),
            poster(as_user(record.user), "cancel_booking"),
            poster(as_user(record.user), "reminders", **WISHES),
        ]
        assert at_once(*calls) == [302] * 4
        record.refresh_from_db()
        booking = getattr(Record.objects.get(pk=record.pk), "booking", None)
        target = booking.date if booking else today + timedelta(74)
        planned = Reminder.objects.filter(state="scheduled").values_list("kind", "target_date")
        assert sorted(planned) == [("d1", target), ("d14", target), ("d7", target)]


@pytest.mark.database
def test_wrong_passcodes_at_once_are_each_counted(record: Record) -> None:
    link = make_link(
        record=record,
        name="x",
        scope="everything",
        lifetime=timedelta(1),
        passcode="4711",
        now=timezone.now(),
    )
    HealthLink.objects.update(tries_left=2)
    token, now = read_secret(link)["token"], timezone.now()
    answers = at_once(*[lambda: open_link(token, "wrong", now)[0]] * 4)
    assert sorted(answer.tries_left for answer in answers if answer) == [0, 1]
    assert HealthLink.objects.get().tries_left == 0


@pytest.mark.database
def test_a_key_that_is_ended_while_it_is_used_is_used_as_often_as_the_log_says(record: Record) -> None:
    token = make_key(record=record, name="x", scope="everything", lifetime=timedelta(1), now=timezone.now())
    key = AccessKey.objects.get()

    def read() -> int:
        return Client().get("/fhir/Observation", headers={"Authorization": f"Bearer {token}"}).status_code

    def end() -> int:
        end_key(key=key, now=timezone.now())
        return read()  # the next request

    codes = at_once(read, read, end, read)
    key.refresh_from_db()
    assert codes[2] == 401
    assert codes.count(200) == key.uses == AuditEntry.objects.filter(action="key_used").count()
