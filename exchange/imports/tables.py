"""A table of another diary: its header wherever it stands, its rows, and the lines that are no rows of it. Pure."""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from io import StringIO
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from exchange.cells import BadCellError
from exchange.imports.datetimes import ORDERS, parse_moment
from exchange.schema import MAX_ROWS

# In the order in which they are preferred: a comma may stand in numbers.
DELIMITERS: Final = ("\t", ";", ",", "|")
SEPARATOR_LINE: Final = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
SAMPLE_ROWS: Final = 60
MAX_TITLE_ROWS: Final = 40
# A cell may hold so many lines; a quote that is not closed by then is a stray one.
MAX_CELL_LINES: Final = 200

NumberedRow = tuple[int, list[str]]


class UnreadLine(NamedTuple):
    """A line that is no row of its table. cells: what may be its first cells, to tell its date."""

    line: int
    reason: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows, each with the line it begins on (from 1).

    problem: why nothing can be read, or "". unread: lines that are broken. titles: lines above the header, with their
    text. has_header: whether the file names its columns.
    """

    header: list[str]
    rows: list[NumberedRow]
    problem: str = ""
    unread: list[UnreadLine] = field(default_factory=list)
    titles: list[tuple[int, str]] = field(default_factory=list)
    has_header: bool = True

    @property
    def key(self) -> str:
        """A digest of the header, equal for files of the same app."""
        return sha256("\x1f".join(self.header).lower().encode()).hexdigest()

    def column(self, index: int | None) -> list[str]:
        """Return the stripped cells of a column."""
        return [] if index is None else [get_cell(cells, index) for _line, cells in self.rows]


def get_cell(cells: list[str], index: int | None) -> str:
    return cells[index].strip() if index is not None and index < len(cells) else ""


def split_lines(text: str) -> list[str]:
    """Return the lines with their ends, as the csv module counts them."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def parse_line(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of one line or of several joined ones; None if its quotes do not fit."""
    try:
        rows = list(csv.reader(StringIO(line, newline=""), strict=True, delimiter=delimiter))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else [] if not rows else None


def detect_delimiter(lines: list[str], columns: Collection[str] = ()) -> str:
    """Return the delimiter that splits most of the first lines into equally many columns; then into most columns."""
    if columns and lines:
        known_columns = {
            delimiter: sum(cell.strip().lower() in columns for cell in parse_line(lines[0], delimiter) or ())
            for delimiter in DELIMITERS
        }
        if max(known_columns.values()) > 1:
            return max(DELIMITERS, key=lambda delimiter: known_columns[delimiter])
    sample = [line for line in lines[:SAMPLE_ROWS] if line.strip()]

    def quality(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(cells) for line in sample if (cells := parse_line(line, delimiter)))
        width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]), default=(1, 0))
        return (rows if width > 1 else 0, width)

    return max(DELIMITERS, key=quality)


def split_rows(text: str, columns: Collection[str] = ()) -> tuple[list[NumberedRow], list[UnreadLine], str]:
    """Return rows that are not empty, broken lines with their reasons, and the delimiter.

    columns: names that stand in the first line, which then tells the delimiter: texts may hold any of them.
    A line whose quotes do not fit is named and left out; the others are read as if it were not there.
    """
    lines = split_lines(text.lstrip("\ufeff"))
    separator = SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    delimiter = separator[1] if separator else detect_delimiter(lines, columns)
    rows: list[NumberedRow] = []
    unread: list[UnreadLine] = []
    number = 1 if separator else 0
    while number < len(lines) and len(rows) <= MAX_ROWS + MAX_TITLE_ROWS:
        cells, used = read_record(lines, number, delimiter)
        if cells is None:
            unread.append(
                UnreadLine(
                    number + 1,
                    _("a quotation mark is missing or one too many; the line was left out"),
                    lines[number].split(delimiter),
                )
            )
        elif any(cell.strip() for cell in cells):
            rows.append((number + 1, cells))
        number += used
    return rows, unread, delimiter


def read_record(lines: list[str], start: int, delimiter: str) -> tuple[list[str] | None, int]:
    """Return the cells of the record that begins on a line, or None, and how many lines it takes."""
    cells = parse_line(lines[start], delimiter)
    if cells is not None or '"' not in lines[start]:
        return cells, 1
    quotes, joined = 0, ""
    for used, line in enumerate(lines[start : start + MAX_CELL_LINES], start=1):
        quotes += line.count('"')
        joined += line
        if used > 1 and quotes % 2 == 0:
            cells = parse_line(joined, delimiter)
            # A line in between that is a row by itself was not meant to stand inside a cell.
            inner = lines[start + 1 : start + used - 1]
            swallowed = cells is not None and any(
                len(parse_line(other, delimiter) or ()) >= len(cells) > 1 for other in inner
            )
            return (None, 1) if cells is None or swallowed else (cells, used)
    return None, 1


def parse_table(text: str) -> Table:
    """Parse a CSV file; `problem` of the result says why it cannot be read."""
    rows, unread, _delimiter = split_rows(text)
    return build_table(rows, unread)


def build_table(rows: list[NumberedRow], unread: Iterable[UnreadLine] = ()) -> Table:
    """Find the header among rows, and leave out what is no row of the table."""
    if not rows:
        return Table([], [], _("has no rows below a header"))
    position = find_header(rows)
    names = [] if position is None else [name.strip() for name in rows[position][1]]
    body = rows if position is None else rows[position + 1 :]
    if not body:
        is_header = sum(map(bool, names)) > 1
        problem = (
            _("has a header only and no entry below it") if is_header else _("has no rows below a header")
        )
        return Table([], [], problem)
    if len(body) > MAX_ROWS:
        return Table([], [], _("has more than 100,000 rows; it was not read"))
    # As many columns as the header has, or more if most rows have more.
    widths = sorted(
        max((index + 1 for index, cell in enumerate(cells) if cell.strip()), default=0)
        for _line, cells in body
    )
    width = max(len(names), widths[len(widths) // 2]) if names else widths[-1]
    header = [
        (names[index] if index < len(names) else "") or _("column %(number)s") % {"number": index + 1}
        for index in range(width)
    ]
    body_rows: list[NumberedRow] = []
    broken = list(unread)
    for line, cells in body:
        if any(cell.strip() for cell in cells[width:]):
            broken.append(
                UnreadLine(
                    line,
                    _(
                        "has more cells than the header has columns; perhaps a comma stands in a text without quotes"
                    ),
                    cells,
                )
            )
        else:
            body_rows.append((line, cells[:width]))
    titles = [
        (line, " ".join(cell for cell in cells if cell.strip())) for line, cells in rows[: position or 0]
    ]
    return Table(header, body_rows, "", sorted(broken), titles, position is not None)


def find_header(rows: list[NumberedRow]) -> int | None:
    """Return the position of the row that names the columns; None if the file begins with its first row.

    It is the row above the first one with a date that fills most columns with texts, the first of several.
    """
    column = find_date_column(rows)
    first = next((i for i, (_line, cells) in enumerate(rows) if is_any_date(get_cell(cells, column))), None)
    if first is None:
        return 0
    filled = sum(bool(cell.strip()) for cell in rows[first][1])
    widths: dict[int, int] = {}
    for position, (_line, cells) in enumerate(rows[:first][:MAX_TITLE_ROWS]):
        names = [cell.strip() for cell in cells if cell.strip()]
        if len(names) >= max(min(2, filled), 0.6 * filled) and not any(
            re.fullmatch(r"[\d.,:/ -]+", name) or is_any_date(name)
            for name in names  # a value, no name
        ):
            widths[position] = len(names)
    return max(widths, key=lambda position: (widths[position], -position), default=None)


def find_date_column(rows: list[NumberedRow]) -> int:
    """Return the column with the most dates among the first rows."""
    counts: Counter[int] = Counter()
    for _line, cells in rows[:500]:
        counts.update(index for index, cell in enumerate(cells) if is_any_date(cell.strip()))
    return min(counts, key=lambda index: (-counts[index], index)) if counts else 0


def is_any_date(cell: str) -> bool:
    return any(is_date(cell, order) for order in ORDERS)


def is_date(cell: str, order: str) -> bool:
    """Whether a cell is a date in this order of day, month and year."""
    if not any(character.isdigit() for character in cell):
        return False
    try:
        parse_moment(cell, order)
    except BadCellError:
        return False
    return True
