"""A log-in at which nothing is done ends: who is meant, when, what counts as something, and what stays."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.auth import idle
from accounts.auth.sessions import hash_session_key
from accounts.models import Record, User
from tests.conftest import NOON, PASSWORD, Cast, log_in_as_user

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]
HALF_HOUR = timedelta(minutes=30)
SECOND = timedelta(seconds=1)


def is_in(client: Client, page: str = "/help/") -> bool:
    """Whether this browser is still logged in; the page is one of those that are open to all."""
    return client.get(page).wsgi_request.user.is_authenticated


@pytest.mark.parametrize(
    ("who", "minutes"),
    [
        ({}, None),
        ({"idle_minutes": 15}, 15),
        ({"idle_minutes": 240}, 240),
        ({"is_clinician": True}, 30),
        ({"is_operator": True}, 30),
        ({"is_clinician": True, "idle_minutes": 15}, 15),
        ({"is_clinician": True, "idle_minutes": 240}, 30),
    ],
)
def test_who_is_logged_out_after_how_long(who: dict[str, int], minutes: int | None) -> None:
    assert idle.get_idle_limit(User(**who)) == (timedelta(minutes=minutes) if minutes else None)


@pytest.mark.asvs(20)
def test_a_clinician_is_logged_out_after_half_an_hour_without_anything_done(cast: Cast, at: At) -> None:
    at(NOON)
    carl = log_in_as_user(cast.carl)
    assert is_in(carl)
    at(NOON + HALF_HOUR - SECOND)
    assert is_in(carl), "the last moment, which counts anew"
    at(NOON + 2 * HALF_HOUR - 2 * SECOND)
    assert is_in(carl)
    at(NOON + 3 * HALF_HOUR - 2 * SECOND)
    answer = carl.get("/patients/")
    assert answer["Location"] == "/account/login/?next=/patients/"
    page = carl.get(answer["Location"]).content.decode()
    assert "You were logged out because nothing happened for a while." in page
    assert carl.session.get("_auth_user_id") is None
    carl.post("/account/login/", {"login": cast.carl.email, "password": PASSWORD})
    assert is_in(carl)


def test_a_patient_stays_unless_she_chooses_otherwise(alice: Record, at: At) -> None:
    at(NOON)
    client = log_in_as_user(alice.user)
    assert is_in(client)
    values = {"form": "profile", "profile-time_zone": "Europe/Berlin", "profile-language": "en"}
    at(NOON + timedelta(days=7))
    assert is_in(client)
    wrong = client.post("/settings/", {**values, "profile-idle_minutes": "7"})
    assert wrong.status_code == 422
    assert "This is not on the list." in wrong.content.decode()
    assert client.post("/settings/", {**values, "profile-idle_minutes": "15"}).status_code == 302
    assert is_in(client)
    at(NOON + timedelta(days=7, minutes=15))
    assert not is_in(client)


def test_what_was_seen_under_an_earlier_choice_counts_no_more(alice: Record, at: At) -> None:
    def choose(minutes: int) -> None:
        User.objects.filter(pk=alice.user.pk).update(idle_minutes=minutes)

    client = log_in_as_user(alice.user)
    for place, minutes in enumerate((15, 0, 15)):
        at(NOON + timedelta(hours=5 * place))
        choose(0)
        assert is_in(client)
        choose(minutes)
        assert is_in(client)


def test_a_clinician_is_offered_what_holds_for_him(cast: Cast, at: At) -> None:
    at(NOON)
    page = log_in_as_user(cast.carl).get("/settings/")
    field = page.context["profile_form"]["idle_minutes"]
    assert [value for value, _words in field.field.choices] == [15, 30]
    assert field.value() == 30


def test_what_a_browser_asks_for_on_its_own_keeps_nobody_logged_in(cast: Cast, at: At) -> None:
    at(NOON)
    carl = log_in_as_user(cast.carl)
    carl.get("/help/")
    at(NOON + timedelta(minutes=20))
    carl.get("/worker.js")
    carl.get("/patients/", headers={"Sec-Purpose": "prefetch"})
    at(NOON + HALF_HOUR)
    assert not is_in(carl)


def test_the_session_is_written_once_a_minute_at_most(cast: Cast, at: At) -> None:
    carl = log_in_as_user(cast.carl)

    def writes(instant: datetime) -> int:
        at(instant)
        with CaptureQueriesContext(connection) as seen:
            carl.get("/help/")
        return sum("UPDATE" in one["sql"] and "django_session" in one["sql"] for one in seen)

    found = [writes(NOON + timedelta(seconds=seconds)) for seconds in (0, 20, 59, 60, 100, 120)]
    assert found == [1, 0, 0, 1, 0, 1]


def test_a_clock_that_was_put_back_logs_nobody_out_and_keeps_nobody_in(cast: Cast, at: At) -> None:
    at(NOON)
    carl = log_in_as_user(cast.carl)
    carl.get("/help/")
    at(NOON - timedelta(hours=6))
    assert is_in(carl)
    at(NOON - timedelta(hours=6) + HALF_HOUR)
    assert not is_in(carl)


def test_staying_is_as_long_as_from_the_beginning_however_often(cast: Cast, at: At) -> None:
    at(NOON)
    carl = log_in_as_user(cast.carl)
    assert is_in(carl)
    for times in range(1, 13):
        at(NOON + times * timedelta(minutes=29))
        assert carl.post(reverse("stay")).json() == {"left": 1800}
    at(NOON + 12 * timedelta(minutes=29) + HALF_HOUR)
    assert carl.post(reverse("stay")).status_code == 302
    assert log_in_as_user(cast.alice.user).post(reverse("stay")).json() == {"left": None}


def test_the_page_knows_how_long_and_says_nothing_to_who_has_no_limit(cast: Cast, at: At) -> None:
    at(NOON)
    carl = log_in_as_user(cast.carl)
    assert 'data-left="1800"' in carl.get("/patients/").content.decode()
    at(NOON + timedelta(seconds=30))
    assert 'data-left="1770"' in carl.get("/patients/").content.decode()
    assert "idle" not in log_in_as_user(cast.alice.user).get("/").content.decode()


def test_an_answer_given_too_late_is_asked_for_again_after_the_log_in(alice: Record, at: At) -> None:
    at(NOON)
    User.objects.filter(pk=alice.user.pk).update(idle_minutes=15)
    client = log_in_as_user(alice.user)
    client.get("/")
    at(NOON + timedelta(minutes=16))
    client.post("/diary/answer/", {"answer": "severe"})
    client.post("/account/login/", {"login": alice.user.email, "password": PASSWORD})
    assert "before “Severe headache” was saved" in client.get("/").content.decode()


@pytest.mark.asvs(23)
class TestListOfLogIns:
    def test_one_is_ended_and_the_others_stay(self, alice: Record) -> None:
        here, phone, desk = (log_in_as_user(alice.user) for _browser in range(3))
        assert all(is_in(one) for one in (here, phone, desk))
        listed = {one.session_key: one for one in here.get("/account/sessions/").context["sessions"]}
        answer = here.post(
            reverse("end_log_in", args=[listed[hash_session_key(phone.session.session_key)].pk]), follow=True
        )
        assert "That device is logged out." in answer.content.decode()
        assert [is_in(one) for one in (here, phone, desk)] == [True, False, True]

    def test_nobody_ends_a_log_in_of_somebody_else(self, cast: Cast) -> None:
        alice, bea = log_in_as_user(cast.alice.user), log_in_as_user(cast.bea.user)
        listed = alice.get("/account/sessions/").context["sessions"][0]
        assert bea.post(reverse("end_log_in", args=[listed.pk])).status_code == 404
        assert is_in(alice)
