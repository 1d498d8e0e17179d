"""Logging in: what is remembered, what is limited, what is never told."""

from typing import Any

import pytest
from allauth.core.internal.ratelimit import respond_429
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.views.defaults import permission_denied

from accounts.models import Record, User
from tests.conftest import PASSWORD, make_patient, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"


def log_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"login": email, "password": password, **more})


class TestRemembering:
    def test_a_patient_stays_logged_in_when_she_asks_for_it(self) -> None:
        make_patient("alice@example.org")
        for asked, kept in (("", True), ("on", False)):
            client = Client()
            log_in(client, "alice@example.org", **({"remember": asked} if asked else {}))
            assert client.session.get_expire_at_browser_close() is kept

    def test_a_clinician_is_never_remembered(self) -> None:
        make_user("carl@example.org", is_clinician=True)
        client = Client()
        log_in(client, "carl@example.org", remember="on")
        assert client.session.get_expire_at_browser_close() is True

    @pytest.mark.asvs(19)
    def test_the_session_key_changes_with_the_log_in(self) -> None:
        make_patient("alice@example.org")
        client = Client()
        client.get(LOGIN)
        session = client.session
        session["a"] = 1
        session.save()
        before = session.session_key
        log_in(client, "alice@example.org")
        assert client.session.session_key != before


@pytest.mark.asvs(6)
class TestLimits:
    def test_the_sixth_wrong_password_meets_a_closed_door_and_the_right_one_too(self) -> None:
        """In the same place. Somewhere else the owner still gets in: tests/accounts/test_log_ins.py."""
        make_patient("alice@example.org")
        client = Client()
        for _try in range(5):
            assert (
                "Address or password is wrong"
                in log_in(client, "alice@example.org", "wrong").content.decode()
            )
        answer = log_in(client, "alice@example.org", PASSWORD)
        assert (answer.status_code, answer["Retry-After"]) == (429, "300")
        page = answer.content.decode()
        assert "Too many failed attempts" in page
        assert 'value="alice@example.org"' in page

    @pytest.mark.asvs(64)
    def test_an_invented_address_of_a_proxy_opens_no_new_count(self) -> None:
        for number in range(12):
            answer = Client().post(
                LOGIN, {"login": f"x{number}@example.org", "password": "wrong"},
                headers={"X-Forwarded-For": f"10.0.0.{number}"},
            )  # fmt: skip
        assert answer.status_code == 429 or "Too many" in answer.content.decode()


@pytest.mark.asvs(12)
class TestSilence:
    """Whether an address has an account is nobody's business."""

    def shape(self, client: Client, address: str, data: dict[str, str]) -> tuple[int, str]:
        answer = client.post(address, data)
        return answer.status_code, answer.headers.get("Location", "")

    def test_sign_up_answers_the_same_for_a_known_address(self) -> None:
        make_patient("alice@example.org")
        values = {"password1": "a-dozen-weeks-apart", "time_zone": "UTC", "consent": "on"}
        known = self.shape(Client(), "/account/signup/", {"email": "alice@example.org", **values})
        unknown = self.shape(Client(), "/account/signup/", {"email": "new@example.org", **values})
        assert known == unknown
        assert User.objects.count() == 2
        assert [letter.to for letter in mail.outbox] == [["alice@example.org"], ["new@example.org"]]

    def test_reset_answers_the_same_for_an_unknown_address(self) -> None:
        make_patient("alice@example.org")
        known = self.shape(Client(), "/account/password/reset/", {"email": "alice@example.org"})
        unknown = self.shape(Client(), "/account/password/reset/", {"email": "nobody@example.org"})
        assert known == unknown


class TestSigningUp:
    VALUES = {
        "email": "New@Example.org", "password1": "a-dozen-weeks-apart", "display_name": "New",
        "time_zone": "America/New_York", "consent": "on",
    }  # fmt: skip

    def code(self) -> str:
        return next(word for word in mail.outbox[-1].body.split() if word.replace("-", "").isdigit())

    def test_a_code_from_the_email_opens_the_account_with_its_record(self) -> None:
        client = Client()
        client.post("/account/signup/", self.VALUES)
        assert client.get(reverse("home")).status_code == 302
        client.post("/account/confirm-email/", {"code": self.code()})
        user = User.objects.get()
        assert (user.email, user.display_name, user.time_zone) == (
            "new@example.org",
            "New",
            "America/New_York",
        )
        assert Record.objects.filter(user=user).exists()
        assert client.get(reverse("home"))["Location"] == reverse("begin")
        assert client.get(reverse("begin")).status_code == 200

    @pytest.mark.asvs(1, 2)
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"password1": "short7c"}, "8 characters"),
            ({"password1": "password123456"}, "Choose a password without"),
            ({"password1": "Botox-every-12-weeks"}, "Choose a password without"),
            ({"password1": "1234567890"}, "too common"),
            ({"password1": "Sunshine2024!"}, "too common"),
            ({"password1": "clinic2026"}, "This is a word of this site, of your address or of your name"),
            ({"password1": "Kopfschmerz1"}, "Choose a password without"),
            ({"password1": "new@example.org"}, "too similar"),
            ({"time_zone": "Mars/Olympus"}, "Choose a time zone"),
            ({"consent": ""}, "can only be stored if you agree"),
            ({"email": "no address"}, "This is no e-mail address."),
            ({"display_name": "x" * 81}, "80"),
        ],
    )
    def test_bad_input_gets_a_sentence_and_stays(self, change: dict[str, str], words: str) -> None:
        page = Client().post("/account/signup/", {**self.VALUES, **change}).content.decode()
        assert words in page
        if "display_name" not in change:
            assert 'value="New"' in page
        assert not User.objects.exists()

    @pytest.mark.asvs(1)
    def test_long_passwords_count_to_their_last_character(self) -> None:
        long = "a-dozen-weeks-apart-" * 6 + "x"
        User.objects.create_user("long@example.org", long)
        assert not User.objects.get().check_password(long[:-1] + "y")

    def test_a_filled_honeypot_makes_no_account(self) -> None:
        Client().post("/account/signup/", {**self.VALUES, "phone_number": "123"})
        assert not User.objects.exists()


def test_every_response_has_its_headers(client: Client) -> None:
    make_patient("alice@example.org")
    client.login(email="alice@example.org", password=PASSWORD)
    for path, status in (("/", 200), ("/nowhere/", 404), ("/account/login/", 302), ("/healthz", 200)):
        answer = client.get(path)
        assert answer.status_code == status
        policy = answer["Content-Security-Policy"]
        for piece in (
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'",
            "frame-ancestors 'none'",
        ):  # fmt: skip
            assert piece in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Frame-Options"] == "DENY"


def test_the_theme_is_in_the_first_bytes(client: Client) -> None:
    assert 'data-theme="system"' in client.get("/account/login/").content.decode()[:300]
    client.post(reverse("theme"), {"theme": "dim", "next": "/help/"})
    page = client.get("/account/login/").content.decode()
    assert 'data-theme="dim"' in page[:120]
    assert page.index('content="dark"') < page.index("stylesheet")


def test_the_warm_tint_goes_with_each_theme_and_off_again(client: Client) -> None:
    def head() -> str:
        return client.get("/account/login/").content.decode().split("</head>")[0]

    assert "warm" not in head()
    for theme in ("system", "light", "dim"):
        client.post(reverse("theme"), {"theme": theme})
        client.post(reverse("theme"), {"warm": "on"})
        assert f'data-theme="{theme}" data-warm>' in head()
        assert "css/warm" in head()
        client.post(reverse("theme"), {"warm": "purple"})
        assert "data-warm" in head()
        client.post(reverse("theme"), {"warm": "off"})
        assert "warm" not in head()


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
def test_error_pages_are_in_the_readers_light_and_language(
    client: Client, status: int, settings: Any
) -> None:
    """The pages of 400 and 500 ask the database nothing: it may be what is away."""
    settings.ALLOWED_HOSTS = ["testserver"]
    client.raise_request_exception = False
    client.cookies["theme"], client.cookies["warm"] = "dim", "on"
    if status == 400:
        answer = client.get("/help/", headers={"Host": "elsewhere.example"})
    elif status == 403:
        answer = permission_denied(client.get("/help/").wsgi_request, PermissionDenied())
    elif status == 429:
        answer = respond_429(client.get("/help/").wsgi_request)
    elif status == 404:
        answer = client.get("/nowhere/")
    else:
        request = RequestFactory().get("/", headers={"Cookie": "theme=dim; warm=on"})
        with CaptureQueriesContext(connection) as seen:
            answer = get_resolver().resolve_error_handler(500)(request)
        assert len(seen) == 0
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == status
    assert '<html lang="en" dir="ltr" data-theme="dim" data-warm>' in page
    assert page.index('content="dark"') < page.index("stylesheet")
    assert "To the home page" in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_theme_form_leads_nowhere_else(client: Client, back: str) -> None:
    assert client.post(reverse("theme"), {"theme": "dim", "next": back})["Location"] == "/"
    assert "theme" not in client.post(reverse("theme"), {"theme": "purple"}).cookies
