"""manage.py account: close, reopen and erase accounts, also again after a backup was restored."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.erasure import (
    GRACE,
    close_account,
    erase_again,
    erase_all,
    erased_list,
    reopen_account,
)
from accounts.models import User
from core.questions import confirm

QUESTIONS = {
    "close": "Close the account of {email}? It is erased in {days} days unless it is reopened.",
    "reopen": "Reopen the account of {email}?",
    "delete": "Close the account of {email}, and erase it in {days} days?",
    "now": "Erase the account of {email} and everything of it now? Nobody can undo this.",
}


class Command(BaseCommand):
    help = "Close, reopen or erase an account. Asks first. Exit code 1: not possible, 2: not confirmed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        for name, meaning in (
            ("close", f"end log-ins and sharing at once; erased after {GRACE.days} days"),
            ("reopen", "open a closed account again"),
            ("delete", "the same as close; with --now the account is erased at once"),
        ):
            command = commands.add_parser(name, help=meaning)
            command.add_argument("email", help="the address the account logs in with")
            command.add_argument("--yes", action="store_true", help="do not ask")
            if name == "delete":
                command.add_argument("--now", action="store_true", help="erase it at once")
        again = commands.add_parser("erase-again", help="after a restore: erase what the list names")
        again.add_argument("--list", type=Path, help="the list, if it is not VAR_DIR/erased-accounts")
        again.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, command: str, yes: bool, **options: Any) -> None:
        if command == "erase-again":
            self.erase_again(options["list"] or erased_list(), yes)
            return
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"No account has the address {options['email']}.")
        is_now = bool(options.get("now"))
        confirm(QUESTIONS["now" if is_now else command].format(email=user.email, days=GRACE.days), yes)
        now = timezone.now()
        if is_now:
            erase_all([user], now)
            self.stdout.write("The account is erased.")
        elif command == "reopen":
            if user.closed_at is None:
                raise CommandError(f"The account of {user.email} is not closed.")
            reopen_account(user=user, actor=None, now=now)
            self.stdout.write("The account is open again.")
        else:
            if user.closed_at is not None:
                raise CommandError(f"The account of {user.email} is closed already.")
            close_account(user=user, actor=None, now=now)
            self.stdout.write(
                f"The account is closed. It is erased after {(now + GRACE):%Y-%m-%d %H:%M} UTC."
            )

    def erase_again(self, file: Path, is_confirmed: bool) -> None:
        if not file.exists():
            raise CommandError(f"There is no list {file}.")
        confirm(f"Erase every account that {file} names?", is_confirmed)
        try:
            count = erase_again(file, timezone.now())
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The list {file} cannot be read.") from error
        self.stdout.write(f"{count} accounts were here again and are erased.")
