"""manage.py backup: write a backup of the site while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from hosting.backups import make_backup
from hosting.errors import BackupError


class Command(BaseCommand):
    help = "Write a backup of database and settings while the site runs. Exit code 1: not written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, help="a folder, or the file to write")
        parser.add_argument(
            "--encrypt-to",
            default="",
            metavar="AGE_RECIPIENT",
            help="public key of age (age1…) to encrypt to",
        )

    def handle(self, *_args: Any, target: Path, encrypt_to: str, **_options: Any) -> None:
        try:
            file, manifest = make_backup(target, encrypt_to, timezone.now())
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest.rows.values())
        self.stdout.write(f"{file}: {rows} rows in {len(manifest.rows)} tables, {file.stat().st_size} bytes.")
        if not encrypt_to:
            self.stdout.write(
                "Not encrypted: it holds health data, and not SECRET_KEY, which must be kept apart from it."
            )
