"""Import of parsed files into a record: first a plan, then all of its changes in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.access import lock_record
from accounts.models import Record
from accounts.signals import schedule_changed
from exchange.rows import USER_FIELDS, StoredRow, build_profile, load_rows
from exchange.schema import (
    APPOINTMENT,
    DIARY,
    PREVENTIVES,
    PROFILE,
    SESSIONS,
    TABLES,
    WRITTEN_AT,
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

# At most so many of the medicines taken last are added to the patient's list.
MAX_OFFERED_MEDICINES = 12
# Files in which several rows may have the same key.
SHARED_KEY_FILES = {file for file, schema in TABLES.items() if schema.shares_keys}
# Counted in every result, even if the file is missing.
ALWAYS_COUNTED = (DIARY, SESSIONS, PREVENTIVES)


@dataclass(frozen=True, slots=True)
class Change:
    """A row that differs from the stored one."""

    file: str
    old: StoredRow
    new: Row

    @property
    def name(self) -> str:
        """Identifies the change among those of an import."""
        return "|".join(
            (self.file, *self.new.key, *([str(self.old.pk)] if self.file in SHARED_KEY_FILES else []))
        )

    @property
    def code(self) -> str:
        """A short form of the name, for form fields."""
        return sha256(self.name.encode()).hexdigest()[:16]


@dataclass(slots=True)
class Plan:
    """What an import would do: rows to add by file, and rows that differ from the stored ones."""

    new: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    changed: list[Change] = field(default_factory=list)
    unchanged: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, dict[str, int]]:
        """Count new, changed and unchanged rows by file."""
        changed = Counter(change.file for change in self.changed)
        named = [name for name in (*TABLES, PROFILE) if name in self.files or name in ALWAYS_COUNTED]
        return {
            name: {"new": len(self.new[name]), "changed": changed[name], "unchanged": self.unchanged[name]}
            for name in named
        }

    def conflicts(self) -> list[Problem]:
        """Return a problem for each row that differs from the stored one."""
        text = _("%(row)s is recorded differently already")
        return [
            Problem(
                change.file,
                change.new.line,
                text % {"row": " ".join(filter(None, change.new.key)) or change.file},
            )
            for change in self.changed
        ]

    def fingerprint(self) -> str:
        """Return a digest that changes when the record or the files change."""
        digest = sha256()
        for file in (*TABLES, PROFILE):
            digest.update(repr((file, [(row.key, row.values) for row in self.new[file]])).encode())
        for change in self.changed:
            digest.update(repr((change.name, change.old.values, change.new.values)).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class AppliedRow:
    """One written row with its values before (None if it was new) and after."""

    file: str
    pk: int
    key: Key
    before: Values | None
    after: Values


def plan_import(record: Record, files: RecordFiles) -> Plan:
    """Plan the import of files."""
    stored = load_rows(record)
    plan = Plan(files=list(files.rows))
    current = stored[PROFILE][0]
    is_empty = not any(stored[file] for file in TABLES)
    for file, rows in files.rows.items():
        if file != PROFILE:
            known = keep_first_writing(stored[file], rows) if file == DIARY else rows
            compare_rows(plan, file, stored[file], known)
            continue
        for row in rows:
            complete = Row((), current.values | row.values, row.line)
            if complete.values == current.values:
                plan.unchanged[PROFILE] += 1
            elif is_empty:
                # The settings of an empty record are defaults: the file's replace them without asking.
                plan.new[PROFILE].append(complete)
            else:
                plan.changed.append(Change(PROFILE, current, complete))
    return plan


def keep_first_writing(stored: Iterable[StoredRow], rows: Iterable[Row]) -> list[Row]:
    """Return the rows of days with the instants at which those that are recorded were first written."""
    instants = {day.key: day.values[WRITTEN_AT] for day in stored}
    return [
        replace(row, values={**row.values, WRITTEN_AT: instants[row.key]}) if row.key in instants else row
        for row in rows
    ]


def compare_rows(plan: Plan, file: str, stored: list[StoredRow], rows: Iterable[Row]) -> None:
    """Match rows by key. If several share a key, equal rows match first, then the others in their order."""
    by_key: dict[Key, list[StoredRow]] = defaultdict(list)
    for candidate in stored:
        by_key[candidate.key].append(candidate)
    unmatched = []
    for row in rows:
        match = next(
            (candidate for candidate in by_key.get(row.key, ()) if candidate.values == row.values), None
        )
        if match:
            by_key[row.key].remove(match)
            plan.unchanged[file] += 1
        else:
            unmatched.append(row)
    for row in unmatched:
        if by_key.get(row.key):
            plan.changed.append(Change(file, by_key[row.key].pop(0), row))
        else:
            plan.new[file].append(row)


@transaction.atomic
def apply_plan(
    record: Record, plan: Plan, now: datetime, is_chosen: Callable[[Change], bool] = lambda change: True
) -> list[AppliedRow]:
    """Write a plan, with those changes for which is_chosen() is true. Changed days keep their history."""
    lock_record(record)
    changes = [change for change in plan.changed if is_chosen(change)]
    before = snapshot_days(record, [change.new.key[0] for change in changes if change.file == DIARY])
    applied: list[AppliedRow] = []
    plan.new[DIARY] = [
        replace(
            row, values={**row.values, WRITTEN_AT: row.values[WRITTEN_AT] or now.astimezone(UTC).isoformat()}
        )
        for row in plan.new[DIARY]
    ]
    for file, table in TABLES.items():
        session_keys = (
            {day.isoformat(): pk for day, pk in record.sessions.values_list("date", "pk")}
            if table.belongs_to_session
            else {}
        )
        instances = [build_instance(record, table, row, session_keys) for row in plan.new[file]]
        table.model._default_manager.bulk_create(instances, batch_size=500)
        file_changes = [change for change in changes if change.file == file]
        update_rows(table, [(change.old.pk, change.new.values) for change in file_changes])
        applied += [
            AppliedRow(file, instance.pk, row.key, None, row.values)
            for instance, row in zip(instances, plan.new[file], strict=True)
        ]
        applied += [
            AppliedRow(file, change.old.pk, change.new.key, change.old.values, change.new.values)
            for change in file_changes
        ]
    write_intakes(applied)
    offer_medicines(record, [applied_row for applied_row in applied if applied_row.file == DIARY])
    save_history(record, before, now)
    for row in [*plan.new[PROFILE], *(change.new for change in changes if change.file == PROFILE)]:
        applied.append(AppliedRow(PROFILE, record.pk, (), build_profile(record), row.values))
        set_profile(record, row.values, now)
    if any(applied_row.file in (SESSIONS, APPOINTMENT) for applied_row in applied):
        session_changed.send(sender=InjectionSession, record=record, now=now)
    return applied


def build_instance(record: Record, table: FileSchema, row: Row, session_keys: dict[str, int]) -> Any:
    """Build an unsaved instance of a row. session_keys: the primary keys of sessions by date."""
    fields: Values = dict(zip(table.key_fields, row.key, strict=True))
    if table.belongs_to_session:
        fields["session_id"] = session_keys[fields.pop("session")]
    else:
        fields["record"] = record
    if "started" in fields:
        fields["started"] = fields["started"] or None
    return table.model(**fields, **{name: row.values[name] for name in table.value_fields})


def update_rows(table: FileSchema, rows: Iterable[tuple[int, Values]]) -> None:
    """Update rows, given as primary key and values. Days get a new revision, the default of an instance."""
    instances: list[models.Model] = [
        table.model(pk=pk, **{name: values[name] for name in table.value_fields}) for pk, values in rows
    ]
    fields = [*table.value_fields, "revision"] if table.model is DiaryDay else table.value_fields
    if instances:
        table.model._default_manager.bulk_update(instances, fields, batch_size=200)


def write_intakes(applied: Iterable[AppliedRow]) -> None:
    """Write the medicines of the written days."""
    days = [applied_row for applied_row in applied if applied_row.file == DIARY]
    replaced = [day.pk for day in days if day.before and day.before["intakes"]]
    for start in range(0, len(replaced), 500):
        Intake.objects.filter(day__in=replaced[start : start + 500]).delete()
    Intake.objects.bulk_create(
        [
            Intake(
                day_id=day.pk,
                name=intake[0],
                drug_class=intake[1],
                doses=intake[2],
                relief=intake[3],
                times=intake_times(intake),
            )
            for day in days
            for intake in day.after["intakes"]
        ],
        batch_size=500,
    )


def snapshot_days(record: Record, dates: list[str]) -> dict[str, Snapshot | None]:
    """Return snapshots of days by date; None for an unrecorded day."""
    snapshots: dict[str, Snapshot | None] = dict.fromkeys(dates)
    for start in range(0, len(dates), 500):
        days = DiaryDay.objects.filter(record=record, date__in=dates[start : start + 500])
        for day in days.prefetch_related("intakes"):
            snapshots[day.date.isoformat()] = snapshot_day(day)
    return snapshots


def save_history(record: Record, before: dict[str, Snapshot | None], now: datetime) -> None:
    """Store a history row for each of these days."""
    after = snapshot_days(record, list(before))
    DayChange.objects.bulk_create(
        (
            DayChange(record=record, date=date_text, at=now, before=before[date_text], after=after[date_text])
            for date_text in sorted(before)
        ),
        batch_size=500,
    )


def offer_medicines(record: Record, days: list[AppliedRow]) -> None:
    """Add the medicines taken last to the patient's list."""
    newest_first = sorted(days, key=lambda day: day.key, reverse=True)
    latest = [intake for day in newest_first for intake in day.after["intakes"]]
    classes = {name: drug_class for name, drug_class, *_more in reversed(latest)}
    names = list(dict.fromkeys(intake[0] for intake in latest))[:MAX_OFFERED_MEDICINES]
    existing = set(Medicine.objects.filter(record=record).values_list("name", flat=True))
    Medicine.objects.bulk_create(
        Medicine(record=record, name=name, drug_class=classes[name]) for name in names if name not in existing
    )


def set_profile(record: Record, values: Values, now: datetime) -> None:
    """Set the settings of record and account; reminders are replanned by schedule_changed."""
    for name, value in values.items():
        setattr(record.user if name in USER_FIELDS else record, name, value)
    record.user.save(update_fields=USER_FIELDS)
    record.save(update_fields=[name for name in values if name not in USER_FIELDS])
    record.refresh_from_db(fields=["recalled_baseline"])
    schedule_changed.send(sender=Record, record=record, now=now)
