"""A language for tests alone, made from the English texts: half as long again, marked, right to left.

Its code has an Arabic base, so that Django takes it for right-to-left and names months in no English word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polib
from django.conf import settings
from django.test import override_settings

CODE, FOLDER = "ar-xb", "ar_XB"
# What a program reads stays: placeholders, tags, entities.
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|\{\w*\}|<[^>]*>|&#?\w+;)")
ACCENTS = str.maketrans("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ")
NO_SENTENCES = {"date format", "time format"}


def longer(word: re.Match[str]) -> str:
    more = f"{word[0]}{word[0][: (len(word[0]) + 1) // 2].lower()}".translate(ACCENTS)
    return more if not more.isascii() else f"{word[0]}é"


def pseudo(text: str) -> str:
    """Each word longer by half, its vowels accented, the whole in marks."""
    parts = KEPT.split(text)
    parts[::2] = [re.sub(r"[A-Za-z]+", longer, part) for part in parts[::2]]
    return f"⟦{''.join(parts)}⟧"


def catalogue(source: Path) -> polib.POFile:
    """Every text of a .po file in the language of this module."""
    found = polib.pofile(str(source))
    for entry in found:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: pseudo(entry.msgid), 1: pseudo(entry.msgid_plural)}
        else:
            entry.msgstr = entry.msgid if entry.msgctxt in NO_SENTENCES else pseudo(entry.msgid)
    found.metadata["Plural-Forms"] = "nplurals=2; plural=(n != 1);"
    return found


@contextmanager
def spoken(folder: Path) -> Iterator[None]:
    """The language is among those offered, as long as this lasts."""
    place = folder / FOLDER / "LC_MESSAGES"
    place.mkdir(parents=True)
    catalogue(settings.BASE_DIR / "locale" / "de" / "LC_MESSAGES" / "django.po").save_as_mofile(
        str(place / "django.mo")
    )
    paths = [*settings.LOCALE_PATHS, folder]
    with override_settings(LANGUAGES=[*settings.LANGUAGES, (CODE, CODE)], LOCALE_PATHS=paths):
        yield
