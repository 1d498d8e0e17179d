"""manage.py generate_docs: write the generated pages of docs/."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.documents import PAGES


class Command(BaseCommand):
    help = "Write the pages of docs/ that are generated from the code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")

    def handle(self, *_args: Any, check: bool, **_options: Any) -> None:
        stale = []
        for name, generate in PAGES.items():
            path, text = Path(settings.BASE_DIR) / name, generate()
            if path.exists() and path.read_text() == text:
                continue
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        if check and stale:
            raise CommandError(f"Stale: {', '.join(stale)}. Run manage.py generate_docs.")
        self.stdout.write(f"Written: {', '.join(stale)}" if stale else "All pages are up to date.")
