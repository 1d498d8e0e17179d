"""One line of a file being read, and what has been read so far."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from exchange.cells import BadCellError
from exchange.schema import (
    Key,
    Row,
    Values,
)

HALF, TENTH, ZERO, ONE = Decimal("0.5"), Decimal("0.1"), Decimal(0), Decimal(1)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CsvLine:
    """The cells of one row by column, and the line it begins on."""

    number: int
    cells: dict[str, str]

    def read(self, column: str, how: Callable[..., Value], *more: Any) -> Value:
        """The value of a cell; a problem names its column."""
        try:
            return how(self.cells.get(column, ""), *more)
        except BadCellError as error:
            raise BadCellError(f"{column}: {error}") from None


class RecordReader:
    """What has been read so far: the rows, and the line of each key."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.rows: dict[str, list[Row]] = {}
        self.lines: dict[tuple[str, Key], int] = {}
        self.days: dict[Key, Values] = {}
        self.half_read: set[Key] = set()
        self.sessions: set[Key] = set()

    def add(self, file: str, key: Key, values: Values, line: int) -> None:
        self.rows.setdefault(file, []).append(Row(key, values, line))

    def once(self, file: str, key: Key, line: int) -> None:
        """Note the line of a key; refuse a second one."""
        first = self.lines.setdefault((file, key), line)
        if first != line:
            raise BadCellError(
                _("a second row for %(row)s; the first is on line %(line)s")
                % {"row": " ".join(filter(None, key)) or file, "line": first}
            )
