"""What was uploaded: a record's files, or another diary's file, whatever it is wrapped in."""

import json
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.utils.translation import gettext as _

from exchange.archive import (
    ENCRYPTED,
    MAX_DIRECTORY,
    RefusedError,
    check_names,
    check_sizes,
    find_members,
    is_zip,
    open_zip,
    read_member,
)
from exchange.imports.encodings import decode_utf, offer_encodings
from exchange.imports.formats.apple_stream import Progress, extract_records, is_apple_health
from exchange.imports.formats.base import Source
from exchange.imports.formats.registry import recognise
from exchange.imports.formats.spreadsheets import OLE, is_spreadsheet, read_sheets
from exchange.imports.record_csv import find_own_file
from exchange.schema import MAX_BYTES, NAMES

# The names of another diary's file inside a draft: its text, or the sheets of a spreadsheet.
OTHER_DIARY_FILE: Final = "other.csv"
SHEETS_FILE: Final = "sheets.json"
# Files of another diary that may stand in a zip alone.
OTHER_SUFFIXES: Final = frozenset((".csv", ".tsv", ".json", ".xlsx", ".xls", ".ods"))
HEAD_BYTES: Final = 64 * 1024
MAX_SHEET_BYTES: Final = 100 * 1024 * 1024  # of a spreadsheet, unpacked
# Of Apple Health in the browser: what is read within half a minute.
MAX_APPLE_UNPACKED: Final = 2 * 1024 * 1024 * 1024
MAX_DOCUMENTS: Final = 50
# Their zips hold a file for each walk.
MAX_APPLE_DIRECTORY: Final = 8 * 1024 * 1024


def unpack_upload(
    file: IO[bytes], *, progress: Progress | None = None, apple_limit: int | None = MAX_APPLE_UNPACKED
) -> dict[str, bytes]:
    """Return the files of an upload: those of a record, or one of another diary. Raise RefusedError.

    apple_limit: how many bytes of an export of Apple Health are read, None for all.
    """
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if is_apple_health(head):
        return {OTHER_DIARY_FILE: extract_records(file, progress, apple_limit)}
    if is_zip(head):
        return unpack_zip_upload(file, progress, apple_limit)
    return unpack_file(read_all(file))


def read_all(file: IO[bytes]) -> bytes:
    file.seek(0)
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise RefusedError(_("The file is larger than 20 MB; nothing of it was read. Choose a smaller one."))
    return data


def unpack_zip_upload(
    file: IO[bytes], progress: Progress | None, apple_limit: int | None
) -> dict[str, bytes]:
    """Return the files of a zip: an export of Apple Health, a spreadsheet, a record, or one file of another diary."""
    with open_zip(file, MAX_APPLE_DIRECTORY) as archive:
        apple_name = find_apple_health(archive)
        if apple_name:
            with archive.open(apple_name) as member:
                return {OTHER_DIARY_FILE: extract_records(member, progress, apple_limit)}
        data = read_all(file)
    with open_zip(BytesIO(data), MAX_DIRECTORY) as archive:
        members = find_members(archive)
        if is_spreadsheet(archive.namelist()):
            return unpack_sheets_of(data)
        # The one file of a zip may be that of another diary.
        name = members[0][0].lower() if len(members) == 1 else ""
        is_plain_name = not {"/", "\\", ":"}.intersection(name) and name not in NAMES
        if is_plain_name and PurePosixPath(name).suffix in OTHER_SUFFIXES:
            check_sizes(members)
            return unpack_file(read_member(archive, members[0][1]))
        check_names(members)
        check_sizes(members)
        return {name: read_member(archive, info) for name, info in members}


def find_apple_health(archive: ZipFile) -> str | None:
    """Return the name of the export.xml of Apple Health in a zip, which is called differently in each language."""
    documents = [info for info in archive.infolist() if info.filename.lower().endswith(".xml")]
    for info in documents[:MAX_DOCUMENTS]:
        if info.compress_type in (ZIP_STORED, ZIP_DEFLATED) and not info.flag_bits & ENCRYPTED:
            with archive.open(info) as member:
                if is_apple_health(member.read(HEAD_BYTES)):
                    return info.filename
    return None


def unpack_file(data: bytes) -> dict[str, bytes]:
    """Return a single file by the name it has inside a draft. Raise RefusedError."""
    if is_zip(data) or data.startswith(OLE):
        return unpack_sheets_of(data)
    text = decode_utf(data)
    if text is None:
        offers = offer_encodings(data)
        text = decode_utf(data, offers[0].codec) if offers else None
    if text is None:
        raise RefusedError(_("This is no text file and no zip. Choose a CSV file, or the zip of an export."))
    if not text.strip():
        raise RefusedError(_("The file is empty."))
    # "Date, Headache" may be Apple's words, too.
    own_file = None if recognise(Source(text)) else find_own_file(text)
    return {own_file or OTHER_DIARY_FILE: data}


def unpack_sheets_of(data: bytes) -> dict[str, bytes]:
    """Return the sheets of a spreadsheet. Raise RefusedError."""
    if is_zip(data):
        with open_zip(BytesIO(data)) as archive:
            if not is_spreadsheet(archive.namelist()):
                raise RefusedError(_("The zip holds another zip. Unpack it, and choose one of its files."))
            members = [(info.filename, info) for info in archive.infolist()]
            check_sizes(members, MAX_SHEET_BYTES)
            for _name, info in members:
                read_member(archive, info)  # refuses contents that are larger than declared
    return {SHEETS_FILE: json.dumps(read_sheets(data)).encode()}
