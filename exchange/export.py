"""Writing a record's files (clinical rules, section 11): the same rows give the same bytes. Pure."""

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Any

from exchange.archive import pack_files
from exchange.schema import (
    DIARY,
    EFFECT_CHECKS,
    FILES,
    INJECTIONS,
    MEDICATIONS,
    PREVENTIVES,
    PROFILE,
    PROFILE_FIELDS,
    SIDE_EFFECTS,
    Row,
    Rows,
)
from headaches.snapshots import intake_times
from treatments.models import InjectionSite

MUSCLES, SIDES = InjectionSite.Muscle.values, ["", *InjectionSite.Side.values]
# Rows that share a key keep the order they were entered in; all others are sorted by their key.
SORT_KEYS: dict[str, Callable[[Row], Any]] = {
    INJECTIONS: lambda row: (row.key[0], MUSCLES.index(row.key[1]), SIDES.index(row.key[2])),
    SIDE_EFFECTS: lambda row: row.key[0],
    EFFECT_CHECKS: lambda row: (row.key[0], int(row.key[1])),
    PREVENTIVES: lambda row: (row.key[1], row.key[0]),
}


def write_zip(rows: Rows) -> bytes:
    """Return all files of section 11 in one zip."""
    return pack_files(write_files(rows))


def write_files(rows: Rows) -> dict[str, bytes]:
    # With the mark of UTF-8, by which spreadsheets know it: "Schmerz über dem Auge".
    files = {name: write_csv(name, rows).encode("utf-8-sig") for name in FILES}
    values = rows[PROFILE][0].values if rows.get(PROFILE) else {}
    profile = {name: values[name] for name in PROFILE_FIELDS if name in values}
    if profile.get("recalled_baseline") is not None:
        profile["recalled_baseline"] = float(Decimal(profile["recalled_baseline"]))
    return files | {PROFILE: (json.dumps(profile, indent=2, ensure_ascii=False) + "\n").encode()}


def write_csv(name: str, rows: Rows) -> str:
    """Return one CSV file by RFC 4180, in the order of the keys. The medicines are part of the rows of days."""
    schema, source = FILES[name], DIARY if name == MEDICATIONS else name
    sorted_rows = sorted(rows.get(source, []), key=SORT_KEYS.get(source, lambda row: row.key))
    if name == MEDICATIONS:
        cells = [
            (row.key, (*intake[:4], intake_times(intake)))
            for row in sorted_rows
            for intake in row.values["intakes"]
        ]
    else:
        cells = [(row.key, tuple(row.values[field] for field in schema.value_fields)) for row in sorted_rows]
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(schema.column_names)
    fields = (*schema.key_fields, *schema.value_fields)
    for key, values in cells:
        by_field = dict(zip(fields, (*key, *values), strict=True))
        writer.writerow(column.format(by_field[column.field_name]) for column in schema.columns)
    return out.getvalue()
