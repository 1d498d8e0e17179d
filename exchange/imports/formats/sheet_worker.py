"""Reads a spreadsheet from standard input and writes its sheets as JSON: a process of its own, with little memory.

A few bytes of a spreadsheet can name billions of cells, and a library that runs out of memory takes its process along.
Imports nothing of ours, so that it starts quickly. Run by spreadsheets.py.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

MAX_MEMORY: Final = 1024 * 1024 * 1024  # bytes of address space
MAX_SECONDS: Final = 20  # of the processor
MAX_SHEETS: Final = 50


def write_cell(value: Any) -> str:
    """Return a cell as the table reader expects it: ISO dates, TRUE and FALSE, numbers without needless zeros."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else str(value)
    if isinstance(value, datetime):
        if value.time() == time():
            return value.date().isoformat()
        return value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    return value.isoformat() if isinstance(value, date) else str(value)


def read_sheets(data: bytes) -> list[dict[str, Any]]:
    """Return the sheets that have rows, each row with its number from 1."""
    workbook = CalamineWorkbook.from_filelike(BytesIO(data))
    sheets = []
    for name in workbook.sheet_names[:MAX_SHEETS]:
        sheet = workbook.get_sheet_by_name(name)
        first = (sheet.start or (0, 0))[0] + 1
        rows = [
            (first + number, [write_cell(value) for value in row])
            for number, row in enumerate(sheet.to_python())
        ]
        filled_rows = [(number, cells) for number, cells in rows if any(cell.strip() for cell in cells)]
        if filled_rows:
            sheets.append({"name": name, "rows": filled_rows})
    return sheets


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    try:
        result: dict[str, Any] = {"sheets": read_sheets(sys.stdin.buffer.read())}
    except PasswordError:
        result = {"error": "password"}
    except (CalamineError, MemoryError, OSError, ValueError, OverflowError):
        result = {"error": "damaged"}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
