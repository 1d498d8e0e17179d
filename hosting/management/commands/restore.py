"""manage.py restore: load a backup into an empty database, and prove that it works."""

import os
import subprocess
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import environ
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from accounts.erasure import erased_list
from hosting.backups import restore_backup
from hosting.errors import BackupError

NO_ADDRESS: Final = "--into is no address of a database: postgres://… or sqlite:///…"
ENGINES: Final = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}
# Run on the restored database, each by this program in a process of its own.
ERASE_AGAIN: Final = ("account", "erase-again", "--yes")
PROOFS: Final = (
    ("migrate",),
    ("audit", "verify"),
    ERASE_AGAIN,
    ("doctor", "--only", "database", "--only", "triggers"),
)


@contextmanager
def open_target(url: str) -> Iterator[BaseDatabaseWrapper]:
    """Yield a connection to the database of a URL; to that of the site for "". Raises BackupError."""
    if not url:
        yield connections[DEFAULT_DB_ALIAS]
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an unknown scheme is refused below, in one sentence
            parsed = environ.Env.db_url_config(url)
    except (ImproperlyConfigured, ValueError) as error:
        raise BackupError(NO_ADDRESS) from error
    if parsed.get("ENGINE") not in ENGINES:
        raise BackupError(NO_ADDRESS)
    parsed["HOST"] = unquote(str(parsed.get("HOST") or ""))
    database = ConnectionHandler({DEFAULT_DB_ALIAS: parsed})[DEFAULT_DB_ALIAS]
    try:
        yield database
    finally:
        database.close()


class Command(BaseCommand):
    help = "Load a backup into an empty database, and compare rows and audit log. Exit code 1: refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file of manage.py backup")
        parser.add_argument(
            "--into", default="", metavar="URL", help="the empty database; default: that of the site"
        )
        parser.add_argument("--identity", type=Path, help="file with the private key of age")

    def handle(self, *_args: Any, file: Path, into: str, identity: Path | None, **_options: Any) -> None:
        try:
            with open_target(into) as database:
                manifest = restore_backup(file, identity, database)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored the backup of {manifest.made_at}: {sum(manifest.rows.values())} rows in "
            f"{len(manifest.rows)} tables, as they were. The ends of the audit log are the same."
        )
        for proof in PROOFS:
            if proof != ERASE_AGAIN or erased_list().exists():
                self.prove(proof, into)

    def prove(self, arguments: tuple[str, ...], into: str) -> None:
        """Run a command on the restored database; end with what it says if it fails."""
        self.stdout.flush()
        environment = os.environ | ({"DATABASE_URL": into} if into else {})
        if into:
            environment.pop("DATABASE_URL_FILE", None)
        command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        name = " ".join(arguments)
        if done.returncode:
            raise CommandError(f"Restored, but {name} failed:\n{done.stdout}{done.stderr}")
        self.stdout.write(
            f"{name}: {done.stdout.strip().splitlines()[-1] if done.stdout.strip() else 'good'}"
        )
