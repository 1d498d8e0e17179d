"""manage.py operator: make an account an operator."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User


class Command(BaseCommand):
    help = "Let an account see the ledger of the reminders. It needs a second factor there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address the account logs in with")
        parser.add_argument("--remove", action="store_true", help="make the account an ordinary one again")

    def handle(self, *_args: Any, email: str, remove: bool, **_options: Any) -> None:
        if not User.objects.filter(email=email.strip().lower()).update(is_operator=not remove):
            raise CommandError(f"No account has the address {email}.")
        self.stdout.write(f"{email} is {'no longer an' if remove else 'an'} operator.")
