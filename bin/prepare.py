"""Prepare a start, in one process: migrate, cache table, static files, demo."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botoxtrack.settings")

import django
from django.core.management import call_command

from manage import print_errors_as_sentences


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if "--demo" in sys.argv:
        call_command("demo", verbosity=0)


if __name__ == "__main__":
    with print_errors_as_sentences():
        main()
