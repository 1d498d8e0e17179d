"""A backup restores to what was there, and is refused when it is not whole."""

import json
import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pyrage
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.audit.log import Action, log_event
from accounts.erasure import erased_list
from accounts.models import Record
from headaches import actions
from hosting.archives import MANIFEST
from hosting.backups import make_backup, restore_backup, verify_backup
from hosting.errors import BackupError
from hosting.management.commands.restore import open_target
from tests.conftest import NOON, TODAY, make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture(autouse=True)
def use_own_var_dir(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A VAR_DIR of this test: another worker may write and remove the list of erased accounts."""
    folder = tmp_path_factory.mktemp("var")
    folder.chmod(0o700)
    (folder / "static").symlink_to(settings.STATIC_ROOT)
    settings.VAR_DIR = str(folder)
    monkeypatch.setenv("VAR_DIR", str(folder))


@pytest.fixture
def record() -> Record:
    record = make_patient("alice@example.org", display_name="Alice")
    actions.record_answer(record=record, date=TODAY, answer="mild", today=TODAY, now=NOON)
    log_event(record.user, Action.EXPORTED, actor=record.user, now=NOON)
    return record


@pytest.fixture
def empty_url(tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of the same kind."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path}/restored.sqlite3"
        return
    name, server = f"restored_{os.getpid()}", connection.settings_dict  # workers share the server
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield f"postgres://{server['USER']}@{quote(server['HOST'], safe='')}/{name}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


@pytest.fixture
def key(tmp_path: Path) -> tuple[str, Path]:
    """A recipient, and the file with its private key."""
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path / "key.txt"
    file.write_text(f"# a key for one test\n{identity}\n")
    return str(identity.to_public()), file


def read_rows(url: str = "") -> dict[str, list[Any]]:
    with open_target(url) as database, database.cursor() as cursor:
        rows = {}
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # noqa: S608
            rows[table] = cursor.fetchall()
        return rows


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_every_row_comes_back(
    record: Record, empty_url: str, tmp_path: Path, key: tuple[str, Path], is_encrypted: bool
) -> None:
    recipient, identity = key
    file, manifest = make_backup(tmp_path, recipient if is_encrypted else "", NOON)
    assert file.name == f"botoxtrack-20260506T120000Z.zip{'.age' if is_encrypted else ''}"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file.name, identity.name])
    assert manifest.rows["headaches_diaryday"] == 1
    assert b"alice@example.org" not in file.read_bytes()
    assert verify_backup(file, identity if is_encrypted else None) == manifest
    with open_target(empty_url) as database:
        assert restore_backup(file, identity if is_encrypted else None, database) == manifest
    assert read_rows(empty_url) == read_rows()
    with open_target(empty_url) as database, pytest.raises(BackupError, match="is not empty"):
        restore_backup(file, identity if is_encrypted else None, database)


def test_the_secret_is_in_an_encrypted_backup_alone(
    record: Record, tmp_path: Path, key: tuple[str, Path]
) -> None:
    file, manifest = make_backup(tmp_path, "", NOON)
    assert "var/secret-key" not in manifest.files
    with ZipFile(file) as archive:
        assert all(settings.SECRET_KEY.encode() not in archive.read(name) for name in archive.namelist())
        kept = json.loads(archive.read("settings.json"))
    assert (kept["BASE_URL"], "DATABASE_URL" in kept, "SECRET_KEY" in kept) == (
        "http://testserver",
        False,
        False,
    )
    _file, manifest = make_backup(tmp_path, key[0], NOON)
    assert "var/secret-key" in manifest.files


def test_who_was_erased_since_stays_on_the_list(record: Record, empty_url: str, tmp_path: Path) -> None:
    erased_list().write_text("first 2026-05-01\n")
    try:
        file, _manifest = make_backup(tmp_path, "", NOON)
        erased_list().write_text("second 2026-05-02\n")
        with open_target(empty_url) as database:
            restore_backup(file, None, database)
        assert erased_list().read_text() == "second 2026-05-02\nfirst 2026-05-01\n"
    finally:
        erased_list().unlink()


def rewrite(file: Path, **changed: bytes | None) -> None:
    """Write the zip again with changed members; None leaves one out."""
    with ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, content in changed.items():
        members = {known: value for known, value in members.items() if not known.startswith(name)}
        if content is not None:
            members[next(known for known in (f"{name}.json", name) if known)] = content
    with ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:-40]), "is no backup, or is damaged or cut off"),
        (lambda file: file.write_bytes(b"hello"), "is no backup, or is damaged or cut off"),
        (lambda file: file.unlink(), "cannot be read"),
        (lambda file: rewrite(file, settings=b"{}"), "settings.json in the backup was changed"),
        (lambda file: rewrite(file, settings=None), "does not hold the files"),
        (lambda file: rewrite(file, manifest=None), "has no manifest"),
        (lambda file: rewrite(file, manifest=b"[]"), "has no manifest"),
        (lambda file: rewrite(file, manifest=b'{"format": 1}'), "has no manifest"),
        (lambda file: change_manifest(file, format=9), "has format 9; this version reads 1"),
        (lambda file: change_manifest(file, files={"../x": "0"}), "names files outside"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused(
    record: Record, empty_url: str, tmp_path: Path, damage: Any, words: str
) -> None:
    file, _manifest = make_backup(tmp_path, "", NOON)
    damage(file)
    with pytest.raises(BackupError, match=words):
        verify_backup(file, None)
    with open_target(empty_url) as database, pytest.raises(BackupError, match=words):
        restore_backup(file, None, database)
    assert read_rows(empty_url) == {}


def change_manifest(file: Path, **values: Any) -> None:
    with ZipFile(file) as archive:
        manifest = json.loads(archive.read(MANIFEST)) | values
    rewrite(file, manifest=json.dumps(manifest).encode())


def test_rows_that_differ_from_the_manifest_are_named(record: Record, empty_url: str, tmp_path: Path) -> None:
    file, manifest = make_backup(tmp_path, "", NOON)
    change_manifest(file, rows={**manifest.rows, "headaches_diaryday": 2})
    with (
        open_target(empty_url) as database,
        pytest.raises(BackupError, match="day: 2 expected, 1 found"),
    ):
        restore_backup(file, None, database)


def test_keys(record: Record, tmp_path: Path, key: tuple[str, Path]) -> None:
    recipient, identity = key
    file, _manifest = make_backup(tmp_path, recipient, NOON)
    other = tmp_path / "other.txt"
    for content, words in (
        (str(pyrage.x25519.Identity.generate()), "another key"),
        ("no key", "holds no private key"),
    ):
        other.write_text(content)
        with pytest.raises(BackupError, match=words):
            verify_backup(file, other)
    with pytest.raises(BackupError, match="Name the file with the private key"):
        verify_backup(file, None)
    with pytest.raises(BackupError, match="cannot be read"):
        verify_backup(file, tmp_path / "none.txt")
    with pytest.raises(BackupError, match="no public key of age"):
        make_backup(tmp_path, "age1nonsense", NOON + timedelta(1))
    assert identity.exists()


def test_a_backup_overwrites_nothing_and_leaves_no_part(record: Record, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_text("before")
    with pytest.raises(BackupError, match="exists already"):
        make_backup(file, "", NOON)
    with pytest.raises(BackupError, match="does not exist"):
        make_backup(tmp_path / "none" / "x.zip", "", NOON)
    with pytest.raises(BackupError, match="cannot be written"):
        make_backup(Path("/proc/x.zip"), "", NOON)
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]
    assert file.read_text() == "before"


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "postgres://u@127.0.0.1:1/x"])
def test_a_database_that_is_none_or_not_reached(record: Record, tmp_path: Path, url: str) -> None:
    file, _manifest = make_backup(tmp_path, "", NOON)
    with pytest.raises(CommandError, match=r"database to restore|address"):
        call_command("restore", str(file), into=url)


@pytest.mark.slow
def test_by_command_with_the_proofs(record: Record, empty_url: str, tmp_path: Path) -> None:
    out = StringIO()
    call_command("backup", str(tmp_path / "site.zip"), stdout=out)
    call_command("verify", str(tmp_path / "site.zip"), stdout=out)
    erased_list().write_text("")
    try:
        call_command("restore", str(tmp_path / "site.zip"), into=empty_url, stdout=out)
    finally:
        erased_list().unlink()
    said = out.getvalue()
    assert "Not encrypted: it holds health data" in said
    assert "is whole" in said
    assert "as they were. The ends of the audit log are the same." in said
    assert "audit verify: The audit log is whole: 1 entries in 1 trails" in said
    assert "account erase-again --yes: 0 accounts" in said
    assert "doctor --only database --only triggers: good" in said
