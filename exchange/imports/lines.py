"""One line of a file being read, and what has been read so far."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from exchange.cells import BadCellError
from exchange.schema import SESSIONS, Column, Key, Row, Values


@dataclass(frozen=True, slots=True)
class CsvLine:
    """The cells of one row by column name, and the line it begins on."""

    number: int
    cells: dict[str, str]

    def parse(self, column: Column, today: date) -> Any:
        """Return the value of a column. Raises BadCellError with the name of the column."""
        try:
            return column.parse(self.cells.get(column.name, ""), today)
        except BadCellError as error:
            raise BadCellError(f"{column.name}: {error}") from None


class RecordReader:
    """The rows read so far, and the line of each key."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.rows: dict[str, list[Row]] = {}
        self.lines: dict[tuple[str, Key], int] = {}
        # Days with a medicine that could not be read.
        self.incomplete_days: set[Key] = set()

    def add(self, file: str, row: Row) -> None:
        self.rows.setdefault(file, []).append(row)

    def require_new(self, file: str, key: Key, line: int) -> None:
        """Store the line of a key. Raises BadCellError for a second row of the same key."""
        first = self.lines.setdefault((file, key), line)
        if first != line:
            raise BadCellError(
                _("a second row for %(row)s; the first is on line %(line)s")
                % {"row": " ".join(filter(None, key)) or file, "line": first}
            )

    def require_session(self, date_text: str) -> None:
        """Raise BadCellError unless sessions.csv has a good row of this date."""
        if (SESSIONS, (date_text,)) not in self.lines:
            raise BadCellError(_("%(day)s has no row in sessions.csv") % {"day": date_text})
        if not any(row.key == (date_text,) for row in self.rows[SESSIONS]):
            raise BadCellError(_("the row of %(day)s in sessions.csv is wrong") % {"day": date_text})

    def values_by_key(self, file: str) -> dict[Key, Values]:
        """Return the values of the rows of a file that could be read."""
        return {row.key: row.values for row in self.rows.get(file, [])}
