"""A recorded day as plain JSON values, and back: for undo and history."""

import datetime as dt
from decimal import Decimal
from typing import Any

from accounts.models import Record
from headaches.models import DiaryDay, Intake

Snapshot = dict[str, Any]

PLAIN_FIELDS = ("headache", "intensity", "features", "lost", "menstruation", "triggers", "note")


def plain_decimal(value: Decimal) -> str:
    """Write a number without needless zeros and without an exponent: 6.5, 8, 10."""
    return f"{Decimal(value).normalize():f}"


def snapshot_day(day: DiaryDay | None) -> Snapshot | None:
    """Return all values of a day; None for an unrecorded day."""
    if day is None:
        return None
    snapshot: Snapshot = {name: getattr(day, name) for name in PLAIN_FIELDS}
    snapshot["hours"] = None if day.hours is None else plain_decimal(day.hours)
    snapshot["written_at"] = day.written_at.isoformat()
    snapshot["intakes"] = [
        snapshot_intake(
            intake.name, intake.drug_class, plain_decimal(intake.doses), intake.relief, intake.times
        )
        for intake in day.intakes.all()
    ]
    return snapshot


def snapshot_intake(name: str, drug_class: str, doses: str, relief: str, times: str) -> list[str]:
    """Return name, class, doses and relief of a medicine, and its times if there are any."""
    values = [name, drug_class, doses, relief]
    return [*values, times] if times else values


def intake_times(values: list[str]) -> str:
    """Return the times of a medicine in a snapshot; "" for none."""
    return values[4] if len(values) > 4 else ""


def get_revision(day: DiaryDay | None) -> str:
    """Return what identifies this version of a day; "" for an unrecorded day."""
    return day.revision if day else ""


def restore_day(record: Record, date: dt.date, snapshot: Snapshot | None) -> DiaryDay | None:
    """Replace a day by what the snapshot holds; None makes it unrecorded."""
    record.days.filter(date=date).delete()
    if snapshot is None:
        return None
    day = DiaryDay.objects.create(
        record=record,
        date=date,
        hours=None if snapshot["hours"] is None else Decimal(snapshot["hours"]),
        written_at=dt.datetime.fromisoformat(snapshot["written_at"]),
        **{name: snapshot[name] for name in PLAIN_FIELDS},
    )
    Intake.objects.bulk_create(
        Intake(
            day=day,
            name=values[0],
            drug_class=values[1],
            doses=Decimal(values[2]),
            relief=values[3],
            times=intake_times(values),
        )
        for values in snapshot["intakes"]
    )
    return day
