"""The cast, and what every test may lean on. Alice owns a record; Bea owns another; Dr Carl was invited by Alice;
Dr Dora by nobody; Dr Emil was invited and is no longer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, settings

from accounts import sharing
from accounts.consent import VERSION
from accounts.models import Consent, Grant, Record, User

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For the fast part of bin/test; the whole of it tries each law five times as often.
settings.register_profile("quick", settings.get_profile("default"), max_examples=20)
settings.load_profile("default")

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
TODAY = date(2026, 5, 6)
PASSWORD = "a-dozen-weeks-apart"


@pytest.fixture(autouse=True)
def fresh_limits(request: pytest.FixtureRequest) -> None:
    """Rate limits of one test do not reach the next."""
    if {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("db")
        cache.clear()


def make_user(email: str, **fields: Any) -> User:
    user = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.create(user_id=user.pk, email=user.email, primary=True, verified=True)
    return user


def make_patient(email: str, *, time_zone: str = "Europe/Berlin", **fields: Any) -> Record:
    user = make_user(email, time_zone=time_zone, **fields)
    Consent.objects.create(user=user, version=VERSION, language=user.language, given_at=NOON)
    return Record.objects.create(user=user)


def make_grant(record: Record, clinician: User, now: datetime = NOON) -> Grant:
    invitation, _token = sharing.invite(record=record, email=clinician.email, now=now)
    grant = sharing.accept(invitation=invitation, clinician=clinician, now=now)
    assert grant is not None
    return grant


def as_user(user: User) -> Client:
    """A browser that is logged in, checks the form token, and has shown a second factor."""
    client = Client(enforce_csrf_checks=False)
    client.force_login(user)
    session = client.session
    session["second_factor_enrolled"] = user.pk
    session.save()
    return client


def confirm_password(client: Client) -> None:
    """Type the password again, as exports and invitations demand."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def queries(client: Client, address: str) -> int:
    """How many queries a page takes, once the log-in is in the list of log-ins."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@dataclass(frozen=True)
class Cast:
    alice: Record
    bea: Record
    carl: User
    dora: User
    emil: User


@pytest.fixture
def cast(db: None) -> Cast:
    alice, bea = make_patient("alice@example.org", display_name="Alice"), make_patient("bea@example.org")
    carl = make_user("carl@example.org", display_name="Dr Carl", is_clinician=True)
    dora = make_user("dora@example.org", display_name="Dr Dora", is_clinician=True)
    emil = make_user("emil@example.org", display_name="Dr Emil", is_clinician=True)
    make_grant(alice, carl)
    sharing.revoke(grant=make_grant(alice, emil), now=NOON)
    return Cast(alice, bea, carl, dora, emil)


@pytest.fixture
def alice(db: None) -> Record:
    return make_patient("alice@example.org", display_name="Alice")


@pytest.fixture
def at(time_machine: Any) -> Callable[[datetime], None]:
    """Set the clock of the whole process."""

    def move(instant: datetime) -> None:
        time_machine.move_to(instant, tick=False)

    return move
