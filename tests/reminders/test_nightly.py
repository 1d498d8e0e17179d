"""Once a day, with or without Celery: everybody is planned anew, and what has expired is deleted."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.dispatch import receiver
from django.utils import timezone

from accounts.auth.sessions import hash_session_key
from accounts.models import Draft, Record
from core.signals import nightly
from exchange.imports import draft as imports
from exchange.models import ImportDraft
from reminders.delivery import sweep
from reminders.models import JobHeartbeat
from tests.conftest import NOON, Cast, as_user

pytestmark = pytest.mark.django_db
NIGHTLY = JobHeartbeat.Job.NIGHTLY


def upload(record: Record, at: Any) -> ImportDraft:
    return imports.start_import(record, "diary.csv", b"date,headache\n2026-05-01,yes\n", at)


def test_one_run_of_the_command_plans_anew_and_deletes_what_has_expired(cast: Cast) -> None:
    """bin/run without Celery, cron, --loop and the worker all go through this."""
    alice, bea, now = cast.alice, cast.bea, timezone.now()
    old, fresh = upload(alice, now - timedelta(hours=25)), upload(bea, now - timedelta(hours=23))
    Draft.objects.create(user=alice.user, key="/a/", edit="0" * 16, saved_at=now - timedelta(days=31))
    Draft.objects.create(user=alice.user, key="/b/", edit="0" * 16, saved_at=now - timedelta(days=29))
    client = as_user(alice.user)
    client.get("/")
    Session.objects.create(session_key="expired", session_data="", expire_date=now - timedelta(days=1))
    UserSession.objects.create(
        user=alice.user, session_key="expired", ip="127.0.0.1", user_agent="", last_seen_at=now
    )
    call_command("send_reminders")
    call_command("send_reminders")  # the next run goes on with the reconcile
    reconcile = JobHeartbeat.objects.get(job=JobHeartbeat.Job.RECONCILE)
    assert (reconcile.cursor, reconcile.report["people"]) == (None, Record.objects.count())
    assert list(ImportDraft.objects.values_list("pk", flat=True)) == [fresh.pk] != [old.pk]
    assert list(Draft.objects.values_list("key", flat=True)) == ["/b/"]
    assert not Session.objects.filter(session_key="expired").exists()
    assert not UserSession.objects.filter(session_key="expired").exists()
    assert Session.objects.filter(session_key=hash_session_key(client.session.session_key)).exists()
    assert JobHeartbeat.objects.get(job=NIGHTLY).report == {
        "accounts.receivers.delete_expired_sessions": 1,
        "accounts.receivers.delete_old_drafts": 1,
        "exchange.receivers.delete_expired_uploads": 1,
    }


def test_an_invented_clock_deletes_nothing(alice: Record) -> None:
    upload(alice, timezone.now())
    call_command("send_reminders", now="2099-01-01T12:00:00Z")
    assert ImportDraft.objects.count() == 1
    assert not JobHeartbeat.objects.filter(job=NIGHTLY).exists()


@pytest.mark.parametrize(
    ("hours", "is_due"), [(0, False), (23.9, False), (24, True), (100, True), (-1, True)]
)
def test_it_runs_a_day_after_the_last_time_and_after_a_clock_was_put_back(hours: float, is_due: bool) -> None:
    sweep.run_nightly_if_due(NOON)
    later = NOON + timedelta(hours=hours)
    sweep.run_nightly_if_due(later)
    assert (JobHeartbeat.objects.get(job=NIGHTLY).at == later) == (is_due or hours == 0)


def test_one_clean_up_that_fails_does_not_stop_the_others(alice: Record, caplog: Any) -> None:
    @receiver(nightly, dispatch_uid="fails", weak=False)
    def fail(**_kwargs: Any) -> int:
        raise ValueError("no")

    try:
        upload(alice, NOON - timedelta(days=2))
        sweep.run_nightly_if_due(NOON)
    finally:
        nightly.disconnect(dispatch_uid="fails")
    assert not ImportDraft.objects.exists()
    assert "failed" in caplog.text


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_does_it() -> None:
    calls: list[int] = []

    @receiver(nightly, dispatch_uid="counts", weak=False)
    def count(**_kwargs: Any) -> int:
        calls.append(1)
        return 0

    def run() -> None:
        sweep.run_nightly_if_due(NOON + timedelta(days=2))
        connection.close()

    try:
        sweep.run_nightly_if_due(NOON)
        threads = [threading.Thread(target=run) for _number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        nightly.disconnect(dispatch_uid="counts")
    assert len(calls) == 2


def test_looking_at_the_data_page_deletes_nothing_and_shows_nothing_that_has_expired(alice: Record) -> None:
    expired = upload(alice, timezone.now() - timedelta(hours=25))
    client = as_user(alice.user)
    assert f"/data/import/{expired.pk}/" not in client.get("/data/").content.decode()
    assert client.get(f"/data/import/{expired.pk}/").status_code == 404
    assert ImportDraft.objects.filter(pk=expired.pk).exists()
