"""Putting read files into a record: first what would happen, then all of it or nothing."""

from collections import Counter
from collections.abc import Iterable, Sized
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Record
from headaches.models import DayChange, DiaryDay, Intake, Medicine
from headaches.snapshots import Snapshot, taken
from progress.files.reading import (
    DIARY,
    PREVENTIVES,
    SESSIONS,
    DiaryRow,
    MedicationRow,
    PreventiveRow,
    Problem,
    RecordFiles,
    SessionRow,
)
from treatments.models import InjectionSession, Preventive
from treatments.signals import session_changed

# So many of the medicines taken last come on the own list.
OWN_MEDICINES = 12
DAY_FIELDS = ("headache", "intensity", "hours", "features", "lost", "menstruation", "triggers", "note")
SESSION_FIELDS = ("product", "units", "injector", "discomfort", "note")
PREVENTIVE_FIELDS = ("dose", "ended", "outcome", "note")


@dataclass(slots=True)
class Plan:
    """What an import would do to a record: rows to add, and rows that differ from what is there."""

    new_days: list[DiaryDay] = field(default_factory=list)
    changed_days: list[tuple[DiaryDay, Snapshot | None]] = field(default_factory=list)
    new_sessions: list[InjectionSession] = field(default_factory=list)
    changed_sessions: list[InjectionSession] = field(default_factory=list)
    new_preventives: list[Preventive] = field(default_factory=list)
    changed_preventives: list[Preventive] = field(default_factory=list)
    medications: dict[date, list[MedicationRow]] = field(default_factory=dict)
    unchanged: Counter[str] = field(default_factory=Counter)
    conflicts: list[Problem] = field(default_factory=list)

    def counts(self) -> dict[str, dict[str, int]]:
        """New, changed and unchanged rows by file."""
        rows: dict[str, tuple[Sized, Sized]] = {
            DIARY: (self.new_days, self.changed_days),
            SESSIONS: (self.new_sessions, self.changed_sessions),
            PREVENTIVES: (self.new_preventives, self.changed_preventives),
        }
        return {
            name: {"new": len(new), "changed": len(changed), "unchanged": self.unchanged[name]}
            for name, (new, changed) in rows.items()
        }


def compare(record: Record, files: RecordFiles, now: datetime) -> Plan:
    """What the files would change; a row that differs from what is kept is a conflict, named by its line."""
    plan = Plan(medications=files.medications)
    compare_days(plan, record, files, now)
    compare_sessions(plan, record, files)
    compare_preventives(plan, record, files.preventives)
    return plan


def conflict(file: str, line: int, on: object) -> Problem:
    return Problem(file, line, _("%(day)s is recorded differently already") % {"day": on})


def day_of(record: Record, row: DiaryRow, now: datetime) -> DiaryDay:
    return DiaryDay(
        record=record, date=row.date, written_at=now, **{name: getattr(row, name) for name in DAY_FIELDS}
    )


def intake_values(rows: Iterable[Any]) -> list[tuple[object, ...]]:
    return [(row.name, row.drug_class, row.doses, row.relief) for row in rows]


def same_day(kept: DiaryDay, row: DiaryRow, medicines: list[MedicationRow]) -> bool:
    fields = all(getattr(kept, name) == getattr(row, name) for name in DAY_FIELDS)
    return fields and intake_values(kept.intakes.all()) == intake_values(medicines)


def compare_days(plan: Plan, record: Record, files: RecordFiles, now: datetime) -> None:
    kept = {day.date: day for day in DiaryDay.objects.filter(record=record).prefetch_related("intakes")}
    for on, row in files.days.items():
        old = kept.get(on)
        if old is None:
            plan.new_days.append(day_of(record, row, now))
        elif same_day(old, row, files.medications.get(on, [])):
            plan.unchanged[DIARY] += 1
        else:
            changed = day_of(record, row, old.written_at)
            changed.pk = old.pk
            plan.changed_days.append((changed, taken(old)))
            plan.conflicts.append(conflict(DIARY, files.lines[DIARY, on], on))


def compare_sessions(plan: Plan, record: Record, files: RecordFiles) -> None:
    kept = {session.date: session for session in InjectionSession.objects.filter(record=record)}
    for on, row in files.sessions.items():
        old = kept.get(on)
        if old is None:
            plan.new_sessions.append(filled(InjectionSession(record=record, date=on), row, SESSION_FIELDS))
        elif all(getattr(old, name) == getattr(row, name) for name in SESSION_FIELDS):
            plan.unchanged[SESSIONS] += 1
        else:
            plan.changed_sessions.append(filled(old, row, SESSION_FIELDS))
            plan.conflicts.append(conflict(SESSIONS, files.lines[SESSIONS, on], on))


def filled(target: Any, row: SessionRow | PreventiveRow, names: Iterable[str]) -> Any:
    for name in names:
        setattr(target, name, getattr(row, name))
    return target


def compare_preventives(plan: Plan, record: Record, rows: list[PreventiveRow]) -> None:
    """Courses have no key of their own: the same name and start, met in the same order, are the same course."""
    kept: dict[tuple[str, date | None], list[Preventive]] = {}
    for course in Preventive.objects.filter(record=record).order_by("pk"):
        kept.setdefault((course.name, course.started), []).append(course)
    for row in rows:
        same = kept.get((row.name, row.started), [])
        old = same.pop(0) if same else None
        if old is None:
            new = Preventive(record=record, name=row.name, started=row.started)
            plan.new_preventives.append(filled(new, row, PREVENTIVE_FIELDS))
        elif all(getattr(old, name) == getattr(row, name) for name in PREVENTIVE_FIELDS):
            plan.unchanged[PREVENTIVES] += 1
        else:
            plan.changed_preventives.append(filled(old, row, PREVENTIVE_FIELDS))
            plan.conflicts.append(conflict(PREVENTIVES, row.line, row.name))


@transaction.atomic
def apply(record: Record, plan: Plan, now: datetime) -> None:
    """Write a plan. Days that change keep what they were in their history."""
    Record.objects.select_for_update().get(pk=record.pk)
    apply_days(record, plan, now)
    InjectionSession.objects.bulk_create(plan.new_sessions, batch_size=500)
    InjectionSession.objects.bulk_update(plan.changed_sessions, SESSION_FIELDS, batch_size=200)
    Preventive.objects.bulk_create(plan.new_preventives, batch_size=500)
    Preventive.objects.bulk_update(plan.changed_preventives, PREVENTIVE_FIELDS, batch_size=200)
    session_changed.send(sender=InjectionSession, record=record, now=now)


def apply_days(record: Record, plan: Plan, now: datetime) -> None:
    changed = [day for day, _before in plan.changed_days]
    DiaryDay.objects.bulk_create(plan.new_days, batch_size=500)
    DiaryDay.objects.bulk_update(changed, DAY_FIELDS, batch_size=200)
    Intake.objects.filter(day__in=[day.pk for day in changed]).delete()
    touched = [*plan.new_days, *changed]
    Intake.objects.bulk_create(
        [
            Intake(day=day, name=row.name, drug_class=row.drug_class, doses=row.doses, relief=row.relief)
            for day in touched
            for row in plan.medications.get(day.date, [])
        ],
        batch_size=500,
    )
    offer_medicines(record, plan.medications)
    after = DiaryDay.objects.filter(pk__in=[day.pk for day in changed]).prefetch_related("intakes").in_bulk()
    DayChange.objects.bulk_create(
        DayChange(record=record, date=day.date, at=now, before=before, after=taken(after[day.pk]))
        for day, before in plan.changed_days
    )


def offer_medicines(record: Record, medications: dict[date, list[MedicationRow]]) -> None:
    """The medicines taken last go on the own list."""
    latest = [row for on in sorted(medications, reverse=True) for row in medications[on]]
    classes = dict(reversed([(row.name, row.drug_class) for row in latest]))
    newest_first = list(dict.fromkeys(row.name for row in latest))[:OWN_MEDICINES]
    kept = set(Medicine.objects.filter(record=record).values_list("name", flat=True))
    Medicine.objects.bulk_create(
        Medicine(record=record, name=name, drug_class=classes[name])
        for name in newest_first
        if name not in kept
    )
