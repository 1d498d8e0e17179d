"""The privacy page, the consent to each version of it, and what the operator says of himself."""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from accounts import consent
from accounts.audit_models import AuditEntry
from accounts.models import Consent, Record, User
from botoxtrack.environment import paragraphs
from exchange.account_data import write_account_files
from tests.accounts.test_allauth_pages import NEW_PASSWORD, code_of_letter, send
from tests.conftest import NOON, Cast, as_user, make_user

ROOT = Path(django_settings.BASE_DIR)
# What each version says, so that a new meaning does not slip in under an old number. After a mere correction of the
# wording enter the new digest; else raise accounts.consent.VERSION and add a line.
TEXTS = {1: "6b268e36252aace3"}
pytestmark = pytest.mark.django_db


def test_the_text_is_that_of_its_version() -> None:
    text = (ROOT / "templates" / "accounts" / "_privacy_text.html").read_bytes()
    assert sha256(text).hexdigest()[:16] == TEXTS[consent.VERSION]
    assert max(TEXTS) == consent.VERSION


@pytest.mark.parametrize("language", ["en", "de"])
def test_anybody_reads_it_and_it_names_every_limit(client: Client, settings: Any, language: str) -> None:
    settings.KEEP_DRAFT_DAYS, settings.KEEP_UPLOAD_DAYS = 17, 1
    html = client.get(reverse("privacy"), headers={"Accept-Language": language}).content.decode()
    assert re.search(r"17\s+(days|Tagen)\b", html)
    assert re.search(r"\b1\s+(day|Tag)\b(?!s)", html)
    assert len(re.findall(r"<tr>", html)) == 8
    assert not re.findall(r'(?:src|href)="https?:', html), "nothing of others"
    assert reverse("privacy") in client.get(reverse("account_login")).content.decode()


def sign_up(client: Client, **more: str) -> User:
    details = {
        "email": "ann@example.org", "password1": NEW_PASSWORD, "display_name": "", "time_zone": "Europe/Berlin",
        "consent": "on",
    }  # fmt: skip
    html = send(client, "account_signup", **(details | {"consent": ""}))
    assert not User.objects.exists()
    assert reverse("privacy") in html
    send(client, "account_signup", **(details | more))
    client.post(reverse("account_email_verification_sent"), {"code": code_of_letter()})
    return User.objects.get(email="ann@example.org")


@pytest.mark.database
def test_who_signs_up_agrees_to_the_present_version_in_her_language(client: Client) -> None:
    user = sign_up(Client(headers={"Accept-Language": "de"}))
    given = Consent.objects.get()
    assert (given.user, given.version, given.language) == (user, consent.VERSION, "de")
    entry = AuditEntry.objects.get(action="consented")
    assert (entry.trail.user, entry.detail) == (user, f"version {consent.VERSION}")
    exported = write_account_files(user)["account/consent.jsonl"].decode()
    assert f'"version": {consent.VERSION}, "language": "de"' in exported
    assert exported.count("\n") == 1


def test_a_new_version_is_asked_about_until_she_agrees(
    alice: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(alice.user)

    def is_asked() -> list[bool]:
        pages = [client.get(reverse(name)).content.decode() for name in ("home", "privacy")]
        return ["please read and agree" in pages[0], "Do you agree?" in pages[1]]

    assert is_asked() == [False, False]
    monkeypatch.setattr(consent, "VERSION", consent.VERSION + 1)
    assert is_asked() == [True, True]
    for _tap in range(2):
        assert client.post(reverse("agree")).status_code == 302
    assert is_asked() == [False, False]
    assert list(Consent.objects.values_list("version", flat=True)) == [1, 2]
    assert AuditEntry.objects.filter(action="consented").count() == 1
    assert "You agreed on" in client.get(reverse("privacy")).content.decode()


def test_who_keeps_no_record_is_not_asked(cast: Cast) -> None:
    client = as_user(cast.carl)
    assert "Do you agree?" not in client.get(reverse("privacy")).content.decode()
    assert client.post(reverse("agree")).status_code == 404
    assert Client().post(reverse("agree")).status_code == 302
    assert not Consent.objects.filter(user=cast.carl).exists()


def test_an_account_made_by_an_import_is_asked(db: None) -> None:
    user = make_user("eve@example.org")
    Record.objects.create(user=user)
    assert "Do you agree?" in as_user(user).get(reverse("privacy")).content.decode()


class TestOperator:
    def test_without_an_imprint_there_is_no_page_and_no_link(self, client: Client) -> None:
        assert client.get(reverse("imprint")).status_code == 404
        assert reverse("imprint") not in client.get(reverse("help")).content.decode()

    def test_his_texts_are_shown_as_text(self, client: Client, settings: Any) -> None:
        settings.IMPRINT, settings.PRIVACY = ["Praxis <b>Weber</b>\nBerlin", "Tel. 1"], ["Hosted in Kassel."]
        assert reverse("imprint") in client.get(reverse("help")).content.decode()
        page = client.get(reverse("imprint")).content.decode()
        assert "<p>Praxis &lt;b&gt;Weber&lt;/b&gt;<br>Berlin</p>" in page
        assert "<p>Tel. 1</p>" in page
        page = client.get(reverse("privacy")).content.decode()
        assert "Hosted in Kassel." in page
        assert "Weber" in page

    def test_a_file_becomes_paragraphs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "imprint.txt"
        monkeypatch.setenv("IMPRINT_FILE", str(file))
        file.write_text("A\nB\n \n\nC\n")
        assert paragraphs("IMPRINT_FILE") == ["A\nB", "C"]
        monkeypatch.delenv("IMPRINT_FILE")
        assert paragraphs("IMPRINT_FILE") == []

    @pytest.mark.parametrize(
        ("prepare", "sentence"),
        [
            (lambda path: None, "which cannot be read as text"),
            (lambda path: path.write_text(" \n\n"), "which is empty"),
            (lambda path: path.write_bytes(b"\xff\xfe\x00"), "which cannot be read as text"),
        ],
    )
    def test_a_wrong_file_is_refused_in_a_sentence(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        prepare: Callable[[Path], object],
        sentence: str,
    ) -> None:
        file = tmp_path / "imprint.txt"
        prepare(file)
        monkeypatch.setenv("IMPRINT_FILE", str(file))
        with pytest.raises(ImproperlyConfigured, match=f"IMPRINT_FILE names .*{sentence}"):
            paragraphs("IMPRINT_FILE")


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_the_upgrade_keeps_who_has_agreed_and_when() -> None:
    try:
        executor = MigrationExecutor(connection)
        executor.migrate([("accounts", "0019_attack_timer")])
        before = executor.loader.project_state([("accounts", "0019_attack_timer")]).apps
        users = [
            before.get_model("accounts", "User").objects.create(email=f"{name}@example.org", language="de")
            for name in "ab"
        ]
        for user, consented_at in zip(users, (NOON, None), strict=True):
            before.get_model("accounts", "Record").objects.create(
                user=user, key=f"key {user.pk}", consented_at=consented_at
            )
        call_command("migrate", verbosity=0)
        assert list(Consent.objects.values_list("user", "version", "language", "given_at")) == [
            (users[0].pk, 1, "de", NOON)
        ]
    finally:
        call_command("migrate", verbosity=0)
