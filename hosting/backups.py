"""Make, check and restore backups of a site."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from accounts.erasure import erased_list
from core.crypto import list_secrets
from hosting import databases
from hosting.archives import (
    SETTINGS,
    VAR,
    Manifest,
    list_migrations,
    name_file,
    open_archive,
    parse_recipient,
    write_archive,
)
from hosting.errors import BackupError

MAY_BE_SECRET: Final = re.compile("SECRET|KEY|TOKEN|PASSWORD|URL")
# Of encrypted backups alone.
SECRET_MEMBER: Final = f"{VAR}secret-key"


def make_backup(target: Path, recipient: str, now: datetime) -> tuple[Path, Manifest]:
    """Write a backup into a folder, or to a new file. Return the file and its manifest. Raises BackupError."""
    if recipient:
        parse_recipient(recipient)
    file = target / name_file(now, is_encrypted=bool(recipient)) if target.is_dir() else target
    if file.exists():
        raise BackupError(f"{file} exists already; a backup overwrites nothing.")
    if not file.parent.is_dir():
        raise BackupError(f"The folder {file.parent} does not exist.")
    try:
        with TemporaryDirectory(dir=file.parent, prefix=".backup-") as scratch:
            return file, write_backup(file, Path(scratch), recipient, now)
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from error


def write_backup(file: Path, folder: Path, recipient: str, now: datetime) -> Manifest:
    """Copy the database into the folder and write the backup of it."""
    copy = folder / databases.FILES[connection.vendor]
    rows = databases.copy_database(copy)
    members = {copy.name: copy, **list_files(folder, with_secret=bool(recipient))}
    made = {
        "made_at": now.isoformat(),
        "vendor": connection.vendor,
        "migrations": list_migrations(MigrationRecorder(connection).applied_migrations()),
        "rows": rows,
        "audit": digest_of_audit_log(connection),
    }
    return write_archive(file, members, made, recipient)


def list_files(folder: Path, *, with_secret: bool) -> dict[str, Path]:
    """Return the members beside the database. SECRET_KEY is one of an encrypted backup alone."""
    written = folder / SETTINGS
    written.write_text(json.dumps(dict(list_settings()), indent=1))
    members = {SETTINGS: written}
    if erased_list().exists():
        members[VAR + erased_list().name] = erased_list()
    if with_secret:
        secret = folder / "secret-key"
        secret.write_text("\n".join(list_secrets()))
        members[SECRET_MEMBER] = secret
    return members


def list_settings() -> Iterator[tuple[str, str]]:
    """Yield the variables that are set, but for those that may hold a secret."""
    for name in settings.ENVIRONMENT_VARIABLES:
        if name in os.environ and (name == "BASE_URL" or not MAY_BE_SECRET.search(name)):
            yield name, os.environ[name]


def digest_of_audit_log(database: BaseDatabaseWrapper) -> str:
    """Return a hash of the end of every trail: another one after any change that the chain itself allows."""
    with database.cursor() as cursor:
        cursor.execute("SELECT key, entries, head FROM accounts_audittrail")
        ends = sorted(cursor.fetchall())
    return sha256(repr([tuple(end) for end in ends]).encode()).hexdigest()


def verify_backup(file: Path, identity: Path | None) -> Manifest:
    """Check the hashes, the database file and its rows. Raises BackupError."""
    with open_archive(file, identity) as (manifest, folder):
        copy = folder / databases.FILES[manifest.vendor]
        if manifest.vendor == databases.SQLITE:
            compare_rows(manifest.rows, databases.count_rows_of_file(copy))
        else:
            databases.check_dump(copy)
    return manifest


def restore_backup(file: Path, identity: Path | None, database: BaseDatabaseWrapper) -> Manifest:
    """Load a backup into an empty database and compare rows and audit log; put back the list of erased accounts.

    Raises BackupError. Nothing is written unless the backup is whole and the database empty.
    """
    with open_archive(file, identity) as (manifest, folder):
        if manifest.vendor != database.vendor:
            raise BackupError(
                f"The backup is of {manifest.vendor}, the database to restore into is {database.vendor}."
            )
        if tables := databases.list_tables(database):
            raise BackupError(
                f"The database to restore into is not empty: it has {len(tables)} tables. Name an empty one by --into."
            )
        rows = databases.load_database(folder / databases.FILES[manifest.vendor], database)
        compare_rows(manifest.rows, rows)
        if manifest.audit != digest_of_audit_log(database):
            raise BackupError("The audit log is not as it was when the backup was made.")
        restore_erased_list(folder / VAR / erased_list().name)
    return manifest


def compare_rows(expected: Mapping[str, int], found: Mapping[str, int]) -> None:
    differing = [
        f"{table}: {expected.get(table, 'no')} expected, {found.get(table, 'no')} found"
        for table in sorted(expected.keys() | found.keys())
        if expected.get(table) != found.get(table)
    ]
    if differing:
        raise BackupError(f"The rows are not those of the backup: {'; '.join(differing)}.")


def restore_erased_list(stored: Path) -> None:
    """Add to the site's list of erased accounts what the backup's names and it does not."""
    if not stored.exists():
        return
    present = erased_list().read_text().splitlines() if erased_list().exists() else []
    missing = [line for line in stored.read_text().splitlines() if line not in present]
    if missing:
        with erased_list().open("a") as file:
            file.write("".join(f"{line}\n" for line in missing))
