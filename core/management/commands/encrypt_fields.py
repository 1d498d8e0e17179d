"""manage.py encrypt_fields: encrypt, encrypt anew or decrypt what is stored in encrypted fields."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.field_encryption import rewrite_all


class Command(BaseCommand):
    help = "Encrypt notes with the first key of FIELD_KEYS. Exit code 1 if a value needs a key that is not there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--decrypt", action="store_true", help="store them in the clear again")

    def handle(self, *_args: Any, decrypt: bool, **_options: Any) -> None:
        if not settings.FIELD_KEYS:
            raise CommandError("FIELD_KEYS is not set: there is no key.")
        results = rewrite_all(decrypt=decrypt)
        for result in results:
            self.stdout.write(
                f"{result.column}: {result.total}, rewritten {result.rewritten}, unreadable {result.unreadable}"
            )
        if sum(result.unreadable for result in results):
            raise CommandError("Some values need a key that FIELD_KEYS does not hold. They stay as they are.")
