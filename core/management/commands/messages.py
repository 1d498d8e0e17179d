"""manage.py messages: update the catalogues in locale/ with the texts of code and templates. Needs xgettext."""

import os
import subprocess
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import templatize

PACKAGES = ("botoxtrack", *settings.LOCAL_APPS)
KEYWORDS = (
    "gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2", "npgettext:1c,2,3", "pgettext_lazy:1c,2",
    "npgettext_lazy:1c,2,3",
)  # fmt: skip
FORMATS = ("python-format", "python-brace-format")
METADATA = {
    "Project-Id-Version": "botoxtrack",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
"""Of a new catalogue, beside its language."""


def extract_messages(root: Path) -> polib.POFile:
    """Return a catalogue of all texts without translations, in the order of the files."""
    code = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    templates = [path for path in sorted((root / "templates").rglob("*")) if path.suffix in {".html", ".txt"}]
    names = [str(path.relative_to(root)) for path in (*code, *templates) if "migrations" not in path.parts]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in names:
            text = (root / name).read_text()
            copy = work / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text if copy.suffix == ".py" else templatize(text, origin=name))
        (work / "names").write_text("\n".join(names))
        options = ["--language=Python", "--from-code=UTF-8", "--add-location=file", "--no-wrap", "--output=-"]
        keywords = [f"--keyword={keyword}" for keyword in KEYWORDS]
        done = subprocess.run(
            ["xgettext", *options, *keywords, "--files-from=names"],
            cwd=work, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    return polib.pofile(done.stdout, wrapwidth=0)


class Command(BaseCommand):
    help = "Update the .po files with the texts in code and templates. A code without a folder starts a new language."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "code", nargs="*", help="name of the folder in locale/, such as fr or pt_BR; default: all"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        codes = options["code"] or sorted(path.parts[-3] for path in root.glob("locale/*/*/django.po"))
        for code in codes:
            if not code.replace("_", "").isalpha():
                raise CommandError(f"{code!r} is no name of a language; write it like fr or pt_BR.")
        try:
            extracted = extract_messages(root)
        except FileNotFoundError as error:
            raise CommandError("xgettext is missing. Install it: apt-get install gettext") from error
        for code in codes:
            self.update_catalogue(root / "locale" / code / "LC_MESSAGES" / "django.po", extracted, code)

    def update_catalogue(self, path: Path, extracted: polib.POFile, code: str) -> None:
        """Keep translations, add new texts and drop texts that no longer exist; in the order of the files."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            catalogue = polib.pofile(str(path), wrapwidth=0)
        else:
            catalogue = polib.POFile(wrapwidth=0)
            catalogue.metadata = {**METADATA, "Language": code}
        previous = {(entry.msgctxt, entry.msgid, entry.msgid_plural): entry for entry in catalogue}
        catalogue.clear()
        for entry in polib.pofile(str(extracted), wrapwidth=0):  # a copy, for each language changes it
            translated = previous.get((entry.msgctxt, entry.msgid, entry.msgid_plural))
            if translated:
                entry.msgstr, entry.msgstr_plural = translated.msgstr, translated.msgstr_plural
                entry.flags += [
                    flag for flag in translated.flags if flag not in entry.flags and flag not in FORMATS
                ]
            catalogue.append(entry)
        catalogue.save(str(path))
        untranslated = [entry.msgid for entry in catalogue if not entry.translated()]
        self.stdout.write(f"{code}: {len(catalogue)} texts, {len(untranslated)} without a translation")
        for text in untranslated[:40]:
            self.stdout.write(f"  {text}")
