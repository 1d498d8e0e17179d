"""Cells of our own files as a spreadsheet has saved them: local dates, decimal commas, times with seconds. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from exchange.cells import BadCellError
from exchange.imports.datetimes import DMY, MDY, YMD, parse_moment
from exchange.imports.lines import CsvLine
from exchange.schema import FileSchema

DATE_COLUMNS: Final = frozenset(("date", "session_date", "started", "ended"))
NUMBER_COLUMNS: Final = frozenset(
    ("hours", "units", "discomfort", "wasted", "sites", "doses", "score", "a", "b", "c", "d", "e")
)
CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")
ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class LocalFormats:
    """How a file writes what the product writes in one way. order: of day, month and year in dates that are not ISO."""

    date_columns: frozenset[str]
    number_columns: frozenset[str]
    order: str

    @classmethod
    def of(cls, schema: FileSchema, lines: Iterable[CsvLine], delimiter: str) -> "LocalFormats":
        """Find out from all cells of the file. A comma in a number is decimal where it does not part the columns."""
        names = set(schema.column_names)
        dates = [line.cells[name] for line in lines for name in DATE_COLUMNS & names & line.cells.keys()]
        return cls(
            frozenset(DATE_COLUMNS & names),
            frozenset(NUMBER_COLUMNS & names) if delimiter != "," else frozenset(),
            find_order(
                [cell.strip() for cell in dates if cell.strip() and not ISO_DATE.fullmatch(cell.strip())]
            ),
        )

    def apply(self, lines: Iterable[CsvLine]) -> list[CsvLine]:
        return [
            replace(line, cells={name: self.normalize(name, cell) for name, cell in line.cells.items()})
            for line in lines
        ]

    def normalize(self, name: str, cell: str) -> str:
        """Return a cell as the product writes it; one that cannot be read stays as it is, and is named later."""
        text = cell.strip()
        if name in self.date_columns and text and self.order and not ISO_DATE.fullmatch(text):
            try:
                return parse_moment(text, self.order).day.isoformat()
            except BadCellError:
                return cell
        if name in self.number_columns and re.fullmatch(r"\d+,\d+", text):
            return text.replace(",", ".")
        clock = CLOCK.fullmatch(text) if name == "time" else None
        return f"{int(clock[1]):02}:{clock[2]}" if clock else cell


def find_order(cells: list[str]) -> str:
    """Return the order of dates in which every cell can be read, or "" if none or two can.

    Dots part day, month and year in this order everywhere.
    """
    if not cells:
        return ""
    fitting = [order for order in (YMD, DMY, MDY) if all(is_readable(cell, order) for cell in cells)]
    if DMY in fitting and all("." in cell for cell in cells):
        return DMY
    return fitting[0] if len(fitting) == 1 else ""


def is_readable(cell: str, order: str) -> bool:
    try:
        parse_moment(cell, order)
    except BadCellError:
        return False
    return True
