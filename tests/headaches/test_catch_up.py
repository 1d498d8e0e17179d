"""Several days at once: seven taps, and a stretch with one answer; what is recorded is never overwritten."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from headaches.catch_up import fill_range, undo_range
from headaches.models import DiaryDay
from tests.conftest import NOON, TODAY, Cast, as_user, queries
from tests.progress.people import keep

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]
PAGE = "catch_up"


def page(client: Client) -> str:
    return " ".join(client.get(reverse(PAGE)).content.decode().split())


def states(record: Record) -> dict[int, str]:
    return {(TODAY - day.date).days: day.state for day in DiaryDay.objects.filter(record=record)}


def stretch(back_from: int, back_to: int, answer: str = "free") -> dict[str, str]:
    days = (TODAY - timedelta(back_from), TODAY - timedelta(back_to))
    return {"start": days[0].isoformat(), "end": days[1].isoformat(), "answer": answer}


def test_seven_days_are_answered_in_seven_taps(client: Client, alice: Record) -> None:
    assert "7 of them are not recorded" in page(client)
    for back in range(7):
        on = (TODAY - timedelta(back)).isoformat()
        sent = client.post(reverse("answer"), {"date": on, "answer": "mild", "back": "week"})
        assert sent["Location"] == reverse(PAGE)
    assert "All seven are recorded." in page(client)
    assert states(alice) == dict.fromkeys(range(7), "mild")


def test_a_stretch_fills_what_is_missing_and_leaves_what_is_there(client: Client, alice: Record) -> None:
    keep(alice, TODAY - timedelta(4), "s")
    assert client.post(reverse(PAGE), stretch(6, 2))["Location"] == reverse(PAGE)
    assert states(alice) == {6: "free", 5: "free", 4: "severe", 3: "free", 2: "free"}
    assert "4 days recorded. 1 was recorded already and stays as it is." in page(client)


def test_a_stretch_is_taken_back_as_one_and_newer_corrections_stay(client: Client, alice: Record) -> None:
    client.post(reverse(PAGE), stretch(4, 2))
    client.post(
        reverse("answer"), {"date": (TODAY - timedelta(3)).isoformat(), "answer": "severe", "back": "week"}
    )
    assert "Undo the last days" in page(client)
    client.post(reverse("undo_range"))
    assert states(alice) == {3: "severe"}
    found = page(client)
    assert "Days that have been changed again stay" in found
    assert "Undo the last days" not in found


def test_all_recorded_changes_nothing_and_says_so(client: Client, alice: Record) -> None:
    keep(alice, TODAY - timedelta(2), "ff")
    client.post(reverse(PAGE), stretch(2, 1, "severe"))
    assert "All of these days are already recorded" in page(client)
    assert states(alice) == {2: "free", 1: "free"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": ""}, "This is empty. Enter a date."),
        ({"start": "soon"}, "Write the date like"),
        ({"end": (TODAY + timedelta(1)).isoformat()}, "This day has not come yet."),
        ({"start": "1899-12-31"}, "lies before 1900"),
        ({"end": (TODAY - timedelta(9)).isoformat()}, "The end lies before the start."),
        ({"start": (TODAY - timedelta(40)).isoformat()}, "At most 31 days at once."),
        ({"answer": "awful"}, "not on the list"),
        ({"answer": ""}, "Nothing is chosen."),
    ],
)
def test_nonsense_gets_a_sentence_and_changes_nothing(
    client: Client, alice: Record, change: dict[str, str], words: str
) -> None:
    sent = client.post(reverse(PAGE), stretch(5, 1) | change)
    assert sent.status_code == 422
    assert words in sent.content.decode()
    assert states(alice) == {}


def test_another_patients_stretch_is_out_of_reach(cast: Cast, at: At) -> None:
    at(NOON)
    span = {"start": TODAY - timedelta(3), "end": TODAY - timedelta(1)}
    changes = fill_range(record=cast.bea, answer="free", today=TODAY, now=NOON, **span)
    alice = as_user(cast.alice.user)
    session = alice.session
    session["stretch_changes"] = [change.pk for change in changes]
    session.save()
    alice.post(reverse("undo_range"))
    assert len(states(cast.bea)) == 3
    assert undo_range(changes=changes, now=NOON) == 3
    assert states(cast.bea) == {}


def test_the_home_page_leads_to_it_while_days_are_missing(client: Client, alice: Record) -> None:
    keep(alice, TODAY - timedelta(6), "f.f.f.")
    home = " ".join(client.get(reverse("home")).content.decode().split())
    assert f'href="{reverse(PAGE)}"> Add 3 days </a>' in home


def test_days_chosen_in_the_month_stand_in_the_form(client: Client) -> None:
    page = client.get(reverse(PAGE), {"start": "2026-05-01", "end": "2026-05-04"}).content.decode()
    assert 'name="start" value="2026-05-01"' in page
    assert 'name="end" value="2026-05-04"' in page
    assert client.get(reverse(PAGE), {"start": "soon", "end": "2026-02-30"}).status_code == 200


def test_it_takes_as_many_queries_full_as_empty(client: Client, alice: Record) -> None:
    empty = queries(client, reverse(PAGE))
    keep(alice, TODAY - timedelta(60), "m" * 60)
    assert queries(client, reverse(PAGE)) == empty + 1 <= 14  # what was taken on the days that are there
