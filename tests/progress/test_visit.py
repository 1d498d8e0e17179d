"""The page for a visit: what stands on it, whose name, which questions, and what it says when there is little."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from headaches.models import Intake
from tests.conftest import TODAY, Cast, as_user, queries
from tests.progress.people import keep, rate, treat, two_cycles
from treatments.models import Score, SideEffect, VisitSheet

pytestmark = pytest.mark.django_db


def page_of(client: Client) -> str:
    answer = client.get(reverse("visit"))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def save(client: Client, **values: str) -> tuple[int, str]:
    answer = client.post(reverse("visit"), {"name": "full", **values})
    return answer.status_code, answer.content.decode()


def test_it_holds_what_a_visit_needs(client: Client, alice: Record) -> None:
    first = two_cycles(alice, TODAY)
    session = alice.sessions.get(date=first)
    session.units = Decimal(165)
    session.save()
    SideEffect.objects.create(session=session, effect="neck pain", severity="mild")
    Score.objects.create(record=alice, date=first - timedelta(1), instrument="hit6", score=66)
    Score.objects.create(record=alice, date=TODAY, instrument="hit6", score=58)
    Intake.objects.create(day=alice.days.order_by("-date")[0], name="S", drug_class="triptan")
    assert save(client, question_1="How long?", question_3="And then?")[0] == 302
    page = page_of(client)
    for words in (
        "Alice", "As of 6 May 2026.", "any headache", "In the last 28 days:", "Headache days in each 28 days",
        ">165<", ">91<", "Triptan", "Published line, triptan: 10 days a month.", "after 1 of 1 session with an answer",
        "HIT-6: 66 (", "58 (6 May 2026)", "How long?", "And then?",
    ):  # fmt: skip
        assert words in page, words
    assert page.count("<li>How long?</li><li>And then?</li>") == 1


@pytest.mark.parametrize(
    ("choice", "heading"), [("full", "Alice"), ("initials", "A."), ("none", "Headache diary")]
)
def test_the_name_is_the_patients_choice(client: Client, choice: str, heading: str) -> None:
    assert save(client, name=choice)[0] == 302
    assert f'<h1 id="sheet-title"> {heading} </h1>' in page_of(client)


def test_it_says_what_is_missing_and_shows_no_empty_part(client: Client, alice: Record) -> None:
    page = page_of(client)
    assert "Nothing to compare yet" in page
    for words in (
        "Sessions</h2>",
        "Days with acute medicine",
        "Side effects</h2>",
        "Scores</h2>",
        "want to ask",
    ):
        assert words not in page
    keep(alice, TODAY - timedelta(9), rate(3, 10))
    assert "10 of 28 days filled in." in page_of(client)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "nickname"}, "not on the list"),
        ({"name": ""}, "Nothing is chosen"),
        ({"question_2": "x" * 201}, "200"),
    ],
)
def test_a_wrong_form_is_explained_and_keeps_what_was_typed(
    client: Client, values: dict[str, str], words: str
) -> None:
    status, page = save(client, **{"question_1": "How long?", **values})
    assert (status, words in page, "How long?" in page) == (422, True, True)
    assert not VisitSheet.objects.exists()


def test_reading_it_writes_nothing_and_takes_as_many_queries_long_as_short(
    client: Client, alice: Record
) -> None:
    treat(alice, TODAY - timedelta(60))
    keep(alice, TODAY - timedelta(88), rate(20))
    short = queries(client, reverse("visit"))
    keep(alice, TODAY - timedelta(500), rate(20) * 14)
    treat(alice, TODAY - timedelta(400), TODAY - timedelta(300))
    assert queries(client, reverse("visit")) == short <= 16
    assert not VisitSheet.objects.exists()


def test_nobody_reads_the_sheet_of_somebody_else(cast: Cast) -> None:
    save(as_user(cast.alice.user), question_1="How long?")
    assert "How long?" not in page_of(as_user(cast.bea.user))
    assert as_user(cast.carl).get(reverse("visit")).status_code == 404


def test_the_clinic_sees_what_she_wants_to_ask(cast: Cast) -> None:
    """On the first page that he opens, and only there; nobody else does."""
    VisitSheet.objects.create(
        record=cast.alice, question_1="May I drive & work?", question_3="How long does it last?"
    )
    page = as_user(cast.carl).get(reverse("patient", args=[cast.alice.key])).content.decode()
    assert "Questions for the visit" in page
    assert "<li>May I drive &amp; work?</li><li>How long does it last?</li>" in page
    other = as_user(cast.carl).get(reverse("patient_time", args=[cast.alice.key])).content.decode()
    assert "May I drive" not in other
    assert "May I drive" not in as_user(cast.alice.user).get(reverse("progress")).content.decode()
    assert as_user(cast.emil).get(reverse("patient", args=[cast.alice.key])).status_code == 404
