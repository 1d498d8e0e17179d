"""Pages are sent packed to who takes them so, and to nobody else."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import Record
from core.middleware import compress_response
from tests.conftest import as_user

pytestmark = pytest.mark.django_db
TAKES = "gzip, deflate, br"


def test_a_page_unpacks_to_itself_and_says_how_it_came(alice: Record) -> None:
    client = as_user(alice.user)
    answer = client.get(reverse("help"), headers={"Accept-Encoding": TAKES})
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert answer["Content-Length"] == str(len(answer.content))
    assert answer["Cache-Control"] == "no-store"
    text = gzip.decompress(answer.content).decode()
    assert text.startswith("<!doctype html>")
    assert len(answer.content) < len(text) / 2


@pytest.mark.parametrize("takes", ["", "br", "gzip;q=0", "identity, gzip;q=0.0"])
def test_who_does_not_take_it_gets_it_plain(client: Client, takes: str) -> None:
    answer = client.get(reverse("help"), headers={"Accept-Encoding": takes})
    assert "Content-Encoding" not in answer
    assert answer.content.startswith(b"<!doctype html>")
    assert "Accept-Encoding" in answer["Vary"]


def test_a_word_is_not_worth_it(client: Client) -> None:
    assert "Content-Encoding" not in client.get(reverse("healthz"), headers={"Accept-Encoding": TAKES})


def test_the_length_does_not_tell_what_is_inside() -> None:
    """The same page has many lengths: a guess that is right cannot be told from one that is wrong."""
    handle = compress_response(lambda _request: HttpResponse(b"secret" * 200))
    request = RequestFactory().get("/", headers={"Accept-Encoding": TAKES})
    packed = [handle(request).content for _time in range(60)]
    assert len({len(content) for content in packed}) > 10
    assert gzip.decompress(packed[0]) == b"secret" * 200
