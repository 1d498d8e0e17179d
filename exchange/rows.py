"""The rows of the database as rows of the files: eleven queries, whatever the length of the record."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from accounts.models import Record
from exchange.cells import format_number
from exchange.schema import DIARY, PROFILE, PROFILE_FIELDS, TABLES, FileSchema, Key, Row, Rows, Values
from headaches.models import Intake
from headaches.snapshots import snapshot_intake

# The settings that belong to the account; the others belong to the record.
USER_FIELDS = ("time_zone", "language")


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it is in the database."""

    pk: int
    key: Key
    values: Values


StoredRows = dict[str, list[StoredRow]]


def plain_value(value: Any) -> Any:
    """Return a value as a row of a file holds it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return format_number(value) if isinstance(value, Decimal) else value


def select_rows(record: Record, schema: FileSchema) -> QuerySet[Any]:
    """Return the record's instances of the file's model, in the order they were entered."""
    owner = "session__record" if schema.belongs_to_session else "record"
    return schema.model._default_manager.filter(**{owner: record}).order_by("pk")


def load_rows(record: Record) -> StoredRows:
    """Return everything the files contain, with primary keys."""
    stored: StoredRows = {PROFILE: [StoredRow(record.pk, (), build_profile(record))]}
    intakes_by_day: dict[int, list[list[str]]] = defaultdict(list)
    intakes = Intake.objects.filter(day__record=record).order_by("pk")
    for day, *values_of_intake in intakes.values_list(
        "day_id", "name", "drug_class", "doses", "relief", "times"
    ):
        intakes_by_day[day].append(snapshot_intake(*map(plain_value, values_of_intake)))
    for file, schema in TABLES.items():
        key = tuple("session__date" if name == "session" else name for name in schema.key_fields)
        stored[file] = []
        for pk, *cells in select_rows(record, schema).values_list("pk", *key, *schema.value_fields):
            values = dict(zip(schema.value_fields, map(plain_value, cells[len(key) :]), strict=True))
            if file == DIARY:
                values["intakes"] = intakes_by_day.get(pk, [])
            key_texts = tuple(str(plain_value(cell) or "") for cell in cells[: len(key)])
            stored[file].append(StoredRow(pk, key_texts, values))
    return stored


def build_profile(record: Record) -> Values:
    return {
        name: plain_value(getattr(record.user if name in USER_FIELDS else record, name))
        for name in PROFILE_FIELDS
    }


def export_rows(record: Record) -> Rows:
    """Return everything the files contain."""
    return {file: [Row(row.key, row.values) for row in rows] for file, rows in load_rows(record).items()}
