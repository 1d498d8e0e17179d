"""manage.py letter: write the continuation letter of a record, with its blanks left blank."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from accounts.access import find_record
from clinic.documents.letter import build_sections
from clinic.documents.letter_files import BadTemplateError, build_values, write_docx, write_letter_pdf
from clinic.documents.report import build_source
from clinic.payers.load import get_rule_set, load_rule_sets
from core.dates import local_date, parse_iso_date


class Command(BaseCommand):
    help = "Write the continuation letter of a record as DOCX, or as PDF if FILE ends so (docs/documents.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="e-mail address of the account")
        parser.add_argument("file", metavar="FILE.docx", type=Path, help="where to write the letter")
        parser.add_argument("--rules", metavar="NAME", help="the rule set that the letter answers")
        parser.add_argument("--as-of", metavar="YYYY-MM-DD", help="as it stood on this day; else today")
        parser.add_argument("--language", metavar="CODE", help="such as de; else that of the account")

    def handle(
        self,
        *_args: Any,
        email: str,
        file: Path,
        rules: str | None,
        as_of: str | None,
        language: str | None,
        **_options: Any,
    ) -> None:
        record = find_record(email)
        if record is None:
            raise CommandError(f"There is no record for {email}.")
        rule_set = get_rule_set(rules) if rules else None
        if rules and rule_set is None:
            names = ", ".join(each.id for each in load_rule_sets())
            raise CommandError(f"There is no rule set {rules!r}. There are: {names}.")
        today = local_date(record.user, timezone.now())
        day = parse_iso_date(as_of) if as_of else today
        if day is None:
            raise CommandError(f"--as-of {as_of} is no date. Write it like 2026-05-06.")
        with translation.override(language or record.user.language):
            source = build_source(record, day, is_today=day == today, is_own=False)
            values = build_values(build_sections(source, rule_set), {}, day)
            try:
                is_pdf = file.suffix.lower() == ".pdf"
                content = write_letter_pdf(values, day) if is_pdf else write_docx(values)
            except BadTemplateError as error:
                raise CommandError(str(error)) from error
        try:
            file.touch(mode=0o600)
            file.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{file}: {len(content)} bytes.")
