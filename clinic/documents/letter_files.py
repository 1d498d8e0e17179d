"""Writes a letter as DOCX, from a template that a clinic can replace, or as PDF (docs/documents.md)."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.documents.letter import BLANKS, Section
from clinic.documents.typeset import FOLDER, Document
from core import formatting

MAX_TEMPLATE: Final = 2 * 1024 * 1024
MAX_UNPACKED: Final = 20 * 1024 * 1024
# What a broken archive, broken XML, or wrong tags raise in docxtpl, python-docx, lxml and Jinja.
TEMPLATE_FAULTS: Final = (
    SyntaxError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError,
    RuntimeError, OSError, EOFError, BadZipFile, zlib.error,
)  # fmt: skip


class BadTemplateError(ValueError):
    """A template that cannot be used; its text is a sentence."""


def build_values(sections: Sequence[Section], blanks: Mapping[str, str], day: date) -> dict[str, Any]:
    """Return what a template is filled with: texts alone. An empty blank stays one."""
    return {
        "title": _("Request to continue treatment with onabotulinumtoxinA for chronic migraine"),
        "date": formatting.day(day),
        "blanks": [{"label": str(label), "value": blanks.get(name, "")} for name, label in BLANKS.items()],
        "sections": [{"title": section.title, "lines": section.lines} for section in sections],
        "note": _(
            "The numbers are counts from the patient’s own diary as of %(day)s, with the days they are counted from."
        )
        % {"day": formatting.day(day)},
    }


def write_docx(values: Mapping[str, Any], template: bytes | None = None) -> bytes:
    """Fill a DOCX template: the one given, that of the operator, or ours. Raise BadTemplateError with a sentence."""
    # Imported here: they read XML with a library that no other page needs.
    from docxtpl import DocxTemplate
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    content = template or read_template()
    check_archive(content)
    environment = SandboxedEnvironment(autoescape=True)
    environment.globals.clear()  # a template may only repeat what it is given
    out = BytesIO()
    try:
        document = DocxTemplate(BytesIO(content))
        document.render(dict(values), environment, autoescape=True)
        document.save(out)
    except (TemplateError, *TEMPLATE_FAULTS) as error:
        raise BadTemplateError(_("The template cannot be filled: %(reason)s") % {"reason": error}) from error
    return out.getvalue()


def read_template() -> bytes:
    """Return the operator's template (LETTER_TEMPLATE), else ours."""
    path = Path(settings.LETTER_TEMPLATE or FOLDER / "letter.docx")
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadTemplateError(
            _("LETTER_TEMPLATE cannot be read: %(reason)s") % {"reason": error.strerror}
        ) from error


def check_archive(content: bytes) -> None:
    """Refuse what is no DOCX, and what would unpack to more than a letter."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = {info.filename for info in archive.infolist()}
            size = sum(info.file_size for info in archive.infolist())
    except (BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise BadTemplateError(_("The template is no DOCX file.")) from error
    if "word/document.xml" not in names:
        raise BadTemplateError(_("The template is no DOCX file."))
    if len(content) > MAX_TEMPLATE or size > MAX_UNPACKED:
        raise BadTemplateError(_("The template is larger than 2 MB."))


def write_letter_pdf(values: Mapping[str, Any], day: date) -> bytes:
    """Return the letter as a tagged PDF."""
    language = (get_language() or "en").split("-")[0]
    content = {
        **values,
        "lang": language,
        "page": _("Page"),
        "day": [day.year, day.month, day.day],
    }
    return Document("letter.typ", content).write_pdf(day)
