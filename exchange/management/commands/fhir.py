"""manage.py fhir: write a record as one FHIR bundle."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.access import find_record
from core.dates import local_date, parse_iso_date
from exchange.fhir.bundle import build_bundle, list_resources, write_bundle


class Command(BaseCommand):
    help = "Write a record into FILE.json as one FHIR R4 bundle (docs/fhir.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="e-mail address of the account")
        parser.add_argument("file", metavar="FILE.json", type=Path, help="where to write the bundle")
        parser.add_argument("--as-of", metavar="YYYY-MM-DD", help="as it stood on this day; else today")

    def handle(self, *_args: Any, email: str, file: Path, as_of: str | None, **_options: Any) -> None:
        record = find_record(email)
        if record is None:
            raise CommandError(f"There is no record for {email}.")
        now = timezone.now()
        day = parse_iso_date(as_of) if as_of else local_date(record.user, now)
        if day is None:
            raise CommandError(f"--as-of {as_of} is no date. Write it like 2026-05-06.")
        bundle = build_bundle(list_resources(record, day), now)
        try:
            file.touch(mode=0o600)
            file.write_bytes(write_bundle(bundle))
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{file}: {len(bundle['entry'])} resources.")
