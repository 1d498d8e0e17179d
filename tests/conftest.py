"""The cast, and what every test may lean on. Alice owns a record; Bea owns another; Dr Carl was invited by Alice;
Dr Dora by nobody; Dr Emil was invited and is no longer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from accounts.audit.log import Action, log_event
from accounts.auth.idle import LOGGED_IN_KEY
from accounts.auth.sessions import NOTED_KEY, SessionStore, hash_session_key
from accounts.consent import VERSION
from accounts.models import Consent, Grant, Record, User
from tests.migrated import share_migrated_database

hypothesis_settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For the fast part of bin/test; the whole of it tries each law five times as often.
hypothesis_settings.register_profile("quick", hypothesis_settings.get_profile("default"), max_examples=20)
hypothesis_settings.load_profile("default")

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
TODAY = date(2026, 5, 6)
PASSWORD = "a-dozen-weeks-apart"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """pytest-django's, which finds the migrated database ready if an earlier run has made a copy of it."""
    with django_db_blocker.unblock():
        with share_migrated_database() as is_ready:
            databases = setup_databases(verbosity=0, interactive=False, keepdb=is_ready)
        yield
        teardown_databases(databases, verbosity=0)


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
    """An access as it is after an accepted invitation; the audit log does not know of it."""
    if not clinician.is_clinician:
        clinician.is_clinician = True
        clinician.save(update_fields=["is_clinician"])
    return Grant.objects.create(record=record, clinician=clinician, given_at=now)


def as_user(user: User) -> Client:
    """A browser that is logged in, checks the form token, and has shown a second factor.

    The session is made directly: neither the audit log nor the list of log-ins knows of it. See log_in_as_user.
    """
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            LOGGED_IN_KEY: timezone.now().timestamp(),
            "second_factor_enrolled": user.pk,
        }
    )
    session.create()
    session[NOTED_KEY] = [hash_session_key(str(session.session_key)), timezone.now().timestamp()]
    session.save()
    client = Client(enforce_csrf_checks=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def log_in_as_user(user: User) -> Client:
    """The same after a log-in, which is in the audit log and in the list of log-ins."""
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
    Grant.objects.create(record=alice, clinician=emil, given_at=NOON, revoked_at=NOON)
    return Cast(alice, bea, carl, dora, emil)


@pytest.fixture
def logged_cast(cast: Cast) -> Cast:
    """The cast, with what the audit log holds of its invitations."""
    alice = cast.alice.user
    for action, actor in (
        (Action.INVITED, alice),
        (Action.ACCEPTED, cast.carl),
        (Action.INVITED, alice),
        (Action.ACCEPTED, cast.emil),
        (Action.REVOKED, alice),
    ):
        log_event(alice, action, actor=actor, now=NOON)
    return cast


@pytest.fixture
def alice(db: None) -> Record:
    return make_patient("alice@example.org", display_name="Alice")


@pytest.fixture
def at(time_machine: Any) -> Callable[[datetime], None]:
    """Set the clock of the whole process."""

    def move(instant: datetime) -> None:
        time_machine.move_to(instant, tick=False)

    return move
