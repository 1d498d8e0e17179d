"""Pages are sent packed to who takes them so, and to nobody else."""

import gzip

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from core.middleware import gzip_content
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
    assert len({len(gzip_content(b"secret" * 200)) for _time in range(60)}) > 10
    assert gzip.decompress(gzip_content(b"secret" * 200)) == b"secret" * 200
