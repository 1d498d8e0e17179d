"""manage.py progress: the figures of one record as JSON."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.access import find_record
from core.dates import local_date, parse_iso_date
from figures.engine import as_json, compute_figures
from progress.cache.load import load_diary


class Command(BaseCommand):
    help = "Print every figure of a record as one JSON object (docs/clinical-rules.md, section 12)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="e-mail address of the account")
        parser.add_argument(
            "--as-of", metavar="YYYY-MM-DD", help="as the figures stood on this day; else today"
        )
        parser.add_argument("--criterion", choices=["any", "4h"], help="instead of the record's own setting")

    def handle(
        self, *_args: Any, email: str, as_of: str | None, criterion: str | None, **_options: Any
    ) -> None:
        record = find_record(email)
        if record is None:
            raise CommandError(f"There is no record for {email}.")
        record.criterion = criterion or record.criterion
        day = parse_iso_date(as_of) if as_of else local_date(record.user, timezone.now())
        if day is None:
            raise CommandError(f"--as-of {as_of} is no date. Write it like 2026-05-06.")
        self.stdout.write(json.dumps(as_json(compute_figures(load_diary(record), day)), indent=2))
