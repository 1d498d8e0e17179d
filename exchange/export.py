"""Writing a record's files (rules, section 11): the same rows give the same bytes. Pure."""

import csv
import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from io import StringIO
from typing import Any

from exchange.archive import pack_files
from exchange.cells import guard_formula
from exchange.schema import (
    DIARY,
    EFFECT_CHECKS,
    FIELD_OF_COLUMN,
    INJECTIONS,
    KEYS,
    MEDICATIONS,
    NAMES,
    PREVENTIVES,
    PROFILE,
    PROFILE_FIELDS,
    SIDE_EFFECTS,
    WRITTEN,
    Row,
    Rows,
)
from headaches.models import Feature
from headaches.snapshots import intake_times
from treatments.models import InjectionSite

MUSCLES, SIDES = InjectionSite.Muscle.values, ["", *InjectionSite.Side.values]
# Rows that share a key keep the order they were entered in; all else is sorted by what it is about.
ORDERS: dict[str, Callable[[Row], Any]] = {
    INJECTIONS: lambda row: (row.key[0], MUSCLES.index(row.key[1]), SIDES.index(row.key[2])),
    SIDE_EFFECTS: lambda row: row.key[0],
    EFFECT_CHECKS: lambda row: (row.key[0], int(row.key[1])),
    PREVENTIVES: lambda row: (row.key[1], row.key[0]),
}


def write_zip(rows: Rows) -> bytes:
    """All files of section 11 in one zip."""
    return pack_files(write_files(rows))


def write_files(rows: Rows) -> dict[str, bytes]:
    return {name: profile(rows) if name == PROFILE else csv_table(name, rows).encode() for name in NAMES}


def profile(rows: Rows) -> bytes:
    values = rows[PROFILE][0].values if rows.get(PROFILE) else {}
    found = {name: values[name] for name in PROFILE_FIELDS if name in values}
    if found.get("recalled_baseline") is not None:
        found["recalled_baseline"] = float(Decimal(found["recalled_baseline"]))
    return (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()


def csv_table(name: str, rows: Rows) -> str:
    """One CSV file by RFC 4180."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(WRITTEN[name])
    writer.writerows(medication_cells(rows) if name == MEDICATIONS else plain_cells(name, rows))
    return out.getvalue()


def plain_cells(name: str, rows: Rows) -> Iterable[list[str]]:
    for row in sorted(rows.get(name, []), key=ORDERS.get(name, lambda row: row.key)):
        found = dict(zip(KEYS[name], row.key, strict=True)) | row.values
        yield [format_cell(column, found[FIELD_OF_COLUMN.get(column, column)]) for column in WRITTEN[name]]


def medication_cells(rows: Rows) -> Iterable[list[str]]:
    for row in sorted(rows.get(DIARY, []), key=lambda row: row.key):
        for intake in row.values["intakes"]:
            yield [row.key[0], *(guard_formula(word) for word in intake[:4]), intake_times(intake)]


def format_cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column == "features":
        return ";".join(feature.word for feature in Feature if value & feature) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return guard_formula(str(value))
