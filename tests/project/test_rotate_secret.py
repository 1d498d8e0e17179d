"""SECRET_KEY is replaced while people are logged in, letters are on their way and taps wait on devices."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as present
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts import drafts
from accounts.auth.known_browsers import get_known_browser, remember_browser
from accounts.context_processors import device_owner_codes
from accounts.models import Record
from botoxtrack.settings.base import read_secrets
from core.crypto import list_secrets
from core.management.commands.rotate_secret import look_at_all
from exchange.fhir.access import build_shlink, make_link
from exchange.models import HealthLink
from reminders.delivery.push import public_key, store_key
from reminders.emails.links import (
    build_return_path,
    is_address_hash,
    parse_return_address,
    read_answer_token,
    read_unsubscribe_token,
    sign_answer_token,
    sign_unsubscribe_token,
)
from reminders.models import PushKey
from tests.accounts.test_allauth_pages import log_in, page, send
from tests.accounts.test_codes import show_app_code
from tests.conftest import PASSWORD, as_user
from tests.headaches.test_sync import entry, state
from tests.headaches.test_sync import send as send_tap

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ROOT = Path(present.BASE_DIR)
OLD = "o" * 60
KEY = "k" * 22


@pytest.fixture
def secret_file(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "secret-key"
    path.write_text(f"{OLD}\n")
    path.chmod(0o640)
    settings.SECRET_KEY_PATH = path
    restart(settings)
    PushKey.objects.all().delete()
    store_key("default")
    return path


def restart(settings: Any) -> None:
    """Read the secrets as a process does at its start."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = read_secrets(settings.SECRET_KEY_PATH)


def run(*arguments: str) -> None:
    call_command("rotate_secret", *arguments)


def enrol(client: Client) -> str:
    """Set up an app as the second step; return its secret."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    match = re.search(r'class="secret">([A-Z2-7]+)<', page(client, "mfa_activate_totp"))
    assert match is not None
    send(client, "mfa_activate_totp", code=show_app_code(match[1]))
    return match[1]


def is_logged_in(client: Client) -> bool:
    return client.get(reverse("preferences")).status_code == 200


def is_known_browser(response: HttpResponse, email: str) -> bool:
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in response.cookies.items()}
    return bool(get_known_browser(request, email))


def test_nothing_is_lost_while_the_secret_is_replaced(
    alice: Record, secret_file: Path, settings: Any
) -> None:
    user = alice.user
    active, idle, empty = as_user(user), as_user(user), Client()
    empty.get(reverse("account_login"))
    app_secret = enrol(active)
    browser = HttpResponse()
    remember_browser(RequestFactory().get("/"), browser, user.email)
    settings.MAIL_RETURN_PATH = "bounce@example.org"
    links = sign_unsubscribe_token(KEY), sign_answer_token(KEY), build_return_path(KEY, user.email)
    codes = device_owner_codes(user)[0], drafts.build_owner_code(user), public_key()

    def check_links() -> None:
        unsubscribe, answer, return_path = links
        assert (read_unsubscribe_token(unsubscribe), read_answer_token(answer)) == (KEY, KEY)
        bounce = parse_return_address(return_path)
        assert bounce is not None
        assert is_address_hash(bounce[1], *(KEY, user.email))
        assert codes[0] in device_owner_codes(user)
        assert is_known_browser(browser, user.email)

    def check_log_ins() -> None:
        assert is_logged_in(active)
        assert (drafts.build_owner_code(user), public_key()) == codes[1:]
        cache.clear()  # a code counts once
        second = log_in(user).post(reverse("mfa_authenticate"), {"code": show_app_code(app_secret)})
        assert second.status_code == 302

    run("add")
    running = list_secrets()
    assert running == [OLD]
    restart(settings)
    after_add = list_secrets()
    assert (after_add[0], len(after_add)) == (OLD, 2)
    run("switch")
    restart(settings)
    new = settings.SECRET_KEY
    assert list_secrets() == [new, OLD]
    check_links()
    check_log_ins()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = after_add[0], after_add[1:]
    assert is_logged_in(active)  # in a process that was not restarted yet
    restart(settings)
    assert send_tap(as_user(user), alice, entry("mild"), who=codes[0]).status_code == 200
    assert state(alice) == "mild"

    with pytest.raises(CommandError, match="still encrypted with an earlier secret"):
        run("forget", "--yes")
    run("renew")
    check_links()
    run("forget", "--yes")
    restart(settings)
    assert list_secrets() == [new]
    assert secret_file.read_text() == f"{new}\n"
    assert secret_file.stat().st_mode & 0o777 == 0o640
    check_log_ins()
    assert is_logged_in(idle)  # nobody had opened a page in it since
    assert read_unsubscribe_token(links[0]) is None


def test_everything_that_is_encrypted_with_the_secret_is_renewed() -> None:
    """Else `forget` would lose it."""
    code = [path.read_text() for app in present.LOCAL_APPS for path in (ROOT / app).rglob("*.py")]
    purposes = set(re.findall(r'PURPOSE(?:: Final)? = "([\w-]+)"', "".join(code)))
    assert {renewal.purpose for renewal in look_at_all(write=False)} == purposes


def test_a_link_for_a_visit_is_shown_again_after_the_change(
    alice: Record, secret_file: Path, settings: Any
) -> None:
    link = make_link(
        record=alice, name="x", scope="everything", lifetime=timedelta(9), passcode="", now=timezone.now()
    )
    shown = build_shlink(link)
    for step in ("add", "switch"):
        run(step)
        restart(settings)
    assert build_shlink(HealthLink.objects.get()) == shown
    run("renew")
    run("forget", "--yes")
    restart(settings)
    assert build_shlink(HealthLink.objects.get()) == shown


def test_renewing_twice_changes_nothing_the_second_time(
    alice: Record, secret_file: Path, settings: Any, capsys: Any
) -> None:
    as_user(alice.user)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [OLD]
    run("renew")
    assert "log-ins: 1, renewed 1, unreadable 0" in capsys.readouterr().out
    stored = Session.objects.get().session_data, PushKey.objects.get().encrypted_key
    run("renew")
    said = capsys.readouterr().out
    assert "log-ins: 1, renewed 0, unreadable 0" in said
    assert "key of push: 1, renewed 0, unreadable 0" in said
    assert (Session.objects.get().session_data, PushKey.objects.get().encrypted_key) == stored


def test_what_no_secret_decrypts_is_counted_and_left_alone(
    alice: Record, secret_file: Path, settings: Any, capsys: Any
) -> None:
    as_user(alice.user)
    enrol(log_in(alice.user))
    key, stored = public_key(), PushKey.objects.get().encrypted_key
    settings.SECRET_KEY = "n" * 60
    assert public_key() != key  # and the site goes on
    run("renew")
    said = capsys.readouterr().out
    assert "second factors: 2, renewed 0, unreadable 2" in said
    assert "key of push: 1, renewed 0, unreadable 1" in said
    assert PushKey.objects.get().encrypted_key == stored
    settings.SECRET_KEY = OLD
    assert public_key() == key


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (OLD, "one of those that the file holds"),
        ("e" * 60, "one of those that the file holds"),
        ("short", "50 random characters or more"),
        ("", "50 random characters or more"),
        ("two words" * 10, "without blanks"),
        (None, "cannot be read"),
    ],
)
def test_a_wrong_new_secret_is_refused(
    secret_file: Path, tmp_path: Path, content: str | None, sentence: str
) -> None:
    secret_file.write_text(before := f"{OLD}\n{'e' * 60}\n")
    source = tmp_path / "new"
    if content is not None:
        source.write_text(content)
    with pytest.raises(CommandError, match=sentence):
        run("add", "--from", str(source))
    assert secret_file.read_text() == before


def take_away(path: Path) -> None:
    path.unlink()


def wait_for_next(path: Path) -> None:
    path.write_text(f"{OLD}\nnext:{'n' * 60}\n")


@pytest.mark.parametrize(
    ("step", "prepare", "sentence"),
    [
        ("switch", None, "No secret waits"),
        ("forget", None, "holds no earlier secret"),
        ("add", wait_for_next, "Another secret waits already"),
        ("add", take_away, "cannot be read"),
    ],
)
def test_a_step_out_of_order_is_refused_in_a_sentence(
    secret_file: Path, step: str, prepare: Callable[[Path], None] | None, sentence: str
) -> None:
    if prepare:
        prepare(secret_file)
    with pytest.raises(CommandError, match=sentence):
        run(step)


def test_forgetting_asks_first(secret_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_file.write_text(before := f"{OLD}\n{'e' * 60}\n")
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    with pytest.raises(CommandError, match="Nothing was changed") as refused:
        run("forget")
    assert (refused.value.returncode, secret_file.read_text()) == (2, before)


def test_a_secret_in_the_environment_is_not_for_the_command(settings: Any) -> None:
    settings.SECRET_KEY_PATH = None
    with pytest.raises(CommandError, match="set SECRET_KEY_FILE instead"):
        run("add")


def test_the_status_names_the_next_step(secret_file: Path, settings: Any, capsys: Any) -> None:
    steps = []
    for step in ("add", "switch", "renew", "forget", None):
        run("status")
        steps.append(re.search(r"Next step: (\w+)", capsys.readouterr().out)[1])
        if step:
            run(step, *(["--yes"] if step == "forget" else []))
        restart(settings)
    assert steps == ["add", "switch", "renew", "forget", "add"]


def test_a_file_that_is_gone_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        read_secrets(tmp_path / "nowhere")
    assert present.SECRET_LENGTH == 50
