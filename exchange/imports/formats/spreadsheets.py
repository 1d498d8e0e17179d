"""Spreadsheets (xlsx, xls, ods) as tables of texts. Numbers' files are named with the way to export them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from exchange.archive import RefusedError
from exchange.imports.tables import NumberedRow, find_date_column, is_any_date
from exchange.imports.tables import get_cell as get_table_cell

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKER: Final = Path(__file__).with_name("sheet_worker.py")
MAX_SECONDS: Final = 30


class Sheet(NamedTuple):
    """A sheet that has rows, each with its number."""

    name: str
    rows: list[NumberedRow]


def is_spreadsheet(names: list[str]) -> bool:
    """Whether a zip with these files is a spreadsheet. Raise RefusedError for one of Numbers."""
    if any(name.endswith(".iwa") or name == "Index.zip" for name in names):
        raise RefusedError(
            _(
                "This is a file of Numbers. Open it there, choose File, Export To, CSV, and bring in that file."
            )
        )
    return any(name.startswith("xl/") for name in names) or {"mimetype", "content.xml"} <= set(names)


def read_sheets(data: bytes) -> list[Sheet]:
    """Return the sheets that have rows. Raise RefusedError."""
    command = [sys.executable, "-I", str(WORKER)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=MAX_SECONDS)
        result: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {"error": "damaged"}
    except (subprocess.TimeoutExpired, ValueError):
        result = {"error": "damaged"}
    if result.get("error") == "password":
        raise RefusedError(_("The spreadsheet has a password. Save it without one and choose it again."))
    if "error" in result:
        raise RefusedError(
            _("The spreadsheet is damaged or far too large. Save it as CSV and choose that file.")
        )
    sheets = [
        Sheet(sheet["name"], [(line, cells) for line, cells in sheet["rows"]]) for sheet in result["sheets"]
    ]
    if not sheets:
        raise RefusedError(_("The spreadsheet is empty."))
    return sheets


def find_dated_sheet(sheets: list[Sheet]) -> int:
    """Return the position of the first sheet with a column of dates, else of the first sheet."""
    for position, sheet in enumerate(sheets):
        column = find_date_column(sheet.rows)
        if any(is_any_date(get_table_cell(cells, column)) for _line, cells in sheet.rows):
            return position
    return 0


def unpack_sheets(packed: bytes) -> list[Sheet]:
    return [Sheet(name, [(line, cells) for line, cells in rows]) for name, rows in json.loads(packed)]
