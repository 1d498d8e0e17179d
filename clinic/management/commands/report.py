"""manage.py report: write the one-page report of a record."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from accounts.access import find_record
from clinic.documents.report import write_report
from clinic.documents.typeset import PAPERS
from core.dates import local_date, parse_iso_date


class Command(BaseCommand):
    help = "Write the one-page report of a record into FILE.pdf, in the language of its owner (docs/documents.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="e-mail address of the account")
        parser.add_argument("file", metavar="FILE.pdf", type=Path, help="where to write the report")
        parser.add_argument("--as-of", metavar="YYYY-MM-DD", help="as it stood on this day; else today")
        parser.add_argument("--paper", choices=sorted(PAPERS), default="a4", help="a4 or letter")
        parser.add_argument("--language", metavar="CODE", help="such as de; else that of the account")

    def handle(
        self, *_args: Any, email: str, file: Path, as_of: str | None, language: str | None, **options: Any
    ) -> None:
        record = find_record(email)
        if record is None:
            raise CommandError(f"There is no record for {email}.")
        today = local_date(record.user, timezone.now())
        day = parse_iso_date(as_of) if as_of else today
        if day is None:
            raise CommandError(f"--as-of {as_of} is no date. Write it like 2026-05-06.")
        with translation.override(language or record.user.language):
            pdf = write_report(record, day, is_today=day == today, is_own=True, paper=options["paper"])
        try:
            file.touch(mode=0o600)
            file.write_bytes(pdf)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{file}: {len(pdf)} bytes.")
