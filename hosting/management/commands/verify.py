"""manage.py verify: check a backup without restoring it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hosting.backups import verify_backup
from hosting.errors import BackupError


class Command(BaseCommand):
    help = (
        "Check a backup: hashes of its files, and rows of its database. Exit code 1: damaged or not readable."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file of manage.py backup")
        parser.add_argument("--identity", type=Path, help="file with the private key of age")

    def handle(self, *_args: Any, file: Path, identity: Path | None, **_options: Any) -> None:
        try:
            manifest = verify_backup(file, identity)
        except BackupError as error:
            raise CommandError(str(error)) from error
        how = "rows counted" if manifest.vendor == "sqlite" else "rows are counted at a restore"
        self.stdout.write(
            f"The backup of {manifest.made_at} is whole: {len(manifest.files)} files, "
            f"{sum(manifest.rows.values())} rows in {len(manifest.rows)} tables ({manifest.vendor}; {how})."
        )
