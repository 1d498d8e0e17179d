"""Once a day, with or without Celery: everybody is planned anew, and what has expired is deleted."""

import threading
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.dispatch import receiver
from django.utils import timezone

from accounts.audit import verify
from accounts.audit.log import log_event
from accounts.audit_models import AuditEntry, AuditTrail
from accounts.auth.sessions import hash_session_key
from accounts.models import Draft, Invitation, Record
from core.signals import nightly
from exchange.imports import draft as imports
from exchange.models import ImportDraft
from headaches.models import DayChange, DeviceChange
from reminders.delivery import sweep
from reminders.models import JobHeartbeat, OperatorAction, Reminder
from reminders.operations.health import metrics
from tests.conftest import NOON, Cast, log_in_as_user

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
    client = log_in_as_user(alice.user)
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
        "accounts.receivers.delete_ended_invitations": 0,
        "accounts.receivers.delete_expired_sessions": 1,
        "accounts.receivers.delete_old_audit_entries": 0,
        "accounts.receivers.delete_old_drafts": 1,
        "accounts.receivers.erase_closed_accounts": 0,
        "accounts.receivers.verify_audit_log": 0,
        "exchange.receivers.delete_expired_uploads": 1,
        "headaches.receivers.delete_old_changes": 0,
        "reminders.receivers.delete_old_operator_actions": 0,
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
    client = log_in_as_user(alice.user)
    assert f"/data/import/{expired.pk}/" not in client.get("/data/").content.decode()
    assert client.get(f"/data/import/{expired.pk}/").status_code == 404
    assert ImportDraft.objects.filter(pk=expired.pk).exists()


def change_day(record: Record, at: Any, outcome: str = "") -> None:
    """A change of a day, perhaps by a device."""
    change = DayChange.objects.create(record=record, date=at.date(), at=at)
    if outcome:
        DeviceChange.objects.create(
            record=record, key=uuid4(), date=at.date(), at=at, outcome=outcome, change=change
        )


@pytest.mark.asvs(51)
@pytest.mark.database
def test_each_kind_is_kept_as_long_as_the_operator_says(cast: Cast, settings: Any) -> None:
    alice, user = cast.alice, cast.alice.user
    kept = {"AUDIT": 40, "CHANGE": 100, "DRAFT": 3, "INVITATION": 5, "REMINDER": 120, "UPLOAD": 2}
    for name, days in kept.items():
        setattr(settings, f"KEEP_{name}_DAYS", days)
    now = NOON + timedelta(days=39)  # the audit log of the cast is younger than forty days
    around = {
        name: (now - timedelta(days=days, hours=1), now - timedelta(days=days, hours=-1))
        for name, days in kept.items()
    }
    for at in around["CHANGE"]:
        for outcome in ("", "done", "asked"):
            change_day(alice, at, outcome)
    for number, at in enumerate(around["DRAFT"]):
        Draft.objects.create(user=user, key=f"/{number}/", edit="0" * 16, saved_at=at)
    for number, at in enumerate(around["INVITATION"]):
        for state in ("expires_at", "accepted_at", "withdrawn_at"):
            ends = {"expires_at": now, "created_at": at} | {state: at}
            Invitation.objects.create(
                record=alice, email=f"{state}{number}@example.org", token_hash=f"{state}{number}", **ends
            )
    for number, at in enumerate(around["REMINDER"]):
        Reminder.objects.create(
            user=user,
            kind=("d7", "d14")[number],
            due_at=at,
            target_date=at.date(),
            state="sent",
            key=str(number),
        )
    for record, at in zip((alice, cast.bea), around["UPLOAD"], strict=True):
        upload(record, at)
    for at in around["AUDIT"]:
        log_event(cast.bea.user, AuditEntry.Action.LOGGED_IN, actor=None, now=at)
        OperatorAction.objects.create(user=user, action="looked", at=at)
    sweep.run_nightly_if_due(now)
    sweep.reconcile_slices(now, time.monotonic() + 60)
    report = JobHeartbeat.objects.get(job=NIGHTLY).report
    assert {name.rpartition(".")[2]: number for name, number in report.items()} == {
        "delete_ended_invitations": 2,
        "delete_expired_sessions": 0,
        "delete_old_audit_entries": 1,
        "delete_old_drafts": 1,
        "erase_closed_accounts": 0,
        "verify_audit_log": 0,
        "delete_expired_uploads": 1,
        "delete_old_changes": 3,
        "delete_old_operator_actions": 1,
    }
    assert (DayChange.objects.count(), DeviceChange.objects.count()) == (4, 3)
    assert Draft.objects.get().key == "/1/"
    assert {"accepted_at0@example.org", "expires_at1@example.org", "withdrawn_at1@example.org"} <= set(
        Invitation.objects.values_list("email", flat=True)
    )
    assert Reminder.objects.filter(key__in=("0", "1")).get().key == "1"
    assert OperatorAction.objects.get().at == around["AUDIT"][1]


@pytest.mark.asvs(62)
@pytest.mark.database
def test_the_audit_log_is_verified_each_night_and_a_fault_is_logged_and_counted(
    logged_cast: Cast, caplog: Any
) -> None:
    sweep.run_nightly_if_due(NOON)
    assert "audit_faults 0\n" in metrics(NOON)
    AuditTrail.objects.filter(user=logged_cast.alice.user).update(head="0" * 64)
    sweep.run_nightly_if_due(NOON + timedelta(days=1))
    assert "audit_faults 1\n" in metrics(NOON)
    [line] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "audit log: Trail" in line.getMessage()
    assert "its end was changed" in line.getMessage()


def test_a_large_audit_log_is_verified_in_parts_over_several_nights(
    logged_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "ENTRIES_A_NIGHT", 3)
    AuditTrail.objects.update(head="0" * 64)
    parts = 1 + AuditEntry.objects.count() // 3
    nights = [list(verify.find_faults_of_night(NOON + timedelta(days=night))) for night in range(parts)]
    assert parts > 1
    assert max(map(len, nights)) < AuditTrail.objects.count()
    assert sorted(fault for faults in nights for fault in faults) == sorted(verify.find_faults())


def test_how_long_an_import_can_be_undone_is_said_as_the_operator_chose(alice: Record, settings: Any) -> None:
    page = log_in_as_user(alice.user).get("/data/").content.decode()
    assert "The last 24 hours" in page
    settings.KEEP_UPLOAD_DAYS = 3
    page = log_in_as_user(alice.user).get("/data/").content.decode()
    assert "The last 3 days" in page
    assert "For 3 days you can undo" in page
