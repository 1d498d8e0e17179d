"""The parsed files of an upload, packed so that they are parsed once and not on every page of its import.

A guard is stored with them. They are served only while it is equal: code and translations, the patient's day, time
zone and language, and what she chose.
"""

import json
import zlib
from dataclasses import asdict
from typing import Any

from exchange.imports.tables import Table, UnreadLine
from exchange.schema import Problem, Question, RecordFiles, Row

Guard = list[Any]


def pack(guard: Guard, parsed: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps({"guard": guard, **parsed}).encode(), level=1)


def unpack(packed: bytes | memoryview | None, guard: Guard) -> dict[str, Any] | None:
    """Return what was packed, or None if there is nothing or it belongs to another guard."""
    if packed is None:
        return None
    parsed: dict[str, Any] = json.loads(zlib.decompress(packed))
    return parsed if parsed["guard"] == json.loads(json.dumps(guard)) else None


def pack_table(guard: Guard, table: Table) -> bytes:
    return pack(guard, asdict(table))


def unpack_table(packed: bytes | memoryview | None, guard: Guard) -> Table | None:
    parsed = unpack(packed, guard)
    if parsed is None:
        return None
    return Table(
        parsed["header"],
        [(line, cells) for line, cells in parsed["rows"]],
        parsed["problem"],
        [UnreadLine(*unread) for unread in parsed["unread"]],
        [(line, text) for line, text in parsed["titles"]],
        parsed["has_header"],
    )


def pack_parsed_files(guard: Guard, files: RecordFiles) -> bytes:
    rows = {
        name: [(row.key, row.values, row.line) for row in file_rows] for name, file_rows in files.rows.items()
    }
    problems = [(problem.file, problem.line, problem.reason) for problem in files.problems]
    return pack(guard, {"rows": rows, "problems": problems, "questions": files.questions})


def unpack_parsed_files(packed: bytes | memoryview | None, guard: Guard) -> RecordFiles | None:
    parsed = unpack(packed, guard)
    if parsed is None:
        return None
    rows = {
        name: [Row(tuple(key), values, line) for key, values, line in file_rows]
        for name, file_rows in parsed["rows"].items()
    }
    questions = [
        Question(code, text, [(value, label) for value, label in choices], default)
        for code, text, choices, default in parsed["questions"]
    ]
    return RecordFiles(rows, [Problem(*problem) for problem in parsed["problems"]], questions)
