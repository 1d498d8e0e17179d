"""Putting read files into a record: first what would happen, then all of it or nothing."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import Record
from accounts.signals import schedule_changed
from exchange.rows import USER_FIELDS, StoredRow, StoredRows, build_profile, load_rows
from exchange.schema import (
    APPOINTMENT,
    DIARY,
    PREVENTIVES,
    PROFILE,
    SESSIONS,
    TABLES,
    FileSchema,
    Key,
    Problem,
    RecordFiles,
    Row,
    Values,
)
from headaches.models import DayChange, DiaryDay, Intake, Medicine
from headaches.snapshots import Snapshot, intake_times, snapshot_day
from treatments.models import InjectionSession
from treatments.signals import session_changed

# So many of the medicines taken last come on the own list.
OWN_MEDICINES = 12
# Counted in every answer, also when the file is not there.
# Files in which several rows may have the same key.
SHARED_KEY_FILES = {file for file, schema in TABLES.items() if schema.shares_keys}
ALWAYS_COUNTED = (DIARY, SESSIONS, PREVENTIVES)


@dataclass(frozen=True, slots=True)
class Change:
    """A row that differs from what is kept."""

    file: str
    old: StoredRow
    new: Row

    @property
    def name(self) -> str:
        """What tells it from the other changes."""
        return "|".join(
            (self.file, *self.new.key, *([str(self.old.pk)] if self.file in SHARED_KEY_FILES else []))
        )

    @property
    def code(self) -> str:
        """The name, short and plain, for a form."""
        return sha256(self.name.encode()).hexdigest()[:16]


@dataclass(slots=True)
class Plan:
    """What an import would do to a record: rows to add by file, and rows that differ from what is there."""

    new: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    changed: list[Change] = field(default_factory=list)
    unchanged: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, dict[str, int]]:
        """New, changed and unchanged rows by file."""
        changed = Counter(change.file for change in self.changed)
        named = [name for name in (*TABLES, PROFILE) if name in self.files or name in ALWAYS_COUNTED]
        return {
            name: {"new": len(self.new[name]), "changed": changed[name], "unchanged": self.unchanged[name]}
            for name in named
        }

    def conflicts(self) -> list[Problem]:
        """A row that differs from what is kept, named by its line."""
        words = _("%(row)s is recorded differently already")
        return [
            Problem(
                change.file,
                change.new.line,
                words % {"row": " ".join(filter(None, change.new.key)) or change.file},
            )
            for change in self.changed
        ]

    def fingerprint(self) -> str:
        """The same while record and files stay what they are."""
        digest = sha256()
        for file in (*TABLES, PROFILE):
            digest.update(repr((file, [(row.key, row.values) for row in self.new[file]])).encode())
        for change in self.changed:
            digest.update(repr((change.name, change.old.values, change.new.values)).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class AppliedRow:
    """One row that was written: what it was (None: not there) and what it became."""

    file: str
    pk: int
    key: Key
    before: Values | None
    after: Values


def lock_rows(record: Record) -> None:
    """The writes to one record go one after another. Inside a transaction."""
    Record.objects.select_for_update().get(pk=record.pk)


def plan_import(record: Record, files: RecordFiles) -> Plan:
    """What the files would change."""
    kept = load_rows(record)
    plan = Plan(files=list(files.rows))
    for file, rows in files.rows.items():
        if file == PROFILE:
            compare_profile(plan, kept, rows)
        else:
            compare_rows(plan, file, kept[file], rows)
    return plan


def compare_rows(plan: Plan, file: str, kept: list[StoredRow], rows: Iterable[Row]) -> None:
    """Rows meet by their key. Where several share one, the same row is itself; the others meet in their order."""
    by_key: dict[Key, list[StoredRow]] = defaultdict(list)
    for old in kept:
        by_key[old.key].append(old)
    rest = []
    for row in rows:
        same = next((old for old in by_key.get(row.key, ()) if old.values == row.values), None)
        if same:
            by_key[row.key].remove(same)
            plan.unchanged[file] += 1
        else:
            rest.append(row)
    for row in rest:
        if by_key.get(row.key):
            plan.changed.append(Change(file, by_key[row.key].pop(0), row))
        else:
            plan.new[file].append(row)


def compare_profile(plan: Plan, kept: StoredRows, rows: Iterable[Row]) -> None:
    """Settings of a record that holds nothing yet are only its first ones: taking the file's loses nothing."""
    old = kept[PROFILE][0]
    empty = not any(kept[file] for file in TABLES)
    for row in rows:
        full = Row((), old.values | row.values, row.line)
        if full.values == old.values:
            plan.unchanged[PROFILE] += 1
        elif empty:
            plan.new[PROFILE].append(full)
        else:
            plan.changed.append(Change(PROFILE, old, full))


@transaction.atomic
def apply_plan(
    record: Record, plan: Plan, now: datetime, takes: Callable[[Change], bool] = lambda change: True
) -> list[AppliedRow]:
    """Write a plan, of the changes those that takes() says. Days that change keep what they were in their history."""
    lock_rows(record)
    changes = [change for change in plan.changed if takes(change)]
    before = snapshot_days(record, [change.new.key[0] for change in changes if change.file == DIARY])
    touched: list[AppliedRow] = []
    for file, table in TABLES.items():
        sessions = session_keys(record) if table.belongs_to_session else {}
        new = [create_row(record, table, row, sessions, now) for row in plan.new[file]]
        table.model._default_manager.bulk_create(new, batch_size=500)
        mine = [change for change in changes if change.file == file]
        update_row(table, [(change.old.pk, change.new.values) for change in mine])
        touched += [
            AppliedRow(file, row.pk, wanted.key, None, wanted.values)
            for row, wanted in zip(new, plan.new[file], strict=True)
        ]
        touched += [AppliedRow(file, one.old.pk, one.new.key, one.old.values, one.new.values) for one in mine]
    write_intakes(touched)
    offer_medicines(record, [one for one in touched if one.file == DIARY])
    save_history(record, before, now)
    touched += apply_profile(record, plan, changes, now)
    if any(one.file in (SESSIONS, APPOINTMENT) for one in touched):
        session_changed.send(sender=InjectionSession, record=record, now=now)
    return touched


def session_keys(record: Record) -> dict[str, int]:
    """The primary key of the session of a date."""
    found = InjectionSession.objects.filter(record=record).values_list("date", "pk")
    return {on.isoformat(): pk for on, pk in found}


def create_row(record: Record, table: FileSchema, row: Row, sessions: dict[str, int], now: datetime) -> Any:
    """A row of the database, not stored yet."""
    named: Values = dict(zip(table.key_fields, row.key, strict=True))
    if table.belongs_to_session:
        named["session_id"] = sessions[named.pop("session")]
    else:
        named["record"] = record
    if "started" in named:
        named["started"] = named["started"] or None
    if table.model is DiaryDay:
        named["written_at"] = now
    return table.model(**named, **{name: row.values[name] for name in table.value_fields})


def update_row(table: FileSchema, rows: Iterable[tuple[int, Values]]) -> None:
    """Give the rows with these primary keys these values."""
    changed: list[models.Model] = [
        table.model(pk=pk, **{name: values[name] for name in table.value_fields}) for pk, values in rows
    ]
    if changed:
        table.model._default_manager.bulk_update(changed, table.value_fields, batch_size=200)


def write_intakes(touched: Iterable[AppliedRow]) -> None:
    """The medicines of days that were written."""
    days = [one for one in touched if one.file == DIARY]
    replaced = [day.pk for day in days if day.before and day.before["intakes"]]
    for start in range(0, len(replaced), 500):
        Intake.objects.filter(day__in=replaced[start : start + 500]).delete()
    Intake.objects.bulk_create(
        [
            Intake(
                day_id=day.pk,
                name=row[0],
                drug_class=row[1],
                doses=row[2],
                relief=row[3],
                times=intake_times(row),
            )
            for day in days
            for row in day.after["intakes"]
        ],
        batch_size=500,
    )


def snapshot_days(record: Record, dates: list[str]) -> dict[str, Snapshot | None]:
    """Days as their history keeps them, None for one that is not recorded."""
    found: dict[str, Snapshot | None] = dict.fromkeys(dates)
    for start in range(0, len(dates), 500):
        days = DiaryDay.objects.filter(record=record, date__in=dates[start : start + 500])
        for day in days.prefetch_related("intakes"):
            found[day.date.isoformat()] = snapshot_day(day)
    return found


def save_history(record: Record, before: dict[str, Snapshot | None], now: datetime) -> None:
    """A history row for each day that had one of these snapshots."""
    after = snapshot_days(record, list(before))
    DayChange.objects.bulk_create(
        (
            DayChange(record=record, date=on, at=now, before=before[on], after=after[on])
            for on in sorted(before)
        ),
        batch_size=500,
    )


def offer_medicines(record: Record, days: list[AppliedRow]) -> None:
    """The medicines taken last go on the own list."""
    newest_first = sorted(days, key=lambda day: day.key, reverse=True)
    latest = [intake for day in newest_first for intake in day.after["intakes"]]
    classes = {name: drug_class for name, drug_class, *_more in reversed(latest)}
    names = list(dict.fromkeys(intake[0] for intake in latest))[:OWN_MEDICINES]
    kept = set(Medicine.objects.filter(record=record).values_list("name", flat=True))
    Medicine.objects.bulk_create(
        Medicine(record=record, name=name, drug_class=classes[name]) for name in names if name not in kept
    )


def apply_profile(record: Record, plan: Plan, changes: Iterable[Change], now: datetime) -> list[AppliedRow]:
    wanted = [*plan.new[PROFILE], *(change.new for change in changes if change.file == PROFILE)]
    touched = []
    for row in wanted:
        before = build_profile(record)
        set_profile(record, row.values, now)
        touched.append(AppliedRow(PROFILE, record.pk, (), before, row.values))
    return touched


def set_profile(record: Record, values: Values, now: datetime) -> None:
    """Give record and account these settings. Due dates and local times move with them."""
    for name, value in values.items():
        setattr(record.user if name in USER_FIELDS else record, name, value)
    record.user.save(update_fields=USER_FIELDS)
    record.save(update_fields=[name for name in values if name not in USER_FIELDS])
    record.refresh_from_db(fields=["recalled_baseline"])
    schedule_changed.send(sender=Record, record=record, now=now)
