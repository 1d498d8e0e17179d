"""The three questions after sign-up, the card of the first week, and the page of further places."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from home.setup import DONE, FIRST_MONTH, OLD_DIARY, SESSION
from home.setup import TODAY as TODAY_STEP
from tests.conftest import NOON, TODAY, Cast, as_user
from tests.progress.people import keep

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]
BEGIN = "/begin/"


@pytest.fixture
def newcomer(alice: Record) -> Record:
    alice.setup_step = TODAY_STEP
    alice.save()
    return alice


def post(client: Client, step: int, **values: object) -> tuple[int, str]:
    answer = client.post(BEGIN, {"step": step, **values})
    return answer.status_code, answer["Location"] if answer.status_code == 302 else answer.content.decode()


def step_of(record: Record) -> int:
    return Record.objects.get(pk=record.pk).setup_step


class TestQuestions:
    def test_all_three_are_answered_and_the_home_page_follows(
        self, client: Client, newcomer: Record, at: At
    ) -> None:
        at(NOON)
        assert "Question 1 of 3" in client.get(BEGIN).content.decode()
        assert post(client, TODAY_STEP, answer="mild") == (302, BEGIN)
        assert newcomer.days.get().state == "mild"
        last = TODAY - timedelta(20)
        assert post(client, SESSION, answer="day", date=last.isoformat()) == (302, BEGIN)
        session = newcomer.sessions.get()
        assert (session.date, session.units, session.sites.count() if hasattr(session, "sites") else 0) == (
            last,
            None,
            0,
        )
        page = client.get(BEGIN).content.decode()
        assert "Your session is saved." in page
        assert post(client, OLD_DIARY, answer="memory", recalled_baseline="18.5") == (302, BEGIN)
        newcomer.refresh_from_db()
        assert (newcomer.recalled_baseline, newcomer.setup_step) == (Decimal("18.5"), DONE)
        assert client.get(BEGIN)["Location"] == reverse("home")

    def test_each_is_skipped_and_nothing_is_recorded(self, client: Client, newcomer: Record) -> None:
        for step in (TODAY_STEP, SESSION, OLD_DIARY):
            assert post(client, step, skip="1") == (302, BEGIN)
        assert step_of(newcomer) == DONE
        assert not newcomer.days.exists()
        assert not newcomer.sessions.exists()

    def test_all_are_left_out_at_once(self, client: Client, newcomer: Record) -> None:
        assert post(client, TODAY_STEP, later="1") == (302, BEGIN)
        assert step_of(newcomer) == DONE

    @pytest.mark.parametrize("answer", ["never", "unsure"])
    def test_no_known_day_saves_no_session(self, client: Client, newcomer: Record, answer: str) -> None:
        newcomer.setup_step = SESSION
        newcomer.save()
        assert post(client, SESSION, answer=answer, date="") == (302, BEGIN)
        assert step_of(newcomer) == OLD_DIARY
        assert not newcomer.sessions.exists()

    def test_an_old_diary_as_a_file_leads_to_the_import(self, client: Client, newcomer: Record) -> None:
        newcomer.setup_step = OLD_DIARY
        newcomer.save()
        assert post(client, OLD_DIARY, answer="file") == (302, reverse("data"))
        assert step_of(newcomer) == DONE

    def test_a_page_that_was_answered_already_saves_nothing_twice(
        self, client: Client, newcomer: Record, at: At
    ) -> None:
        at(NOON)
        post(client, TODAY_STEP, answer="mild")
        assert post(client, TODAY_STEP, answer="severe") == (302, BEGIN)
        assert [day.state for day in newcomer.days.all()] == ["mild"]

    def test_a_read_moves_nothing_on(self, client: Client, newcomer: Record) -> None:
        for _time in range(2):
            assert client.get(BEGIN).status_code == 200
        assert step_of(newcomer) == TODAY_STEP


class TestBadInput:
    @pytest.mark.parametrize(
        ("step", "values", "words"),
        [
            (TODAY_STEP, {}, "Choose an answer, or skip."),
            (TODAY_STEP, {"answer": "awful"}, "awful"),
            (SESSION, {}, "Choose an answer, or skip."),
            (SESSION, {"answer": "day"}, "Enter the day, or choose another answer."),
            (SESSION, {"answer": "day", "date": "yesterday"}, "date"),
            (SESSION, {"answer": "day", "date": "2026-05-07"}, "This date lies in the future."),
            (OLD_DIARY, {"answer": "memory"}, "Enter a number, or choose another answer."),
            (OLD_DIARY, {"answer": "memory", "recalled_baseline": "40"}, "28"),
            (OLD_DIARY, {"answer": "memory", "recalled_baseline": "many"}, "number"),
        ],
    )
    def test_it_is_said_and_the_question_stays(
        self, client: Client, newcomer: Record, at: At, step: int, values: dict[str, str], words: str
    ) -> None:
        at(NOON)
        newcomer.setup_step = step
        newcomer.save()
        status, page = post(client, step, **values)
        assert (status, words in page) == (422, True)
        assert step_of(newcomer) == step
        assert not newcomer.sessions.exists()

    def test_a_second_session_of_a_day_is_refused(self, client: Client, newcomer: Record, at: At) -> None:
        at(NOON)
        newcomer.sessions.create(date=TODAY, units=None)
        newcomer.setup_step = SESSION
        newcomer.save()
        assert post(client, SESSION, answer="day", date=TODAY.isoformat())[0] == 422
        assert newcomer.sessions.count() == 1


class TestHome:
    def test_a_new_account_is_led_to_the_first_question(self, client: Client, newcomer: Record) -> None:
        assert client.get("/")["Location"] == BEGIN
        post(client, TODAY_STEP, skip="1")
        assert client.get("/").status_code == 200

    def test_an_open_question_is_offered_until_it_is_answered(self, client: Client, newcomer: Record) -> None:
        newcomer.setup_step = SESSION
        newcomer.save()
        assert "Question 2 of 3 is still open" in client.get("/").content.decode()
        post(client, SESSION, later="1")
        assert "still open" not in client.get("/").content.decode()

    def test_it_explains_itself_until_seven_days_are_recorded(
        self, client: Client, alice: Record, at: At
    ) -> None:
        at(NOON)
        Record.objects.update(created_at=NOON - timedelta(6))
        keep(alice, TODAY - timedelta(5), "fmsfmf")
        page = " ".join(client.get("/").content.decode().split())
        assert "6 of the first 7 are there" in page
        keep(alice, TODAY - timedelta(6), "f")
        assert "Your first week" not in client.get("/").content.decode()

    def test_after_a_month_it_explains_nothing_more(self, client: Client, at: At) -> None:
        at(NOON)
        Record.objects.update(created_at=NOON - FIRST_MONTH)
        assert "Your first week" not in client.get("/").content.decode()

    def test_a_clinician_is_asked_nothing(self, cast: Cast) -> None:
        assert as_user(cast.carl).get(BEGIN)["Location"] == reverse("home")


def test_the_page_of_further_places_leads_to_each(client: Client) -> None:
    page = client.get(reverse("more")).content.decode()
    for name in (
        "reminders",
        "medicines",
        "access",
        "data",
        "scores",
        "learn",
        "preferences",
        "help",
        "account_logout",
    ):
        assert f'href="{reverse(name)}"' in page
    assert 'name="theme" value="dim"' in page
