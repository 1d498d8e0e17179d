"""Apple Health's export.xml, gigabytes long: what a diary needs is taken from it as it streams by. Pure."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import IO, Final
from xml.parsers import expat

from django.utils.translation import gettext as _

from exchange.archive import RefusedError
from exchange.schema import MAX_ROWS

HEADACHE: Final = "HKCategoryTypeIdentifierHeadache"
FLOW: Final = "HKCategoryTypeIdentifierMenstrualFlow"
WANTED: Final = frozenset((HEADACHE, FLOW))
FIELDS: Final = ("type", "startDate", "endDate", "value")
# The first line of what is kept: no file of another origin begins like this.
HEADER: Final = "apple health line,type,startDate,endDate,value\r\n"
CHUNK_BYTES: Final = 256 * 1024
PROGRESS_BYTES: Final = 64 * 1024 * 1024
# An honest tag has some hundred bytes; the parser must keep a whole one in memory.
MAX_TAG_BYTES: Final = 1024 * 1024
# What a parser keeps until the end: open tags, and every different name.
MAX_DEPTH: Final = 100
MAX_NAMES: Final = 10_000
MAX_VALUE: Final = 80  # characters
MAX_ENTITY: Final = 100  # characters

Progress = Callable[[int, int], None]


def is_apple_health(head: bytes) -> bool:
    """Whether the first kilobytes are those of an export.xml."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and (
        b"<HealthData" in head or b"<!DOCTYPE HealthData" in head
    )


class AppleReader:
    """Keeps the entries that are wanted, with the line each stands on."""

    def __init__(self) -> None:
        self.out = StringIO(newline="")
        self.out.write(HEADER)
        self.writer = csv.writer(self.out)
        self.count = self.depth = 0
        self.parser = expat.ParserCreate()
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.EntityDeclHandler = self.refuse_entity

    def start(self, name: str, attributes: list[str]) -> None:
        self.depth += 1
        if name != "Record" or WANTED.isdisjoint(attributes):
            return
        values = dict(zip(attributes[::2], attributes[1::2], strict=True))
        if values.get("type") not in WANTED:
            return
        self.count += 1
        if self.count > MAX_ROWS:
            raise RefusedError(_("The file has more than 100,000 rows; it was not read."))
        cells = (values.get(field, "")[:MAX_VALUE] for field in FIELDS)
        self.writer.writerow([self.parser.CurrentLineNumber, *cells])

    def end(self, _name: str) -> None:
        self.depth -= 1

    @property
    def has_grown(self) -> bool:
        """Whether the file makes the parser keep more than an honest one does."""
        return self.depth > MAX_DEPTH or len(self.parser.intern) > MAX_NAMES

    def refuse_entity(self, name: str, is_parameter: bool, value: str | None, *_more: str | None) -> None:
        """Refuse what could grow when it is read: entities of entities, long ones, and those of other files."""
        if is_parameter or value is None or len(value) > MAX_ENTITY or "&" in value or "%" in value:
            raise RefusedError(
                _("The file declares entities, as a file made to do harm does; it was not read.")
            )


def extract_records(file: IO[bytes], progress: Progress | None = None, limit: int | None = None) -> bytes:
    """Return the wanted entries of an export.xml as CSV. Memory is bounded. Raise RefusedError.

    progress: called now and then with the bytes that were read and the entries that were found. limit: a longer file
    is refused.
    """
    reader, read, told = AppleReader(), 0, 0
    try:
        while chunk := file.read(CHUNK_BYTES):
            reader.parser.Parse(chunk, False)
            read += len(chunk)
            if reader.has_grown or read - reader.parser.CurrentByteIndex > MAX_TAG_BYTES:
                raise RefusedError(_("The file is damaged or cut off; nothing of it was read."))
            if limit is not None and read > limit:
                reason = _(
                    "Unpacked, the export of Apple Health is larger than %(size)s MB; it was not read."
                )
                raise RefusedError(reason % {"size": limit // 1024**2})
            if progress and read - told >= PROGRESS_BYTES:
                progress(read, reader.count)
                told = read
        reader.parser.Parse(b"", True)
    except RefusedError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two for its encoding
        raise RefusedError(_("The file is damaged or cut off; nothing of it was read.")) from error
    return reader.out.getvalue().encode()
