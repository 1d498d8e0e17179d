"""manage.py rotate_secret: replace SECRET_KEY step by step, so that nobody is logged out and no link is lost."""

import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.questions import confirm
from core.secret_file import SecretFile, SecretFileError
from core.signals import Renewal, secret_renewal

RESTART = "Now restart every process (web, worker, cron), then run rotate_secret {step}."


class Command(BaseCommand):
    help = "Replace SECRET_KEY in four steps: add, switch, renew, forget (docs/deploy.md). Exit code 1: not possible."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        add = commands.add_parser(
            "add", help="write a new secret into the file; it is accepted, not yet used"
        )
        add.add_argument(
            "--from", dest="source", type=Path, help="a file with the new secret, instead of a random one"
        )
        commands.add_parser("switch", help="use the new secret; the one before stays accepted")
        commands.add_parser("renew", help="encrypt with it what the database holds; may run again")
        forget = commands.add_parser("forget", help="take the earlier secrets out of the file")
        forget.add_argument("--yes", action="store_true", help="do not ask")
        commands.add_parser("status", help="say which step comes next")

    def handle(self, *_args: Any, command: str, **options: Any) -> None:
        if command == "renew":
            self.renew()
            return
        path = settings.SECRET_KEY_PATH
        if path is None:
            raise CommandError(
                "SECRET_KEY is set in the environment, which this command cannot change. Write it to a file that only "
                "the site's user reads, and set SECRET_KEY_FILE instead."
            )
        try:
            file = SecretFile.read(path)
            if command == "add":
                file.add(self.make_secret(options["source"]))
                file.write(path)
                self.stdout.write(f"The new secret is in {path}. {RESTART.format(step='switch')}")
            elif command == "switch":
                file.switch()
                file.write(path)
                self.stdout.write(f"The new secret is in use. {RESTART.format(step='renew')}")
            elif command == "forget":
                self.forget(file, path, options["yes"])
            else:
                self.describe(file)
        except SecretFileError as error:
            raise CommandError(str(error)) from error

    def make_secret(self, source: Path | None) -> str:
        if source is None:
            return secrets.token_urlsafe(50)
        try:
            return source.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file {source} cannot be read.") from error

    def renew(self) -> None:
        """Encrypt anew, and name what no accepted secret decrypts."""
        for renewal in look_at_all(write=True):
            self.stdout.write(
                f"{renewal.kind}: {renewal.total}, renewed {renewal.stale}, unreadable {renewal.unreadable}"
            )
        self.stdout.write(
            "Keep the earlier secret until links in e-mails are old (docs/deploy.md), then: forget."
        )

    def forget(self, file: SecretFile, path: Path, is_confirmed: bool) -> None:
        if not file.earlier:
            raise CommandError("The file holds no earlier secret.")
        if file.present != settings.SECRET_KEY or count_stale():
            raise CommandError(
                "Something is still encrypted with an earlier secret. Run rotate_secret renew."
            )
        confirm(
            "Links in e-mails that were signed with the earlier secrets stop working. Go on?", is_confirmed
        )
        file.earlier = []
        file.write(path)
        self.stdout.write("The earlier secrets are gone from the file. Restart every process.")

    def describe(self, file: SecretFile) -> None:
        stale = count_stale()
        if file.following:
            step = "switch, once every process was restarted"
        elif stale:
            step = f"renew: {stale} values are encrypted with an earlier secret"
        elif file.earlier:
            step = "forget, once links in e-mails are old"
        else:
            step = "add, if the secret shall be replaced"
        self.stdout.write(f"Earlier secrets accepted: {len(file.earlier)}. Next step: {step}.")


def look_at_all(*, write: bool) -> list[Renewal]:
    """Ask every app about what it stores encrypted."""
    answers: list[Any] = secret_renewal.send(sender=None, now=timezone.now(), write=write)
    return [renewal for _receiver, renewal in answers]


def count_stale() -> int:
    """Return how many values an earlier secret encrypts."""
    return sum(renewal.stale for renewal in look_at_all(write=False))
