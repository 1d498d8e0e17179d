"""Logging in, signing up, second steps: every page of allauth in our look, every letter neutral."""

import re
from base64 import b32decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import time
from types import SimpleNamespace

import allauth
import pytest
from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm, SignupForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.http import HttpRequest
from django.template import Origin, RequestContext, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import Record, User
from tests.conftest import PASSWORD, make_user

FORBIDDEN = ("botox", "migraine", "headache", "injection", "clinic", "botoxtrack")
THEIRS = Path(allauth.__file__).parent / "templates"
NEW_PASSWORD = "violet kettle 91 harbour"

# Parts of pages, and pages of what this site does not have: telephone numbers.
NOT_PAGES = re.compile(r"/base|/snippets/|phone|/_")

PAGES = sorted(
    str(path.relative_to(THEIRS))
    for app in ("account", "mfa", "usersessions")
    for path in (THEIRS / app).rglob("*.html")
    if not NOT_PAGES.search(str(path.relative_to(THEIRS)))
)
LETTERS = sorted(
    str(path.relative_to(THEIRS))
    for app in ("account", "mfa")
    for path in (THEIRS / app / "email").glob("*.txt")
    if not path.name.startswith("base_")
)


def check_page(html: str) -> None:
    """Our base, nothing the content policy blocks, a label for every field, one thing to do first."""
    assert '<main id="main" class="auth"' in html
    assert "<title>" in html
    assert not re.search(r"<title>\s*·", html)
    assert not re.search(r"\sstyle\s*=", html)
    assert not re.search(r"<style\b", html)
    assert not re.search(r"\son[a-z]+\s*=", html)
    for script in re.findall(r"<script\b[^>]*>", html):
        assert "src=" in script or 'type="application/json"' in script, script
    body = html.partition("<main")[2].partition("</main>")[0]
    assert body.count("<h1") == 1
    assert len(re.findall(r'class="[^"]*\bprimary\b', body)) <= 1
    assert "placeholder=" not in body
    for field in re.findall(r"<input\b[^>]*>", body):
        if 'type="hidden"' in field or 'aria-hidden="true"' in field:
            continue
        key = re.search(r'\bid="([^"]+)"', field)
        assert key, field
        assert f'for="{key[1]}"' in body or re.search(r'<label class="tick">\s*' + re.escape(field), body), (
            field
        )
        if 'type="password"' in field:
            assert 'autocomplete="current-password"' in field or 'autocomplete="new-password"' in field
        if 'class="code"' in field:
            assert 'inputmode="numeric"' in field
            assert 'autocomplete="one-time-code"' in field


def is_ours(name: str) -> bool:
    return (settings.BASE_DIR / "templates" / name).is_file()


def check_neutral(text: str) -> None:
    for word in FORBIDDEN:
        assert word not in text.lower(), word


def page(client: Client, route: str) -> str:
    response = client.get(reverse(route))
    assert response.status_code == 200, (route, response.status_code, response.headers.get("Location"))
    html: str = response.content.decode()
    check_page(html)
    return html


def send(client: Client, route: str, /, **data: str) -> str:
    """Post, follow, and check the page one arrives at."""
    response = client.post(reverse(route), data, follow=True)
    assert response.status_code == 200, (route, response.status_code)
    html: str = response.content.decode()
    check_page(html)
    return html


def log_in(user: User) -> Client:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def code_of_letter() -> str:
    found = re.search(r"^[A-Z0-9-]{6,12}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found
    return found[0]


def app_code(html: str) -> str:
    """What an authenticator app shows now for the key on the page."""
    secret = re.search(r'class="secret">([A-Z2-7]+)<', html)
    assert secret
    b32decode(secret[1] + "=" * (-len(secret[1]) % 8))
    code: str = format_hotp_value(hotp_value(secret[1], int(time()) // 30))
    return code


def enrol(client: Client) -> str:
    """Set up the app; the page with the recovery codes."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return send(client, "mfa_activate_totp", code=app_code(page(client, "mfa_activate_totp")))


class AnyForm(forms.Form):
    """Every field a page of allauth may draw."""

    login = email = forms.EmailField()
    password = oldpassword = password1 = password2 = forms.CharField(widget=forms.PasswordInput)
    code = name = display_name = forms.CharField(max_length=80)
    remember = passwordless = forms.BooleanField()
    credential = forms.JSONField(widget=forms.HiddenInput)


class SmallForm(forms.Form):
    word = forms.CharField()


@pytest.fixture
def request_of_nobody(db: None) -> Iterator[HttpRequest]:
    from allauth.core import context  # the request allauth's letters and forms ask for

    request = RequestFactory().get("/account/login/")
    request.session = SessionStore()
    request.user = AnonymousUser()
    with context.request_context(request):
        yield request


@pytest.mark.parametrize("bound", [False, True], ids=["empty", "refused"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_allauth_is_ours(name: str, bound: bool, request_of_nobody: HttpRequest) -> None:
    assert is_ours(name), "a page in a foreign look"
    key = Authenticator(
        pk=1, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"}, created_at=timezone.now()
    )
    key.wrap = lambda: SimpleNamespace(name="Phone", is_passwordless=True)
    form = AnyForm({"email": "ann@example.org"} if bound else None)
    html = render_to_string(
        name,
        {
            "form": form,
            "verify_form": form,
            "change_form": form,
            "webauthn_form": form,
            "js_data": {"request_options": {"publicKey": {"allowCredentials": [1]}}},
            "can_change": False,
            "can_resend": True,
            "trust_from": timezone.now(),
            "trust_until": timezone.now() + timedelta(days=14),
            "authenticator": key,
            "authenticators": {},
            "email": "ann@example.org",
            "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
            "signup_url": "/account/signup/",
            "login_url": "/account/login/",
        },
        request_of_nobody,
    )
    check_page(html)
    if bound and 'name="email"' in html and "<details" not in html:
        assert 'value="ann@example.org"' in html


NEW_PAGE = """
{% extends "allauth/layouts/manage.html" %}{% load allauth %}
{% block head_title %}New{% endblock %}
{% block content %}
{% element alert %}{% slot message %}Note{% endslot %}{% endelement %}
{% element panel %}
  {% slot title %}Part{% endslot %}
  {% slot body %}{% element badge %}On{% endelement %}{% endslot %}
  {% slot actions %}{% element button href="/x" %}Go{% endelement %}{% endslot %}
{% endelement %}
{% element form method="post" form=form %}
  {% slot body %}
    {% element fields form=form %}{% endelement %}
    {% element field type="text" id="a" name="a" errors=errors %}{% slot label %}A{% endslot %}{% endelement %}
    {% element field type="checkbox" id="b" name="b" %}{% slot label %}B{% endslot %}{% endelement %}
  {% endslot %}
  {% slot actions %}
    {% element button_group %}
      {% element button type="submit" %}Save{% endelement %}
      {% element button tags="danger" type="submit" %}Remove{% endelement %}
    {% endelement %}
  {% endslot %}
{% endelement %}
{% element table %}{% element tr %}{% element td %}1{% endelement %}{% endelement %}{% endelement %}
{% endblock %}
"""


def test_what_allauth_may_add_is_drawn_with_our_parts(request_of_nobody: HttpRequest) -> None:
    """A page of a later version, built of allauth's elements as all of theirs are."""
    template = Template(NEW_PAGE.strip(), Origin("new.html", "new.html"), "new.html")
    html = template.render(RequestContext(request_of_nobody, {"form": SmallForm({}), "errors": ["Wrong."]}))
    assert '<main id="main" class="auth"' in html
    for part in (
        'class="banner"',
        'class="card"',
        'class="badge"',
        'class="button plain"',
        'class="card form"',
        'class="errors"',
        'id="a_error"',
        'class="tick"',
        'class="row"',
        'class="primary"',
        'class="danger"',
        'class="data"',
        reverse("preferences"),
    ):
        assert part in html, part


@pytest.mark.parametrize("name", LETTERS)
def test_every_email_is_ours_and_neutral(name: str, request_of_nobody: HttpRequest) -> None:
    assert is_ours(name), "a letter in foreign words"
    for code in ("123456", ""):
        text = render_to_string(
            name,
            {
                "current_site": SimpleNamespace(name="BotoxTrack", domain="botoxtrack.example.org"),
                "user": User(email="ann@example.org", display_name="Ann"),
                "email": "ann@example.org",
                "from_email": "ann@example.org",
                "to_email": "bob@example.org",
                "deleted_email": "ann@example.org",
                "code": code,
                "ip": "192.0.2.7",
                "user_agent": "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
                "timestamp": timezone.now(),
                "activate_url": "https://example.org/a",
                "password_reset_url": "https://example.org/b",
                "signup_url": "https://example.org/c",
            },
            request_of_nobody,
        ).strip()
        assert text
        assert "{" not in text
        check_neutral(text)
        if name.endswith("_subject.txt"):
            assert "\n" not in text
            assert len(text) < 50


def test_codes_sent_by_email_are_figures() -> None:
    """The field for them opens the keyboard for figures."""
    adapter = get_adapter()
    for code in (adapter.generate_email_verification_code(), adapter.generate_password_reset_code()):
        assert code.replace("-", "").isdigit()


@pytest.mark.django_db
class TestLogIn:
    def test_the_page(self, client: Client) -> None:
        html = page(client, "account_login")
        assert 'autocomplete="username"' in html
        assert html.index('name="password"') < html.index("passkey_login")
        assert re.search(r'<form[^>]*id="mfa_login"[^>]*data-passkey hidden', html)
        assert reverse("account_reset_password") in html

    def test_what_was_typed_stays_but_the_password(self, client: Client) -> None:
        html = send(client, "account_login", login="ann@example.org", password="wrong wrong wrong")
        assert 'value="ann@example.org"' in html
        assert "wrong wrong" not in html
        assert 'class="errors"' in html

    def test_every_field_of_the_form_is_on_the_page(self, client: Client) -> None:
        html = page(client, "account_login")
        for name in LoginForm().fields:
            assert f'name="{name}"' in html

    def test_an_error_stands_beside_its_field(self, client: Client) -> None:
        html = send(client, "account_login", login="no address", password="x")
        assert 'href="#id_login"' in html
        assert 'id="id_login_error"' in html
        assert re.search(r'<input[^>]*name="login"[^>]*aria-invalid="true"[^>]*id_login_error', html)

    def test_logging_out_is_asked(self, alice: Record) -> None:
        client = log_in(alice.user)
        page(client, "account_logout")
        send(client, "account_logout")
        assert client.get(reverse("usersessions_list")).status_code == 302

    @pytest.mark.parametrize("name", ["account_inactive", "account_password_reset_completed"])
    def test_plain_pages(self, name: str, client: Client) -> None:
        page(client, name)


@pytest.mark.django_db
class TestSignUp:
    def test_the_pages(self, client: Client, request_of_nobody: HttpRequest) -> None:
        with_password, with_passkey = (
            page(client, "account_signup"),
            page(client, "account_signup_by_passkey"),
        )
        for name in SignupForm().fields:
            assert f'name="{name}"' in with_password
        assert 'name="password1"' not in with_passkey

    @pytest.mark.parametrize("name", ["account_signup", "account_signup_by_passkey"])
    def test_what_was_typed_stays(self, name: str, client: Client) -> None:
        html = send(
            client,
            name,
            email="ann@example.org",
            password1="short",
            display_name="Ann",
            time_zone="Europe/Berlin",
        )
        assert 'value="ann@example.org"' in html
        assert 'value="Ann"' in html
        assert re.search(r'value="Europe/Berlin"[^>]*selected', html)
        assert 'href="#id_consent"' in html

    def test_by_code(self, client: Client) -> None:
        html = send(
            client,
            "account_signup",
            email="ann@example.org",
            password1=NEW_PASSWORD,
            display_name="",
            time_zone="Europe/Berlin",
            consent="on",
        )
        assert "ann@example.org" in html
        assert 'class="code"' in html
        check_neutral(f"{mail.outbox[-1].subject} {mail.outbox[-1].body}")
        wrong = send(client, "account_email_verification_sent", code="wrong")
        assert 'value="wrong"' in wrong
        done = client.post(reverse("account_email_verification_sent"), {"code": code_of_letter()})
        assert done.status_code == 302
        assert Record.objects.filter(user__email="ann@example.org").exists()

    def test_a_machine_that_fills_in_everything_gets_no_account(self, client: Client) -> None:
        client.post(
            reverse("account_signup"),
            {
                "email": "bot@example.org",
                "password1": NEW_PASSWORD,
                "time_zone": "UTC",
                "consent": "on",
                "phone_number": "1",
            },
        )
        assert not User.objects.exists()

    def test_the_passkey_page_after_the_code(self, client: Client) -> None:
        client.post(
            reverse("account_signup_by_passkey"),
            {"email": "ann@example.org", "time_zone": "UTC", "consent": "on"},
        )
        html = send(client, "account_email_verification_sent", code=code_of_letter())
        assert "mfa_webauthn_signup" in html
        assert 'id="js_data"' in html


@pytest.mark.django_db
class TestForgottenPassword:
    def test_by_code(self, client: Client, alice: Record) -> None:
        page(client, "account_reset_password")
        assert 'value="no address"' in send(client, "account_reset_password", email="no address")
        html = send(client, "account_reset_password", email=alice.user.email)
        assert 'class="code"' in html
        check_neutral(f"{mail.outbox[-1].subject} {mail.outbox[-1].body}")
        html = send(client, "account_confirm_password_reset_code", code=code_of_letter())
        assert 'name="password2"' in html
        assert 'href="#id_password1"' in send(
            client, "account_complete_password_reset", password1="a", password2="b"
        )
        send(client, "account_complete_password_reset", password1=NEW_PASSWORD, password2=NEW_PASSWORD)
        check_neutral(f"{mail.outbox[-1].subject} {mail.outbox[-1].body}")
        alice.user.refresh_from_db()
        assert alice.user.check_password(NEW_PASSWORD)

    def test_a_stranger_s_address_gets_the_same_page(self, client: Client, alice: Record) -> None:
        known = send(client, "account_reset_password", email=alice.user.email)
        unknown = send(Client(), "account_reset_password", email="zoe@example.org")
        body = [html.partition("<main")[2].partition("</main>")[0] for html in (known, unknown)]
        plain = [re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text) for text in body]
        assert plain[0].replace(alice.user.email, "") == plain[1].replace("zoe@example.org", "")
        check_neutral(f"{mail.outbox[-1].subject} {mail.outbox[-1].body}")


@pytest.mark.django_db
class TestManaging:
    @pytest.mark.parametrize(
        "name",
        ["account_change_password", "account_email", "mfa_index", "usersessions_list", "mfa_list_webauthn"],
    )
    def test_there_is_a_way_back(self, name: str, alice: Record) -> None:
        html = page(log_in(alice.user), name).partition("<main")[2].partition("</main>")[0]
        up = reverse("mfa_index" if name == "mfa_list_webauthn" else "preferences")
        assert f'href="{up}"' in html

    def test_changing_the_password(self, alice: Record) -> None:
        client = log_in(alice.user)
        html = send(client, "account_change_password", oldpassword="x", password1="short", password2="other")
        assert {"#id_oldpassword", "#id_password1"} <= set(re.findall(r'href="(#[^"]+)"', html))
        send(
            client,
            "account_change_password",
            oldpassword=PASSWORD,
            password1=NEW_PASSWORD,
            password2=NEW_PASSWORD,
        )
        assert mail.outbox[-1].subject == "Your password was changed"
        check_neutral(str(mail.outbox[-1].body))
        assert client.get(reverse("usersessions_list")).status_code == 302

    def test_setting_the_first_password(self, db: None) -> None:
        user = make_user("ann@example.org")
        client = log_in(user)
        user.set_unusable_password()
        user.save()
        client.force_login(user)
        page(client, "account_set_password")

    def test_changing_the_address(self, alice: Record) -> None:
        client = log_in(alice.user)
        assert 'value="no address"' in send(client, "account_email", action_add="1", email="no address")
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        html = send(client, "account_email", action_add="1", email="anna@example.org")
        assert "anna@example.org" in html
        assert 'class="code"' in html
        client.post(reverse("account_email_verification_sent"), {"code": code_of_letter()})
        alice.user.refresh_from_db()
        assert alice.user.email == "anna@example.org"
        for letter in mail.outbox:
            check_neutral(f"{letter.subject} {letter.body}")

    def test_closing_the_other_log_ins(self, alice: Record) -> None:
        here, there = log_in(alice.user), log_in(alice.user)
        for client in (there, here):
            page(client, "usersessions_list")
        assert "Log out the others</button>" in page(here, "usersessions_list")
        assert "Log out the others</button>" not in send(here, "usersessions_list")
        assert there.get(reverse("usersessions_list")).status_code == 302


@pytest.mark.django_db
class TestSecondStep:
    def test_it_is_asked_who_sets_it_up(self, alice: Record) -> None:
        client = log_in(alice.user)
        answer = client.get(reverse("mfa_activate_totp"), follow=True)
        check_page(answer.content.decode())
        assert 'autocomplete="current-password"' in answer.content.decode()
        assert 'href="#id_password"' in send(client, "account_reauthenticate", password="wrong")

    def test_the_app_and_the_recovery_codes(self, alice: Record) -> None:
        client = log_in(alice.user)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        first = page(client, "mfa_activate_totp")
        wrong = send(client, "mfa_activate_totp", code="000000")
        secret = re.compile(r'class="secret">(\w+)<')
        assert secret.findall(first) == secret.findall(wrong), "the picture that was scanned stays"
        shown = enrol(client)
        codes = re.findall(r"<li>(\d+)</li>", shown)
        assert len(codes) == 10
        assert "%0A".join(codes) in shown
        assert not re.findall(r"<li>(\d+)</li>", page(client, "mfa_view_recovery_codes")), "shown once"
        for name in ("mfa_index", "mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_reauthenticate"):
            page(client, name)
        assert 'value="123"' in send(client, "mfa_reauthenticate", code="123")
        new = send(client, "mfa_generate_recovery_codes")
        assert re.findall(r"<li>(\d+)</li>", new) != codes
        send(client, "mfa_deactivate_totp")
        for letter in mail.outbox:
            check_neutral(f"{letter.subject} {letter.body}")

    def test_at_log_in(self, alice: Record) -> None:
        client = log_in(alice.user)
        codes = re.findall(r"<li>(\d+)</li>", enrol(client))
        client.post(reverse("account_logout"))
        client.post(reverse("account_login"), {"login": alice.user.email, "password": PASSWORD})
        html = page(client, "mfa_authenticate")
        assert 'class="code"' in html
        assert "mfa_webauthn_authenticate" not in html, "no passkey, no button for one"
        assert 'value="000000"' in send(client, "mfa_authenticate", code="000000")
        again = send(client, "mfa_authenticate", code="99999999", recovery="1")
        assert re.search(r"<details open>", again)
        assert 'value="99999999"' in again
        assert (
            client.post(reverse("mfa_authenticate"), {"code": codes[0], "recovery": "1"}).status_code == 302
        )
        page(client, "usersessions_list")

    def test_passkeys(self, alice: Record) -> None:
        client = log_in(alice.user)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        html = page(client, "mfa_add_webauthn")
        for name in AddWebAuthnForm(user=alice.user).fields:
            assert f'name="{name}"' in html
        assert re.search(r'name="credential" id="id_credential">', html), (
            "empty until the device has answered"
        )
        assert 'value="Phone"' in send(client, "mfa_add_webauthn", name="Phone", credential="")
        assert "data-no-passkey" in html

    def test_a_clinician_is_told_why(self, db: None) -> None:
        client = log_in(make_user("carl@example.org", is_clinician=True))
        answer = client.get(reverse("home"), follow=True)
        html = answer.content.decode()
        check_page(html)
        assert answer.redirect_chain[-1][0] == reverse("mfa_index")
        assert 'data-tone="warning"' in html
