"""manage.py import_record: import the files of a record, all or nothing."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.access import lock_record
from accounts.models import Record, User
from core.dates import local_date
from exchange.archive import RefusedError, read_source
from exchange.imports.apply import apply_plan, plan_import
from exchange.imports.record_csv import read_files


class Command(BaseCommand):
    help = (
        "Read the files of a record from a folder or a zip into the record of EMAIL "
        "(docs/clinical-rules.md, section 11). Nothing is written if any row is wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="e-mail address of the account")
        parser.add_argument(
            "source", metavar="FOLDER|ZIP", type=Path, help="where the files of the record are"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument(
            "--create",
            action="store_true",
            help="make a missing account, without a password (set it by reset)",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="where a row differs from what is recorded, take the file's",
        )

    def handle(
        self,
        *_args: Any,
        email: str,
        source: Path,
        dry_run: bool,
        create: bool,
        replace: bool,
        **_options: Any,
    ) -> None:
        try:
            contents = read_source(source)
        except RefusedError as error:
            raise CommandError(str(error)) from error
        with transaction.atomic():
            record = self.get_or_create_record(email, create=create)
            counts = self.import_files(record, contents, replace=replace)
            if dry_run:
                transaction.set_rollback(True)
        self.stdout.write(json.dumps({"written": not dry_run, **counts}))

    def get_or_create_record(self, email: str, *, create: bool) -> Record:
        """Return the record of an account. create: create a missing account or record."""
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            if not create:
                raise CommandError(f"There is no account {email}. With --create it is made.")
            try:
                validate_email(email)
            except ValidationError as error:
                raise CommandError(f"{email} is no e-mail address.") from error
            user = User.objects.create_user(email)
            EmailAddress.objects.create(user_id=user.pk, email=user.email, primary=True, verified=False)
        record = Record.objects.filter(user=user).first()
        if record is None:
            if not create:
                raise CommandError(f"{email} keeps no record. With --create one is made.")
            record = Record.objects.create(user=user)
        return record

    def import_files(
        self, record: Record, contents: dict[str, bytes], *, replace: bool
    ) -> dict[str, dict[str, int]]:
        now = timezone.now()
        lock_record(record)
        files = read_files(contents, local_date(record.user, now))
        if files.problems:
            self.refuse(files.problems, "Nothing was written.")
        plan = plan_import(record, files)
        if plan.changed and not replace:
            self.refuse(plan.conflicts(), "Nothing was written; --replace takes the file's rows.")
        apply_plan(record, plan, now)
        return plan.counts()

    def refuse(self, problems: list[Any], ending: str) -> None:
        for problem in problems:
            self.stderr.write(str(problem))
        raise CommandError(f"{len(problems)} rows are wrong. {ending}" if len(problems) > 1 else ending)
