"""manage.py export_record: export a record as one zip."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.access import find_record
from exchange.export import write_zip
from exchange.rows import export_rows


class Command(BaseCommand):
    help = "Write the files of a record into FILE.zip (docs/clinical-rules.md, section 11)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="e-mail address of the account")
        parser.add_argument("file", metavar="FILE.zip", type=Path, help="where to write the zip")

    def handle(self, *_args: Any, email: str, file: Path, **_options: Any) -> None:
        record = find_record(email)
        if record is None:
            raise CommandError(f"There is no record for {email}.")
        rows = export_rows(record)
        try:
            file.touch(mode=0o600)
            file.write_bytes(write_zip(rows))
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{file}: {sum(map(len, rows.values()))} rows.")
