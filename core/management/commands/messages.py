"""manage.py messages: update the catalogues in locale/ with the texts of code and templates. Needs xgettext."""

import os
import re
import subprocess
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import normalize, read_po
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
    "Language": "",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
"""Of a new catalogue, beside its language."""


def extract_messages(root: Path) -> Catalog:
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
    template = done.stdout.replace("nplurals=INTEGER; plural=EXPRESSION;", METADATA["Plural-Forms"])
    return read_po(BytesIO(template.encode()), charset="utf-8")


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

    def update_catalogue(self, path: Path, extracted: Catalog, code: str) -> None:
        """Keep translations, add new texts and drop texts that no longer exist; in the order of the files."""
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata, previous = {**METADATA, "Language": code}, Catalog()
        if path.exists():
            content = path.read_bytes()
            previous = read_po(BytesIO(content), charset="utf-8")
            metadata = read_metadata(content.decode())
        messages = [take_translation(message, previous) for message in extracted if message.id]
        path.write_text(format_catalogue(metadata, messages))
        untranslated = [first_form(message.id) for message in messages if not is_translated(message)]
        self.stdout.write(f"{code}: {len(messages)} texts, {len(untranslated)} without a translation")
        for text in untranslated[:40]:
            self.stdout.write(f"  {text}")


def take_translation(message: Message, previous: Catalog) -> Message:
    """Return a text with its translation and the translator's flags, if the catalogue had it with the same plural."""
    known = previous.get(first_form(message.id), message.context)
    translated = known if known is not None and known.id == message.id else None
    return Message(
        message.id,
        translated.string if translated else "",
        [(name, line) for name, line in message.locations],
        [*message.flags, *(flag for flag in (translated.flags if translated else ()) if flag not in FORMATS)],
        context=message.context,
    )


def first_form(text: str | Iterable[str]) -> str:
    """Return the text, or the singular of one with a plural."""
    return text if isinstance(text, str) else next(iter(text))


def is_translated(message: Message) -> bool:
    strings = [message.string] if isinstance(message.string, str) else message.string or [""]
    return "fuzzy" not in message.flags and all(strings)


def read_metadata(text: str) -> dict[str, str]:
    """Return the head of a .po file as it stands there: Babel would add fields of its own."""
    head = text.partition("\n\n")[0]
    return dict(re.findall(r'^"([\w-]+): (.*)\\n"$', head, re.MULTILINE))


def format_catalogue(metadata: dict[str, str], messages: Iterable[Message]) -> str:
    """Return a .po file with one line for each location list, so that a text that moves changes one line."""
    head = ["#", 'msgid ""', 'msgstr ""', *(f'"{name}: {value}\\n"' for name, value in metadata.items())]
    return "\n\n".join(["\n".join(lines) for lines in (head, *map(format_message, messages))]) + "\n"


def format_message(message: Message) -> Iterator[str]:
    yield "#: " + " ".join(dict.fromkeys(name for name, _line in message.locations))
    if message.flags:
        yield f"#, {', '.join(sorted(message.flags))}"
    if message.context is not None:
        yield f"msgctxt {normalize(message.context, width=0)}"
    if isinstance(message.id, str):
        yield f"msgid {normalize(message.id, width=0)}"
        yield f"msgstr {normalize(str(message.string), width=0)}"
        return
    singular, plural = message.id
    yield f"msgid {normalize(singular, width=0)}"
    yield f"msgid_plural {normalize(plural, width=0)}"
    for number, string in enumerate(message.string or ("", "")):
        yield f"msgstr[{number}] {normalize(string, width=0)}"
