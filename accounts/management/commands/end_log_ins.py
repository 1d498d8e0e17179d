"""manage.py end_log_ins: log an account out everywhere."""

from argparse import ArgumentParser
from typing import Any

from allauth.usersessions.models import UserSession
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User


class Command(BaseCommand):
    help = "Log an account out on every device, such as after a lost phone. The next request of each gets the log-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address the account logs in with")

    def handle(self, *_args: Any, email: str, **_options: Any) -> None:
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"No account has the address {email}.")
        log_ins = list(UserSession.objects.filter(user_id=user.pk))
        for log_in in log_ins:
            log_in.end()
        self.stdout.write(f"Log-ins of {email} ended: {len(log_ins)}.")
