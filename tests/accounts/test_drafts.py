"""What was typed and not sent: kept by page and person, ended by saving, never for anybody else."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts import drafts
from accounts.models import Draft, Record
from tests.conftest import NOON, TODAY, Cast, as_user

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]
FIRST, SECOND = "a" * 32, "b" * 32
PAGE = "/preventives/add/"
FIELDS = {"name": ["Propranolol"], "note": ["since the spring"]}


def send(client: Client, method: str = "post", **draft: Any) -> HttpResponse:
    content = json.dumps({"key": PAGE, "edit": FIRST, **draft})
    return getattr(client, method)(reverse("draft"), content, content_type="application/json")


def shown(client: Client, page: str = PAGE) -> Any:
    """The draft the page brings along."""
    content = client.get(page).content.decode()
    return json.loads(
        content.split('<script id="draft-kept" type="application/json">')[1].split("</script>")[0]
    )


def test_what_was_typed_comes_with_the_page_until_it_is_saved(alice: Record, at: At) -> None:
    at(NOON)
    client = as_user(alice.user)
    assert shown(client) is None
    assert send(client, fields=FIELDS).status_code == 204
    assert shown(client) == {"edit": FIRST, "fields": FIELDS, "at": int(NOON.timestamp() * 1000)}
    assert shown(client, "/sessions/booking/") is None
    refused = client.post(PAGE, {"name": "", "draft": FIRST})
    assert refused.status_code == 422
    assert "data-refused" in refused.content.decode()
    assert shown(client)["fields"] == FIELDS
    assert client.post(PAGE, {"name": "Propranolol", "draft": FIRST}).status_code == 302
    assert shown(client)["fields"] is None


def test_a_save_that_was_under_way_when_the_form_was_sent_brings_nothing_back(alice: Record, at: At) -> None:
    at(NOON)
    client = as_user(alice.user)
    client.post(PAGE, {"name": "Propranolol", "draft": FIRST})
    assert send(client, fields=FIELDS).status_code == 204
    assert shown(client)["fields"] is None
    send(client, fields=FIELDS, edit=SECOND)
    assert shown(client)["fields"] == FIELDS, "another opening of the page begins anew"


def test_a_draft_is_discarded_for_good(alice: Record) -> None:
    client = as_user(alice.user)
    send(client, fields=FIELDS)
    assert send(client, "delete").status_code == 204
    send(client, fields=FIELDS)
    assert shown(client)["fields"] is None


def test_a_browser_without_script_ends_a_draft_too(alice: Record) -> None:
    client = as_user(alice.user)
    send(client, fields=FIELDS)
    client.post(PAGE, {"name": "Propranolol", "draft": ""})
    assert shown(client) is None


@pytest.mark.parametrize(
    ("page", "values"),
    [
        (
            f"/diary/day/{TODAY}/",
            {"headache": "yes", "intakes-TOTAL_FORMS": "0", "intakes-INITIAL_FORMS": "0"},
        ),
        (f"/diary/day/{TODAY}/ask/note/", {"note": "x"}),
        ("/sessions/add/", {"date": str(TODAY), "product": "Botox"}),
        ("/sessions/booking/", {"date": "2026-06-01"}),
        ("goals", {"goal-1": "Walk"}),
        ("effects", {"kind": "neck pain"}),
    ],
)
def test_every_page_with_drafts_ends_its_own(
    alice: Record, at: At, page: str, values: dict[str, str]
) -> None:
    at(NOON)
    client = as_user(alice.user)
    client.post("/diary/answer/", {"answer": "mild", "date": str(TODAY)})
    session = alice.sessions.create(date=TODAY - timedelta(9))
    page = page if page.startswith("/") else f"/sessions/{session.pk}/{page}/"
    send(client, key=page, fields=FIELDS)
    content = client.get(page).content.decode()
    assert "data-draft>" in content
    assert "js/forms/drafts" in content
    assert shown(client, page)["fields"] == FIELDS
    answer = client.post(page, {**values, "draft": FIRST})
    assert answer.status_code == 302, answer.content.decode()
    assert Draft.objects.get(key=page).fields is None


def test_nobody_else_sees_it_and_it_goes_with_the_account(cast: Cast) -> None:
    alice, bea = as_user(cast.alice.user), as_user(cast.bea.user)
    send(alice, fields=FIELDS)
    assert shown(bea) is None
    send(bea, "delete")
    assert shown(alice)["fields"] == FIELDS
    codes = {
        code
        for client in (alice, bea)
        for code in re.findall(r'data-owner="([0-9a-f]{32})"', client.get(PAGE).content.decode())
    }
    assert len(codes) == 2
    cast.alice.user.delete()
    assert set(Draft.objects.values_list("user", flat=True)) == {cast.bea.user.pk}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "This is not a draft."),
        ("[]", "This is not a draft."),
        ("[" * 100_000, "This is not a draft."),
        ('{"key": "/settings/"}', "This is not a draft."),
        (json.dumps({"key": "/nowhere/", "edit": FIRST}), "This draft does not belong to a page."),
        (json.dumps({"key": 7, "edit": FIRST}), "This draft does not belong to a page."),
        (json.dumps({"key": "/diary/day/\ud800/", "edit": FIRST}), "This draft does not belong to a page."),
        (json.dumps({"key": "/diary/day/\0/", "edit": FIRST}), "This draft does not belong to a page."),
        (json.dumps({"key": PAGE, "edit": FIRST, "fields": {"a": ["\ud83d"]}}), "A draft must contain lists of texts."),
        (json.dumps({"key": PAGE, "edit": "x"}), "This draft does not belong to a page."),
        (json.dumps({"key": PAGE, "edit": FIRST, "fields": ["a"]}), "A draft must contain lists of texts."),
        (json.dumps({"key": PAGE, "edit": FIRST, "fields": {"a": "b"}}), "A draft must contain lists of texts."),
        (json.dumps({"key": PAGE, "edit": FIRST, "fields": {"a": [1]}}), "A draft must contain lists of texts."),
        (json.dumps({"key": PAGE, "edit": FIRST, "fields": {"a": ["\0"]}}), "A draft must contain lists of texts."),
        (
            json.dumps({"key": PAGE, "edit": FIRST, "fields": {"a": ["x" * 32_000]}}),
            "A draft must contain lists of texts.",
        ),
    ],
)  # fmt: skip
def test_what_is_no_draft_is_refused_in_a_sentence(alice: Record, body: str, words: str) -> None:
    answer = as_user(alice.user).post(reverse("draft"), body, content_type="application/json")
    assert (answer.status_code, answer.content.decode()) == (400, words)
    assert not Draft.objects.exists()


def test_what_is_longer_than_any_draft_is_not_even_read(alice: Record) -> None:
    answer = as_user(alice.user).post(reverse("draft"), "x" * 130_000, content_type="application/json")
    assert answer.status_code == 413


class TestRoom:
    def fill(self, record: Record, number: int, now: datetime) -> None:
        Draft.objects.bulk_create(
            Draft(user=record.user, key=f"/sessions/{place}/", edit=FIRST, fields={}, saved_at=now)
            for place in range(number)
        )

    def keep(self, record: Record, now: datetime) -> bool:
        return drafts.save_draft(user=record.user, key=PAGE, edit=FIRST, fields=FIELDS, now=now)

    def test_the_newest_twenty_stay(self, alice: Record) -> None:
        self.fill(alice, 30, NOON - timedelta(hours=21))
        assert self.keep(alice, NOON)
        assert Draft.objects.count() == 20

    def test_none_goes_within_twenty_hours(self, alice: Record) -> None:
        self.fill(alice, 30, NOON - timedelta(hours=20))
        assert self.keep(alice, NOON)
        assert Draft.objects.count() == 31

    def test_all_go_after_thirty_days(self, alice: Record) -> None:
        self.fill(alice, 3, NOON - timedelta(days=30, seconds=1))
        assert self.keep(alice, NOON)
        assert Draft.objects.count() == 1

    def test_a_flood_is_refused_and_what_was_kept_stays(self, alice: Record) -> None:
        self.fill(alice, drafts.MAX_DRAFTS, NOON)
        with pytest.raises(ValidationError, match="too many drafts"):
            self.keep(alice, NOON)
        assert Draft.objects.count() == drafts.MAX_DRAFTS


def test_a_form_sent_after_the_log_in_ended_leads_back_to_its_page(client: Client) -> None:
    assert client.post(PAGE, {"name": "x", "draft": FIRST})["Location"] == f"/account/login/?next={PAGE}"
    assert client.post("/medicines/", {"name": "x"})["Location"] == "/account/login/?next=/"
    answer = client.post(reverse("draft"), json.dumps({"key": PAGE, "edit": FIRST, "fields": FIELDS}),
                         content_type="application/json")  # fmt: skip
    assert answer.status_code == 302
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("address", "fields", "sentence"),
    [
        (PAGE, {"draft": FIRST}, "Log in, and what you typed is there again."),
        (
            PAGE,
            {"draft": ""},
            "nothing was changed. Log in, then do it once more.",
        ),  # a browser without scripts
        ("/medicines/", {"name": "x"}, "nothing was changed. Log in, then do it once more."),
        ("/diary/answer/", {"answer": "mild"}, "Log in, then tap it once more."),
    ],
)
def test_the_log_in_says_once_what_became_of_a_form(
    db: None, address: str, fields: dict[str, str], sentence: str
) -> None:
    client = Client()
    page = client.post(address, fields, follow=True).content.decode()
    assert "You were logged out" in page
    assert sentence in page
    assert "You were logged out" not in client.get("/account/login/").content.decode()


def test_the_log_in_says_nothing_of_what_a_script_sends_or_of_a_second_log_out(db: None) -> None:
    client = Client()
    client.post(reverse("stay"), headers={"sec-fetch-mode": "same-origin"})
    client.post(reverse("account_logout"))
    assert "You were logged out" not in client.get("/account/login/").content.decode()
