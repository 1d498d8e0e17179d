"""Codes as people paste them: from an e-mail, an app, another keyboard."""

import re
from collections.abc import Callable
from time import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.auth.forms import normalize_code
from accounts.models import Record, User
from tests.accounts.test_allauth_pages import (
    NEW_PASSWORD,
    PASSWORD,
    code_of_letter,
    enrol,
    log_in,
    page,
    send,
)

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
WAYS: list[Callable[[str], str]] = [
    lambda code: code.replace("-", ""),
    lambda code: f"{code[:3]}-{code[3:]}",
    lambda code: f"{code[:3]}–{code[3:]}",
    lambda code: f"{code[:3]} {code[3:]}",
    lambda code: f"{code[:3]}\u00a0{code[3:]}",
    lambda code: f"\u200b{code}\u200b",
    lambda code: f"\ufeff{code}\n",
    lambda code: code.translate(WIDE),
    lambda code: code.translate(ARABIC),
]
NAMES = ["plain", "dash", "long dash", "blank", "hard blank", "zero width", "line end", "wide", "arabic"]
pytestmark = pytest.mark.django_db
any_way = pytest.mark.parametrize("written", WAYS, ids=NAMES)


@any_way
def test_a_code_is_read_however_it_is_written(written: Callable[[str], str]) -> None:
    assert normalize_code(written("123456")) == "123456"


@any_way
def test_the_code_of_a_sign_up(client: Client, written: Callable[[str], str]) -> None:
    send(
        client, "account_signup", email="ann@example.org", password1=NEW_PASSWORD, display_name="",
        time_zone="Europe/Berlin", consent="on",
    )  # fmt: skip
    code = written(code_of_letter())
    assert client.post(reverse("account_email_verification_sent"), {"code": code}).status_code == 302
    assert Record.objects.filter(user__email="ann@example.org").exists()


@any_way
def test_the_code_of_a_reset(client: Client, alice: Record, written: Callable[[str], str]) -> None:
    send(client, "account_reset_password", email=alice.user.email)
    html = send(client, "account_confirm_password_reset_code", code=written(code_of_letter()))
    assert 'name="password2"' in html


def show_app_code(secret: str) -> str:
    code: str = format_hotp_value(hotp_value(secret, int(time()) // 30))
    return code


@any_way
def test_codes_of_an_app_and_recovery_codes(alice: Record, written: Callable[[str], str]) -> None:
    client = log_in(alice.user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    match = re.search(r'class="secret">([A-Z2-7]+)<', page(client, "mfa_activate_totp"))
    assert match is not None
    send(client, "mfa_activate_totp", code=written(show_app_code(match[1])))
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200
    answer = log_in(alice.user).post(reverse("mfa_authenticate"), {"code": "000000x"})
    assert answer.status_code == 200
    answer = log_in(alice.user).post(reverse("mfa_authenticate"), {"code": written(show_app_code(match[1]))})
    assert answer.status_code == 302


@any_way
def test_a_recovery_code(alice: Record, written: Callable[[str], str]) -> None:
    html = enrol(log_in(alice.user))
    code = re.findall(r"\b[0-9a-f]{8}\b|\b\d{4}-\d{4}\b", html.split("<main")[1])[0]
    answer = log_in(alice.user).post(reverse("mfa_authenticate"), {"code": written(code)})
    assert answer.status_code == 302


@pytest.mark.asvs(16)
def test_a_recovery_code_works_once(alice: Record) -> None:
    html = enrol(log_in(alice.user))
    codes = re.findall(r"<li>(\d{8})</li>", html)
    for code, status in ((codes[0], 302), (codes[0], 200), (codes[1], 302), (codes[1], 200)):
        assert log_in(alice.user).post(reverse("mfa_authenticate"), {"code": code}).status_code == status


def test_a_code_without_a_letter_or_digit_is_wrong(client: Client, alice: Record) -> None:
    send(client, "account_reset_password", email=alice.user.email)
    html = send(client, "account_confirm_password_reset_code", code="–  -")
    assert "This code is wrong" in html
    assert User.objects.get().check_password(PASSWORD)


class TestNewSecretKey:
    """An operator replaces SECRET_KEY, keeps the old one as a fallback for a while, and then removes it."""

    OLD, NEW = "o" * 60, "n" * 60

    def enrol_with_old_key(self, alice: Record, settings: Any) -> str:
        settings.SECRET_KEY = self.OLD
        client = log_in(alice.user)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        match = re.search(r'class="secret">([A-Z2-7]+)<', page(client, "mfa_activate_totp"))
        assert match is not None
        send(client, "mfa_activate_totp", code=show_app_code(match[1]))
        cache.clear()  # a code counts once
        return match[1]

    def test_a_log_in_meanwhile_renews_the_second_step(self, alice: Record, settings: Any) -> None:
        secret = self.enrol_with_old_key(alice, settings)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = self.NEW, [self.OLD]
        answer = log_in(alice.user).post(reverse("mfa_authenticate"), {"code": show_app_code(secret)})
        assert answer.status_code == 302
        cache.clear()
        settings.SECRET_KEY_FALLBACKS = []
        answer = log_in(alice.user).post(reverse("mfa_authenticate"), {"code": show_app_code(secret)})
        assert answer.status_code == 302

    def test_without_one_she_reads_what_is_wrong_and_nothing_breaks(
        self, alice: Record, settings: Any
    ) -> None:
        secret = self.enrol_with_old_key(alice, settings)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = self.NEW, []
        client = log_in(alice.user)
        answer = client.post(reverse("mfa_authenticate"), {"code": show_app_code(secret)})
        assert answer.status_code == 200
        assert "this site has a new key" in answer.content.decode()
        client.force_login(alice.user, backend="accounts.auth.backends.Backend")
        assert client.get(reverse("mfa_index")).status_code == 200
