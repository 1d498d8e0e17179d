"""The zip holds whatever the database holds of a person, and no secret; an import reads the record's files alone."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db.models import Model
from django.urls import reverse

from accounts.models import Draft, Record
from exchange.account_data import (
    EXPORTED,
    IN_RECORD_FILES,
    LEFT_OUT,
    SECRETS,
    list_fields,
    write_account_files,
)
from exchange.archive import pack_files, unpack_zip
from exchange.export import write_files
from exchange.rows import export_rows
from tests.accounts.test_erasure import CANARY, fill
from tests.conftest import NOON, PASSWORD, Cast, as_user, confirm_password


def lines(files: dict[str, bytes], name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in files[f"account/{name}.jsonl"].decode().splitlines()]


def test_every_model_is_exported_or_says_why_not() -> None:
    """A new model has to be classified."""
    labels = sorted([*EXPORTED, *IN_RECORD_FILES, *LEFT_OUT])
    assert labels == sorted(model._meta.label for model in apps.get_models())


def test_no_field_that_opens_something_is_exported() -> None:
    models: list[type[Model]] = [apps.get_model(label) for label in EXPORTED]
    suspicious = ("password", "token", "secret", "session_key", "p256dh", "auth", "salt")
    found = [
        f"{model._meta.label}.{name}"
        for model in models
        for name in list_fields(model)
        if name in {*suspicious, *SECRETS}
    ]
    assert found == []
    assert "data" not in list_fields(apps.get_model("mfa.Authenticator"))


@pytest.mark.django_db
class TestFiles:
    def test_they_hold_every_row_of_the_person(self, alice: Record) -> None:
        filled = fill(alice)
        files = write_account_files(alice.user)
        empty = [
            label for label in filled if label in EXPORTED and not lines(files, label.split(".")[1].lower())
        ]
        assert empty == []
        assert lines(files, "draft")[0]["fields"] == {CANARY: CANARY}
        assert lines(files, "reminder")[0]["user_id"] == alice.user.pk

    def test_they_hold_nothing_of_anybody_else(self, cast: Cast) -> None:
        fill(cast.bea)
        Draft.objects.create(
            user=cast.bea.user, key="/secret/", edit="0" * 16, fields={"a": ["b"]}, saved_at=NOON
        )
        assert CANARY.encode() not in b"".join(write_account_files(cast.alice.user).values())
        assert b"bea@example.org" not in b"".join(write_account_files(cast.alice.user).values())

    def test_the_audit_log_names_who_saw_the_record(self, cast: Cast) -> None:
        as_user(cast.carl).get(reverse("patient", args=[cast.alice.key]))
        entry = lines(write_account_files(cast.alice.user), "auditentry")[-1]
        assert (entry["action"], entry["actor_name"], entry["actor_email"]) == (
            "saw_progress",
            "Dr Carl",
            "carl@example.org",
        )

    def test_the_page_sends_them_beside_the_unchanged_files_of_the_record(self, alice: Record) -> None:
        client = as_user(alice.user)
        client.post(client.get(reverse("export_data"))["Location"], {"password": PASSWORD})
        content = client.post(reverse("export_data")).content
        own = write_files(export_rows(alice))
        with ZipFile(BytesIO(content)) as archive:
            assert {name: archive.read(name) for name in own} == own
            others = {name for name in archive.namelist() if name not in own}
        assert others == set(write_account_files(alice.user))
        assert unpack_zip(content) == own

    def test_an_import_ignores_them_also_inside_of_a_folder(self, alice: Record) -> None:
        own = write_files(export_rows(alice))
        files = {
            f"diary/{name}": content for name, content in (own | write_account_files(alice.user)).items()
        }
        assert unpack_zip(pack_files(files)) == own


@pytest.mark.database
def test_a_clinician_gets_what_is_stored_of_the_account_and_nothing_of_patients(cast: Cast) -> None:
    client = as_user(cast.carl)
    client.get(reverse("patient", args=[cast.alice.key]))
    confirm_password(client)
    page = client.get(reverse("export_data")).content.decode()
    assert "account/" in page
    assert "diary.csv" not in page
    with ZipFile(BytesIO(client.post(reverse("export_data")).content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert all(name.startswith("account/") for name in texts)
    assert cast.carl.email in texts["account/user.jsonl"]
    assert '"action": "exported"' in texts["account/auditentry.jsonl"]
    whole = "".join(texts.values())
    assert not any(word in whole for word in (cast.alice.user.email, cast.alice.key, "Alice"))
