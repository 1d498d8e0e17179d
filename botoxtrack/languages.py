"""The languages there are: English, and one for each folder of locale/ with a django.po.

Compiled catalogues lie in VAR_DIR under a digest of the .po files they were made from, so none can be out of date, and
no process shows English because a file was forgotten.
"""

import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

import polib
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_language

CATALOGUE = Path("LC_MESSAGES") / "django.po"


def catalogues(locale: Path) -> dict[str, Path]:
    """The .po file of each language code, in order."""
    return {to_language(path.parts[-3]): path for path in sorted(locale.glob(f"*/{CATALOGUE}"))}


def offered(locale: Path) -> list[tuple[str, str]]:
    """LANGUAGES: code, and the language's own name for itself."""
    codes = ["en", *(code for code in catalogues(locale) if code != "en")]
    return [(code, str(LANG_INFO.get(code, {}).get("name_local", code))) for code in codes]


def compiled(locale: Path, into: Path) -> Path:
    """The folder of what was compiled from these .po files, made where it is missing.

    Raises ImproperlyConfigured in a sentence for a catalogue that cannot be read.
    """
    files = catalogues(locale).values()
    place = into / sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    if place.is_dir():
        return place
    fresh = Path(tempfile.mkdtemp(dir=into))
    try:
        for path in files:
            compile_one(path, fresh / path.parts[-3] / CATALOGUE.with_suffix(".mo"))
        os.rename(fresh, place)
    except OSError:
        if not place.is_dir():  # another process was faster
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def compile_one(path: Path, into: Path) -> None:
    try:
        read = polib.pofile(str(path), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read as a catalogue: {error}") from error
    into.parent.mkdir(parents=True)
    read.save_as_mofile(str(into))
