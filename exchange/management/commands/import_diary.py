"""manage.py import_diary: import one file as the browser does, own or of another diary, with its first guesses."""

from argparse import ArgumentParser
from datetime import datetime
from decimal import Decimal
from json import dumps, loads
from pathlib import Path
from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Record
from exchange.archive import RefusedError
from exchange.forms import AnswersForm, ColumnsForm, post_answers
from exchange.imports import draft as drafts
from exchange.imports.draft import ImportSession
from exchange.schema import DIARY, Answer, Question

MEGABYTE = 1024 * 1024


class Command(BaseCommand):
    help = (
        "Read a file, own or of another diary (docs/imports.md), into the record of EMAIL, as the browser does with "
        "its first guesses. Recorded days stay as they are. It can be undone in the browser for 24 hours."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="e-mail address of the account")
        parser.add_argument("file", metavar="FILE", type=Path, help="the file to read")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="print what was read as JSON")
        parser.add_argument(
            "--answers", metavar="FILE.json", type=Path, help="answers to the questions, by their code"
        )

    def handle(
        self,
        *_args: Any,
        email: str,
        file: Path,
        dry_run: bool,
        json: bool,
        answers: Path | None,
        **_options: Any,
    ) -> None:
        record = Record.objects.select_related("user").filter(user__email=email.lower()).first()
        if record is None:
            raise CommandError(f"There is no record for {email}.")
        now = timezone.now()
        try:
            with transaction.atomic():
                session = self.read(record, file, now, load_answers(answers))
                added = len(session.plan.new[DIARY])
                result = describe(session)
                if not dry_run:
                    drafts.apply_import(record, session.draft.pk, session.plan.fingerprint(), now)
                transaction.set_rollback(dry_run)
        except (RefusedError, OSError) as error:
            raise CommandError(str(error)) from error
        if json:
            self.stdout.write(dumps(result, ensure_ascii=False))
            return
        verb = "would be brought in" if dry_run else "brought in"
        self.stdout.write(f"{result['format']}: {len(result['days'])} days read, {added} new ones {verb}.")
        for problem in result["skipped"]:
            self.stderr.write(f"line {problem['line']}: {problem['reason']}")

    def read(self, record: Record, file: Path, now: datetime, answers: dict[str, Answer]) -> ImportSession:
        """Return the upload of a file with everything chosen. Raise RefusedError."""
        with file.open("rb") as stream:
            draft = drafts.start_import(
                record, file.name, stream, now, apple_limit=None, progress=self.show_progress
            )
        session = drafts.open_import(draft, record, now)
        if session.offers:
            drafts.choose_encoding(session, session.offers[0].codec, now)
            session = drafts.open_import(draft, record, now)
        if session.needs_columns:
            choose_columns(session, answers, now)
        elif answers:
            form = AnswersForm(
                post_answers(session.files.questions, answers), questions=session.files.questions, answers={}
            )
            refuse_unknown(answers, form.fields)
            if not form.is_valid():
                raise RefusedError(form.errors.as_text())
            drafts.save_answers(session, form.cleaned_data, now)
        return drafts.open_import(draft, record, now)

    def show_progress(self, read: int, found: int) -> None:
        self.stderr.write(f"{read // MEGABYTE} MB read, {found} entries found")


def load_answers(file: Path | None) -> dict[str, Answer]:
    """Return the answers of a file. Raise RefusedError."""
    if file is None:
        return {}
    try:
        answers: dict[str, Answer] = loads(file.read_text())
    except ValueError as error:
        raise RefusedError(f"{file} is no JSON.") from error
    if not isinstance(answers, dict):
        raise RefusedError(f"{file} must hold an object: the code of each question with its answer.")
    return answers


def refuse_unknown(answers: dict[str, Answer], known: dict[str, Any]) -> None:
    """Raise RefusedError for answers to what was not asked."""
    unknown = sorted(answers.keys() - known.keys())
    if unknown:
        raise RefusedError(f"Not asked about this file: {', '.join(unknown)}. Asked: {', '.join(known)}.")


def choose_columns(session: ImportSession, answers: dict[str, Answer], now: datetime) -> None:
    """Take the first guess of the columns, changed by the answers. Raise RefusedError."""
    if session.table.problem:
        raise RefusedError(f"{session.draft.name}: {session.table.problem}.")
    guess = ColumnsForm(table=session.table, mapping=session.first_mapping())
    refuse_unknown(answers, guess.fields)
    form = ColumnsForm(guess.post(answers), table=session.table, mapping=session.first_mapping())
    if not form.is_valid():
        raise RefusedError(form.errors.as_text())
    drafts.map_columns(session, form.as_mapping(), now)


def ask_about_table(session: ImportSession) -> list[Question]:
    """Return what only the patient can say about a table: what empty answers and days without a row mean."""
    form = ColumnsForm(table=session.table, mapping=session.first_mapping())
    blank, fill = form["blank"], form["fill"]
    questions = [Question("fill", str(fill.label), [("", _("no")), ("on", _("yes"))], "")]
    if form.blanks:
        choices = [(str(value), str(label)) for value, label in cast(Any, blank.field).choices]
        questions.insert(0, Question("blank", str(blank.label), choices, str(blank.value())))
    return questions


def describe(session: ImportSession) -> dict[str, Any]:
    """Return what was read, as --json prints it; null for what was not answered."""
    files = session.files
    is_table = session.is_other_diary and not session.diary
    questions = ask_about_table(session) if is_table else files.questions
    format_code = session.diary.code if session.diary else "table" if is_table else "own"
    return {
        "format": format_code,
        "days": [
            {
                "date": row.key[0],
                "headache": row.values["headache"],
                "intensity": row.values["intensity"] or None,
                "hours": float(Decimal(row.values["hours"])) if row.values["hours"] else None,
                "medications": [intake[0] for intake in row.values["intakes"]],
            }
            for row in files.rows.get(DIARY, [])
        ],
        "skipped": [{"line": problem.line, "reason": problem.reason} for problem in files.problems],
        "questions": [question._asdict() for question in questions],
    }
