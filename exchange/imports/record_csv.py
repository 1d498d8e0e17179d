"""Reading a record's files: every row is checked, every wrong one named (clinical rules, section 11). Pure."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from io import StringIO

from django.utils.translation import gettext as _

from exchange.cells import BadCellError
from exchange.imports.encodings import decode_utf
from exchange.imports.lines import CsvLine, RecordReader
from exchange.imports.profile import read_profile
from exchange.schema import (
    DIARY,
    FILES,
    MAX_ROWS,
    MEDICATION,
    MEDICATIONS,
    NAMES,
    PROFILE,
    TABLES,
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
            read_medications(reader, list(iterate_lines(name, text, problems)), problems)
        else:
            reader.rows.setdefault(name, [])
            for line in iterate_lines(name, text, problems):
                try:
                    parse_row(reader, name, line)
                except BadCellError as error:
                    problems.append(Problem(name, line.number, str(error)))
    if reader.incomplete_days:
        # A day without one of its medicines would say that it was not taken.
        reader.rows[DIARY] = [row for row in reader.rows[DIARY] if row.key not in reader.incomplete_days]
    return RecordFiles(reader.rows, problems)


def iterate_lines(name: str, text: str, problems: list[Problem]) -> Iterator[CsvLine]:
    """Yield the rows of one CSV file below its header; problems of the file as a whole are added to the list."""
    rows = parse_csv(name, text, problems)
    header = [cell.strip().lower() for cell in rows.pop(0)[1]] if rows else []
    header_problem = FILES[name].find_header_problem(header)
    if header_problem:
        problems.append(Problem(name, 1, header_problem))
        return
    if len(rows) > MAX_ROWS:
        problems.append(Problem(name, 0, _("has more than 100,000 rows; it was not read")))
        return
    for number, cells in rows:
        if len(cells) > len(header):
            problems.append(Problem(name, number, _("has more cells than the header has columns")))
        else:
            padded = cells + [""] * (len(header) - len(cells))
            yield CsvLine(number, dict(zip(header, padded, strict=True)))


def parse_csv(
    name: str, text: str, problems: list[Problem], delimiter: str = ","
) -> list[tuple[int, list[str]]]:
    """Return the rows that are not empty, each with the line it begins on; of a long file one row more than allowed."""
    reader = csv.reader(StringIO(text, newline=""), strict=True, delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) or not rows:
                rows.append((line, cells))
            if len(rows) > MAX_ROWS + 1:
                break
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(name, line, _("is no CSV: %(reason)s") % {"reason": error}))
    return rows


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


def read_medications(reader: RecordReader, lines: list[CsvLine], problems: list[Problem]) -> None:
    """Add the medicines to their days; a day with one that cannot be read is incomplete."""
    days = reader.values_by_key(DIARY)
    date_column, *columns = MEDICATION.columns
    for line in lines:
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
