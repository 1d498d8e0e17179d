"""Nobody finds out by the clock who has an account: known and unknown addresses take the same work.

Work is counted, in hashes of passwords, statements and e-mails, because times vary; python -m bench.known_addresses
measures them.
"""

from dataclasses import dataclass

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Record, User

KNOWN, UNKNOWN = "alice@example.org", "zoe@example.org"
SIGN_UP = {"password1": "violet-tram-9-harbour", "time_zone": "Europe/Berlin", "consent": "on"}
# A statement takes a fiftieth of what a hash does; an e-mail and a hash are counted exactly.
STATEMENTS_APART = 6


@dataclass(frozen=True)
class Work:
    status: int
    location: str
    hashes: int
    emails: int
    statements: int


def measure(route: str, fields: dict[str, str], client: Client | None = None) -> Work:
    client, hashes = client or Client(), []
    encode = MD5PasswordHasher.encode

    def count(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashes.append(salt)
        return encode(self, password, salt)

    before = len(mail.outbox)
    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as seen:
        patch.setattr(MD5PasswordHasher, "encode", count)
        answer = client.post(reverse(route), fields)
    return Work(
        answer.status_code,
        answer.headers.get("Location", ""),
        len(hashes),
        len(mail.outbox) - before,
        len(seen),
    )


def check_equal(known: Work, unknown: Work) -> None:
    assert (known.status, known.location) == (unknown.status, unknown.location)
    assert (known.hashes, known.emails) == (unknown.hashes, unknown.emails)
    assert abs(known.statements - unknown.statements) <= STATEMENTS_APART, (known, unknown)


@pytest.mark.asvs(12)
@pytest.mark.parametrize(
    ("route", "fields", "hashes"),
    [
        ("account_signup", SIGN_UP | {"email": ""}, 1),
        ("account_signup_by_passkey", SIGN_UP | {"email": "", "password1": ""}, 0),
        ("account_reset_password", {"email": ""}, 0),
        ("account_login", {"login": "", "password": "wrong"}, 1),
    ],
)
def test_a_known_address_takes_the_work_of_an_unknown_one(
    route: str, fields: dict[str, str], hashes: int, alice: Record
) -> None:
    measure(route, {name: value or "warm@example.org" for name, value in fields.items()})
    known, unknown = (
        measure(route, {name: value or email for name, value in fields.items()}) for email in (KNOWN, UNKNOWN)
    )
    check_equal(known, unknown)
    assert known.hashes == hashes


@pytest.mark.asvs(12)
def test_nothing_is_left_of_the_work_for_a_known_address(alice: Record) -> None:
    before = [(model, model.objects.count()) for model in (User, Record)]
    measure("account_signup", SIGN_UP | {"email": KNOWN})
    assert [(model, model.objects.count()) for model in (User, Record)] == before
    assert mail.outbox[-1].to == [KNOWN]
    assert "invalid" not in mail.outbox[-1].body


def test_a_known_address_is_sent_a_letter_again_as_an_unknown_one_is(alice: Record) -> None:
    works = []
    for email in (KNOWN, UNKNOWN):
        client = Client()
        client.post(reverse("account_signup"), SIGN_UP | {"email": email})
        cache.clear()  # one e-mail in three minutes
        works.append(measure("account_email_verification_sent", {"action": "resend"}, client))
    check_equal(*works)
    assert works[0].emails == 1
