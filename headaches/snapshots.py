"""A recorded day as plain values, and back: what undo restores and a history row keeps."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import Record
from headaches.models import DiaryDay, Intake

Snapshot = dict[str, Any]

PLAIN = ("headache", "intensity", "features", "lost", "menstruation", "triggers", "note")


def plain(value: Decimal) -> str:
    """6.5, 8, 10: no needless zeros and no exponent."""
    return f"{Decimal(value).normalize():f}"


def taken(day: DiaryDay | None) -> Snapshot | None:
    """Everything of a day, as JSON can hold it; None for a day not recorded."""
    if day is None:
        return None
    values: Snapshot = {name: getattr(day, name) for name in PLAIN}
    values["hours"] = None if day.hours is None else plain(day.hours)
    values["written_at"] = day.written_at.isoformat()
    values["intakes"] = [
        [intake.name, intake.drug_class, plain(intake.doses), intake.relief] for intake in day.intakes.all()
    ]
    return values


def restore(record: Record, on: date, values: Snapshot | None) -> DiaryDay | None:
    """Make the day again what it was."""
    DiaryDay.objects.filter(record=record, date=on).delete()
    if values is None:
        return None
    day = DiaryDay.objects.create(
        record=record,
        date=on,
        hours=None if values["hours"] is None else Decimal(values["hours"]),
        written_at=datetime.fromisoformat(values["written_at"]),
        **{name: values[name] for name in PLAIN},
    )
    Intake.objects.bulk_create(
        Intake(day=day, name=name, drug_class=drug_class, doses=Decimal(doses), relief=relief)
        for name, drug_class, doses, relief in values["intakes"]
    )
    return day
