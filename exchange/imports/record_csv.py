"""Reading a record's files: every row is checked, every wrong one named (clinical rules, section 11). Pure."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from exchange.cells import BadCellError
from exchange.imports.encodings import decode_utf
from exchange.imports.lines import CsvLine, RecordReader
from exchange.imports.local_formats import LocalFormats
from exchange.imports.profile import read_profile
from exchange.imports.tables import split_lines, split_rows
from exchange.schema import (
    DIARY,
    FILES,
    MAX_ROWS,
    MEDICATION,
    MEDICATIONS,
    NAMES,
    PROFILE,
    TABLES,
    FileSchema,
    Key,
    Problem,
    RecordFiles,
    Row,
    Values,
)
from headaches.snapshots import snapshot_intake


def read_files(contents: Mapping[str, bytes], today: date, encoding: str = "") -> RecordFiles:
    """Read those of the files that are there. encoding: that of files that are not UTF-8. Writes nothing."""
    reader, problems = RecordReader(today), list[Problem]()
    for name in (name for name in NAMES if name in contents):
        text = decode_utf(contents[name], encoding)
        if text is None:
            problems.append(Problem(name, 0, _("is not a text file in UTF-8")))
        elif name == PROFILE:
            read_profile(reader, text, problems)
        elif name == MEDICATIONS:
            read_medications(reader, read_lines(name, text, problems), problems)
        else:
            reader.rows.setdefault(name, [])
            for line in read_lines(name, text, problems).lines:
                try:
                    parse_row(reader, name, line)
                except BadCellError as error:
                    problems.append(Problem(name, line.number, str(error)))
    if reader.incomplete_days:
        # A day without one of its medicines would say that it was not taken.
        reader.rows[DIARY] = [row for row in reader.rows[DIARY] if row.key not in reader.incomplete_days]
    return RecordFiles(reader.rows, problems)


def find_own_file(text: str) -> str | None:
    """Return which file of a record this is, by its columns; None for the file of another diary.

    A spreadsheet may have added columns or emptied the names of some; then four of ours are needed. So are they where
    only a date is required: "date, note" may be any list.
    """
    rows, _unread, _delimiter = split_rows("".join(split_lines(text[:10_000])[:2]))
    header = {cell.strip().lower() for cell in rows[0][1]} - {""} if rows else set()
    for name, schema in FILES.items():
        known = header & set(schema.column_names)
        is_whole = known == header and len(schema.required_names) > 1
        if set(schema.required_names) <= header and (is_whole or len(known) >= 4):
            return name
    return None


class FileLines(NamedTuple):
    """The rows of a file, and the first cells of the lines that could not be read."""

    lines: list[CsvLine]
    broken: list[str]


def read_lines(name: str, text: str, problems: list[Problem]) -> FileLines:
    """Return the rows of one CSV file below its header; problems of lines and of the whole file are added."""
    schema = FILES[name]
    rows, unread, delimiter = split_rows(text, schema.column_names)
    header = [cell.strip().lower() for cell in rows.pop(0)[1]] if rows else []
    if not check_header(schema, name, header, problems):
        return FileLines([], [])
    if len(rows) > MAX_ROWS:
        problems.append(Problem(name, 0, _("has more than 100,000 rows; it was not read")))
        return FileLines([], [])
    broken = [line.cells[0] for line in unread]
    problems.extend(Problem(name, line.line, line.reason) for line in unread)
    lines = []
    for number, cells in rows:
        if any(cell.strip() for cell in cells[len(header) :]):
            problems.append(Problem(name, number, _("has more cells than the header has columns")))
            broken.append(cells[0])
        else:
            padded = (cells + [""] * len(header))[: len(header)]
            lines.append(CsvLine(number, dict(zip(header, padded, strict=True))))
    return FileLines(LocalFormats.of(schema, lines, delimiter).apply(lines), broken)


def check_header(schema: FileSchema, name: str, header: list[str], problems: list[Problem]) -> bool:
    missing = [column for column in schema.required_names if column not in header]
    names = [column for column in header if column]
    if missing:
        reason = _("the header lacks: %(columns)s") % {"columns": ", ".join(missing)}
    elif len(set(names)) < len(names):
        reason = _("the header names a column twice")
    else:
        if unknown := [column for column in names if column not in schema.column_names]:
            reason = _(
                "the header has unknown columns, which are left out: %(columns)s; known are %(known)s"
            ) % {
                "columns": ", ".join(column[:40] for column in unknown),
                "known": ", ".join(schema.column_names),
            }
            problems.append(Problem(name, 1, reason))
        return True
    problems.append(Problem(name, 1, reason))
    return False


def parse_row(reader: RecordReader, name: str, line: CsvLine) -> None:
    """Read one row of a file. Raises BadCellError."""
    schema = TABLES[name]
    values: Values = {
        column.field_name: line.parse(column, reader.today) for column in schema.columns if column.is_key
    }
    key: Key = tuple(values[field] or "" for field in schema.key_fields)
    if schema.belongs_to_session:
        reader.require_session(key[0])
    if not schema.shares_keys:
        reader.require_new(name, key, line.number)
    values |= {
        column.field_name: line.parse(column, reader.today) for column in schema.columns if not column.is_key
    }
    if schema.check:
        schema.check(values)
    row_values = {field: values[field] for field in schema.value_fields}
    if name == DIARY:
        row_values["intakes"] = []
    reader.add(name, Row(key, row_values, line.number))


def read_medications(reader: RecordReader, file: FileLines, problems: list[Problem]) -> None:
    """Add the medicines to their days; a day with one that cannot be read is incomplete."""
    days = reader.values_by_key(DIARY)
    date_column, *columns = MEDICATION.columns
    for line in file.lines:
        key: Key = ()
        try:
            key = (line.parse(date_column, reader.today),)
            if (DIARY, key) not in reader.lines:
                raise BadCellError(_("%(day)s has no row in diary.csv") % {"day": key[0]})
            intake = snapshot_intake(*(line.parse(column, reader.today) for column in columns))
        except BadCellError as error:
            problems.append(Problem(MEDICATIONS, line.number, str(error)))
            if (DIARY, key) in reader.lines:
                reader.incomplete_days.add(key)
            continue
        if key in days:
            days[key]["intakes"].append(intake)
    for cell in file.broken:
        key = (cell.strip().strip('"'),)
        # Where the day is not known, it may be any.
        reader.incomplete_days.update([key] if (DIARY, key) in reader.lines else days)
