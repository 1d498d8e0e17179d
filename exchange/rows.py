"""The bridge between the rows of the database and the rows of the files: ten queries, whatever the length."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import QuerySet

from accounts.models import Record
from exchange.cells import plain_number
from exchange.schema import (
    APPOINTMENT,
    DIARY,
    EFFECT_CHECKS,
    GOALS,
    INJECTIONS,
    PREVENTIVES,
    PROFILE,
    PROFILE_FIELDS,
    SCORES,
    SESSIONS,
    SIDE_EFFECTS,
    Key,
    Row,
    Rows,
    Values,
)
from headaches.models import DiaryDay, Intake
from headaches.snapshots import snapshot_intake
from treatments.models import (
    Booking,
    EffectCheck,
    Goal,
    InjectionSession,
    InjectionSite,
    Preventive,
    Score,
    SideEffect,
)

OF_USER = ("time_zone", "language")


@dataclass(frozen=True, slots=True)
class Table:
    """Where the rows of a file are kept. key and fields name the model's fields; a session is named by its date."""

    model: type[models.Model]
    key: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def of_session(self) -> bool:
        return self.key[:1] == ("session",)

    def rows(self, record: Record) -> QuerySet[Any]:
        owner = "session__record" if self.of_session else "record"
        return self.model._default_manager.filter(**{owner: record}).order_by("pk")


# Sessions stand before what hangs on them.
TABLES: dict[str, Table] = {
    DIARY: Table(
        DiaryDay,
        ("date",),
        ("headache", "intensity", "hours", "features", "lost", "menstruation", "triggers", "note"),
    ),
    SESSIONS: Table(
        InjectionSession,
        ("date",),
        (
            "product", "units", "injector", "discomfort", "note",
            "lot", "vial", "dilution", "wasted", "clinic",
        ),
    ),
    INJECTIONS: Table(InjectionSite, ("session", "muscle", "side"), ("sites", "units")),
    SIDE_EFFECTS: Table(SideEffect, ("session", "effect", "started"), ("severity", "ended", "note")),
    PREVENTIVES: Table(Preventive, ("name", "started"), ("dose", "ended", "outcome", "note", "drug_class")),
    SCORES: Table(Score, ("date", "instrument", "scale"), ("score",)),
    EFFECT_CHECKS: Table(EffectCheck, ("session", "day"), ("answer",)),
    GOALS: Table(Goal, ("session", "number"), ("goal", "outcome")),
    APPOINTMENT: Table(Booking, (), ("date", "time", "place", "note")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredRows:
    """A row as it stands in the database."""

    pk: int
    key: Key
    values: Values


KeptRows = dict[str, list[StoredRows]]


def plain_value(value: Any) -> Any:
    """A value as a file's row has it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return plain_number(value) if isinstance(value, Decimal) else value


def load_rows(record: Record) -> KeptRows:
    """Everything the files would say, with the primary keys."""
    intakes: dict[int, list[list[str]]] = defaultdict(list)
    taken = Intake.objects.filter(day__record=record).order_by("pk")
    for day, *row in taken.values_list("day_id", "name", "drug_class", "doses", "relief", "times"):
        intakes[day].append(snapshot_intake(*map(plain_value, row)))
    found: KeptRows = {PROFILE: [StoredRows(record.pk, (), build_profile(record))]}
    for file, table in TABLES.items():
        key = ("session__date", *table.key[1:]) if table.of_session else table.key
        width = len(key)
        found[file] = []
        for pk, *row in table.rows(record).values_list("pk", *key, *table.fields):
            values = dict(zip(table.fields, map(plain_value, row[width:]), strict=True))
            if file == DIARY:
                values["intakes"] = intakes.get(pk, [])
            found[file].append(
                StoredRows(pk, tuple(str(plain_value(part) or "") for part in row[:width]), values)
            )
    return found


def build_profile(record: Record) -> Values:
    return {
        name: plain_value(getattr(record.user if name in OF_USER else record, name))
        for name in PROFILE_FIELDS
    }


def export_rows(record: Record) -> Rows:
    """Everything the files say."""
    return {file: [Row(row.key, row.values) for row in rows] for file, rows in load_rows(record).items()}
