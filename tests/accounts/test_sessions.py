"""Log-ins of which a copy of the database opens none."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from importlib import import_module
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.auth.sessions import SessionStore, hash_session_key
from accounts.models import Record
from tests.conftest import NOON, log_in_as_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def cookie_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_the_tables_hold_the_hash_of_the_key_and_no_readable_data(alice: Record) -> None:
    client = log_in_as_user(alice.user)
    client.get("/")
    key = cookie_of(client)
    stored = ("$" + sha256(key.encode()).hexdigest())[:40]
    session = Session.objects.get()
    assert (session.session_key, UserSession.objects.get().session_key) == (stored, stored)
    assert SessionStore().decode(session.session_data)["second_factor_enrolled"] == alice.user.pk
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(session.session_data)
    assert "second_factor" not in session.session_data


def test_no_value_of_the_tables_is_taken_as_a_cookie(alice: Record) -> None:
    log_in_as_user(alice.user).get("/")
    stored = Session.objects.get().session_key
    for value in (stored, stored[1:], f" {stored}", f'"{stored}"'):
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = value
        assert thief.get(reverse("preferences")).status_code == 302


def test_data_of_another_key_is_a_log_out(alice: Record, settings: Any) -> None:
    client = log_in_as_user(alice.user)
    assert client.get(reverse("preferences")).status_code == 200
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [old]
    assert client.get(reverse("preferences")).status_code == 200
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "m" * 60, []
    assert client.get(reverse("preferences")).status_code == 302


def test_the_life_of_a_session() -> None:
    engine = import_module(settings.SESSION_ENGINE)
    first = engine.SessionStore()
    first["a"] = "ä"
    first.save()
    key = first.session_key
    again = engine.SessionStore(key)
    assert (again["a"], again.session_key, again.exists(key)) == ("ä", key, True)
    again.cycle_key()
    assert (again["a"], again.exists(key), again.exists(again.session_key)) == ("ä", False, True)
    assert Session.objects.count() == 1
    again.flush()
    assert not Session.objects.exists()
    gone = engine.SessionStore(key)
    assert (gone.get("a"), gone.session_key) == (None, None)


def test_expired_sessions_are_cleared_by_djangos_command() -> None:
    store = SessionStore()
    store["a"] = 1
    store.save()
    call_command("clearsessions")
    assert Session.objects.count() == 1
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(store.session_key).get("a") is None
    call_command("clearsessions")
    assert not Session.objects.exists()


def test_the_list_of_log_ins_knows_the_present_one_and_drops_ended_ones(alice: Record) -> None:
    here, there, left = (log_in_as_user(alice.user) for _browser in range(3))
    there.get("/")
    left.get("/")
    left.post(reverse("account_logout"))
    assert len(here.get(reverse("usersessions_list")).context["sessions"]) == 2
    here.post(reverse("usersessions_list"))  # logs out the others
    listed = here.get(reverse("usersessions_list")).context["sessions"]
    assert [one.session_key for one in listed] == [hash_session_key(cookie_of(here))]
    assert there.get(reverse("preferences")).status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_the_upgrade_ends_log_ins_whose_keys_were_stored() -> None:
    """Copies from before the upgrade hold keys that would work for weeks."""
    try:
        MigrationExecutor(connection).migrate([("accounts", "0009_demo_email")])
        now = timezone.now()
        Session.objects.create(session_key="a" * 32, session_data="x", expire_date=now + timedelta(days=9))
        MigrationExecutor(connection).migrate([("accounts", "0010_end_log_ins_of_stored_keys")])
        assert not Session.objects.exists()
    finally:
        call_command("migrate", verbosity=0)


def test_a_session_that_ended_elsewhere_leaves_the_cookie_alone(alice: Record) -> None:
    """An answer to the old session must not end the next one, which the browser may have by then."""
    client = log_in_as_user(alice.user)
    client.get("/")
    name, key = settings.SESSION_COOKIE_NAME, cookie_of(client)
    Session.objects.all().delete()
    answer = client.get(reverse("preferences"))
    assert (answer.status_code, name in answer.cookies, cookie_of(client)) == (302, False, key)
    client.force_login(alice.user)
    key = cookie_of(client)
    client.post(reverse("account_logout"))
    assert cookie_of(client) != key


def test_an_activity_is_noted_once_in_five_minutes(alice: Record, at: Callable[[datetime], None]) -> None:
    client = log_in_as_user(alice.user)

    def noted(instant: datetime) -> bool:
        at(instant)
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("help"))
        last = UserSession.objects.get(session_key=cookie_of(client)).last_seen_at
        writes = [one["sql"] for one in seen if one["sql"].startswith(("UPDATE", "INSERT"))]
        assert bool(writes) == (last == instant)
        return last == instant

    minutes = (0, 2, 4.99, 5, 7, 10, 2)  # at last, the clock is put back
    found = [minute for minute in minutes if noted(NOON + timedelta(minutes=minute))]
    assert found == [0, 5, 10, 2]
