"""How log-ins begin and end: who is told, who is kept out, and what ends them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Record, User
from tests.accounts.test_allauth_pages import check_neutral, enrol, page, send
from tests.conftest import NOON, PASSWORD, Cast, log_in_as_user, make_user

At = Callable[[datetime], None]
pytestmark = pytest.mark.django_db


def try_password(client: Client, password: str = PASSWORD, ip: str = "192.0.2.1") -> Any:
    fields = {"login": "alice@example.org", "password": password}
    return client.post(reverse("account_login"), fields, REMOTE_ADDR=ip)


def is_in(client: Client) -> bool:
    return client.get(reverse("preferences")).status_code == 200


@pytest.mark.asvs(6, 64)
class TestWrongPasswords:
    def test_those_from_elsewhere_keep_nobody_out(self, alice: Record) -> None:
        stranger = Client()
        for _try in range(6):
            answer = try_password(stranger, "wrong", "198.51.100.9")
        assert answer.status_code == 429
        assert try_password(stranger, PASSWORD, "198.51.100.9").status_code == 429
        assert try_password(Client()).status_code == 302

    def test_a_browser_used_before_gets_in_from_the_same_place(self, alice: Record) -> None:
        known = Client()
        assert try_password(known).status_code == 302
        known.post(reverse("account_logout"))
        for _try in range(6):
            try_password(Client(), "wrong")
        assert try_password(Client()).status_code == 429
        assert try_password(known).status_code == 302

    def test_a_browser_used_before_has_a_limit_too(self, alice: Record) -> None:
        known = Client()
        try_password(known)
        known.post(reverse("account_logout"))
        assert [try_password(known, "wrong", f"192.0.2.{ip}").status_code for ip in range(7)] == [200] * 5 + [
            429
        ] * 2

    def test_guessing_from_many_places_ends_too(self, alice: Record, settings: Any) -> None:
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_elsewhere": "8/h/key"}
        known = Client()
        try_password(known)
        known.post(reverse("account_logout"))
        statuses = [try_password(Client(), "wrong", f"198.51.100.{ip}").status_code for ip in range(9)]
        assert statuses == [200] * 7 + [429] * 2
        assert try_password(known).status_code == 302

    def test_nobody_writes_the_cookie_of_a_known_browser(self, alice: Record) -> None:
        stranger = Client()
        stranger.cookies[settings.BROWSER_COOKIE_NAME] = "eyJicm93c2VyIjoiMSIsImFjY291bnRzIjpbXX0:made:up"
        assert [try_password(stranger, "wrong").status_code for _try in range(6)] == [200] * 5 + [429]


class TestNewBrowsers:
    @pytest.mark.asvs(10)
    def test_a_log_in_in_a_new_browser_is_told_by_e_mail(self, alice: Record) -> None:
        first = Client()
        try_password(first)
        assert [letter.subject for letter in mail.outbox] == ["A new log-in to your account"]
        assert mail.outbox[0].to == ["alice@example.org"]
        check_neutral(f"{mail.outbox[0].subject} {mail.outbox[0].body}")
        first.post(reverse("account_logout"))
        try_password(first)
        assert len(mail.outbox) == 1
        try_password(Client())
        assert len(mail.outbox) == 2

    def test_a_browser_remembers_each_of_its_accounts_and_names_none(self, cast: Cast) -> None:
        client = Client()
        for user in (cast.alice.user, cast.bea.user, cast.alice.user):
            client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
            client.post(reverse("account_logout"))
        assert len(mail.outbox) == 2
        cookie = client.cookies[settings.BROWSER_COOKIE_NAME]
        assert "alice" not in cookie.value
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")

    @pytest.mark.asvs(63)
    def test_a_broken_mail_server_keeps_nobody_out(self, alice: Record, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        assert try_password(Client()).status_code == 302


class TestEnds:
    @pytest.mark.parametrize("who", [{"is_operator": True}, {"is_clinician": True}])
    def test_who_sees_others_is_logged_out_with_the_browser(self, who: dict[str, bool]) -> None:
        make_user("alice@example.org", **who)
        client = Client()
        client.post(
            reverse("account_login"), {"login": "alice@example.org", "password": PASSWORD, "remember": "on"}
        )
        assert client.session.get_expire_at_browser_close() is True

    @pytest.mark.asvs(20)
    @pytest.mark.parametrize("who", [{"is_operator": True}, {"is_clinician": True}])
    @pytest.mark.slow
    def test_who_sees_others_is_logged_out_after_twelve_hours(self, who: dict[str, bool], at: At) -> None:
        user = make_user("carl@example.org", **who)
        at(NOON)
        client = log_in_as_user(user)
        for minutes in range(20, 12 * 60, 20):
            at(NOON + timedelta(minutes=minutes))
            assert is_in(client), minutes
        at(NOON + timedelta(hours=11, minutes=59))
        left = client.post(reverse("stay")).json()["left"]
        assert left == 60
        at(NOON + timedelta(hours=12))
        answer = client.get(reverse("preferences"), follow=True)
        assert "a log-in lasts twelve hours at most" in answer.content.decode()
        assert not is_in(client)

    def test_a_patient_stays_for_longer(self, alice: Record, at: At) -> None:
        at(NOON)
        client = log_in_as_user(alice.user)
        at(NOON + timedelta(days=3))
        assert is_in(client)

    @pytest.mark.asvs(23)
    def test_an_operator_ends_the_log_ins_of_an_account(self, cast: Cast, capsys: Any) -> None:
        alice, bea = [log_in_as_user(cast.alice.user) for _browser in range(2)], log_in_as_user(cast.bea.user)
        assert all(is_in(client) for client in (*alice, bea))
        call_command("end_log_ins", " Alice@example.org ")
        assert "Log-ins of  Alice@example.org  ended: 2." in capsys.readouterr().out
        assert [is_in(client) for client in (*alice, bea)] == [False, False, True]
        with pytest.raises(CommandError, match="No account has the address"):
            call_command("end_log_ins", "nobody@example.org")


@pytest.mark.django_db(transaction=True)
def test_without_a_second_factor_a_clinician_sees_nobody_any_more(cast: Cast) -> None:
    Authenticator.objects.all().delete()
    here, there = Client(), Client()
    here.post(reverse("account_login"), {"login": cast.carl.email, "password": PASSWORD})
    codes = enrol(here)
    code = re.findall(r"<li>(\d{8})</li>", codes)[0]
    there.post(reverse("account_login"), {"login": cast.carl.email, "password": PASSWORD})
    there.post(reverse("mfa_authenticate"), {"code": code})
    assert [client.get(reverse("patients")).headers.get("Location") for client in (here, there)] == [
        None,
        None,
    ]
    assert page(here, "mfa_deactivate_totp")
    send(here, "mfa_deactivate_totp")
    assert not Authenticator.objects.exists()
    assert here.get(reverse("patients"))["Location"] == reverse("mfa_index")
    assert there.get(reverse("patients"))["Location"].startswith(reverse("account_login"))


@pytest.mark.asvs(2, 4)
@pytest.mark.parametrize(
    "password",
    [
        "clinic2026", "Klinik2026!", "Kopfschmerz1", "migraene-2026", "Praxis123", "Doctor-Pain-1", "Tagebuch!2026",
        "Sommer2026!", "Password123456", "Sunshine2024!", "!!iloveyou!!", "12qwertyuiop", "alice.example2026",
    ],
)  # fmt: skip
def test_passwords_somebody_would_try_first_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, User(email="alice.example@example.org", display_name="Alice"))


@pytest.mark.asvs(1)
@pytest.mark.parametrize(
    "password",
    [
        "violet-tram-9-harbour",
        PASSWORD,
        "the clinic by the old windmill",
        "zwölf Wochen auseinander",
        "x" * 9 + "a" * 119,
    ],
)
def test_long_uncommon_passwords_are_taken_whole(password: str) -> None:
    validate_password(password, User(email="alice@example.org"))
    user = User(email="alice@example.org")
    user.set_password(password)
    assert user.check_password(password)
    assert not user.check_password(password[:-1] + "#")


def test_account_e_mails_name_the_host_of_the_site_and_not_this_machine(alice: Record) -> None:
    Client().post(reverse("account_reset_password"), {"email": alice.user.email})
    client = log_in_as_user(alice.user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("invite"), {"email": "doc@example.org"})
    assert len(mail.outbox) == 2
    numbers = [str(letter.message()["Message-ID"]) for letter in mail.outbox]
    assert all(number.endswith("@testserver>") for number in numbers)
    assert len(set(numbers)) == 2
