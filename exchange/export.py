"""Writing a record's files (clinical rules, section 11): the same rows give the same bytes. Pure."""

import csv
import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from io import StringIO
from typing import Any

from exchange.archive import pack_files
from exchange.schema import (
    DIARY,
    EFFECT_CHECKS,
    FILES,
    INJECTIONS,
    MEDICATION,
    MEDICATIONS,
    NAMES,
    PREVENTIVES,
    PROFILE,
    PROFILE_FIELDS,
    SIDE_EFFECTS,
    Row,
    Rows,
    Values,
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
    return {
        name: write_profile(rows) if name == PROFILE else write_csv(name, rows).encode() for name in NAMES
    }


def write_profile(rows: Rows) -> bytes:
    values = rows[PROFILE][0].values if rows.get(PROFILE) else {}
    profile = {name: values[name] for name in PROFILE_FIELDS if name in values}
    if profile.get("recalled_baseline") is not None:
        profile["recalled_baseline"] = float(Decimal(profile["recalled_baseline"]))
    return (json.dumps(profile, indent=2, ensure_ascii=False) + "\n").encode()


def write_csv(name: str, rows: Rows) -> str:
    """Return one CSV file by RFC 4180."""
    schema = FILES[name]
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(schema.column_names)
    for values in medication_values(rows) if name == MEDICATIONS else iterate_values(name, rows):
        writer.writerow(column.format(values[column.field_name]) for column in schema.columns)
    return out.getvalue()


def iterate_values(name: str, rows: Rows) -> Iterable[Values]:
    """Yield key and values of each row by field, in the order of the file."""
    for row in sorted(rows.get(name, []), key=SORT_KEYS.get(name, lambda row: row.key)):
        yield dict(zip(FILES[name].key_fields, row.key, strict=True)) | row.values


def medication_values(rows: Rows) -> Iterable[Values]:
    """Yield the medicines of each day by field."""
    fields = MEDICATION.value_fields
    for row in sorted(rows.get(DIARY, []), key=lambda row: row.key):
        for intake in row.values["intakes"]:
            yield {"date": row.key[0]} | dict(zip(fields, (*intake[:4], intake_times(intake)), strict=True))
