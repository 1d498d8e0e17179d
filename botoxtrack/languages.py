"""The languages of the site: English, and one for each folder of locale/ with a django.po.

Compiled catalogues are stored in VAR_DIR under a digest of their .po files, so that none can be out of date or missing.
"""

import os
import shutil
import tempfile
from gettext import GNUTranslations
from hashlib import sha256
from pathlib import Path

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_language

CATALOGUE = Path("LC_MESSAGES") / "django.po"


def find_catalogues(locale: Path) -> dict[str, Path]:
    """Return the .po file of each language code, in order."""
    return {to_language(path.parts[-3]): path for path in sorted(locale.glob(f"*/{CATALOGUE}"))}


def list_languages(locale: Path) -> list[tuple[str, str]]:
    """Return code and own name of each language, for LANGUAGES."""
    codes = ["en", *(code for code in find_catalogues(locale) if code != "en")]
    return [(code, str(LANG_INFO.get(code, {}).get("name_local", code))) for code in codes]


def compile_catalogues(locale: Path, into: Path) -> Path:
    """Return the folder of the compiled catalogues, after compiling them if it does not exist.

    Raises ImproperlyConfigured for a catalogue that cannot be read.
    """
    files = find_catalogues(locale).values()
    folder = into / sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    if folder.is_dir():
        return folder
    temporary = Path(tempfile.mkdtemp(dir=into))
    try:
        for path in files:
            compiled = temporary / path.parts[-3] / CATALOGUE.with_suffix(".mo")
            compiled.parent.mkdir(parents=True)
            compile_catalogue(path, compiled)
        os.rename(temporary, folder)
    except OSError:
        if not folder.is_dir():  # another process was faster
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def compile_catalogue(path: Path, compiled: Path) -> None:
    """Write a .mo file that gettext can load. Raises ImproperlyConfigured for a catalogue that it cannot be made of."""
    # Here, because they take an eighth of a second, and most starts find everything compiled.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as source, compiled.open("wb") as file:
            write_mo(file, read_po(source, charset="utf-8", abort_invalid=True))
        with compiled.open("rb") as file:
            GNUTranslations(file)
    except (OSError, UnicodeError, PoFileError, ValueError, LookupError, RecursionError) as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read as a catalogue: {error}. Its head needs “charset=UTF-8” and valid Plural-Forms."
        ) from error
