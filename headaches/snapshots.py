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
        intake_row(one.name, one.drug_class, plain(one.doses), one.relief, one.times)
        for one in day.intakes.all()
    ]
    return values


def intake_row(name: str, drug_class: str, doses: str, relief: str, times: str) -> list[str]:
    """A medicine of a day: name, class, doses, relief, and the times where there are any."""
    row = [name, drug_class, doses, relief]
    return [*row, times] if times else row


def times_of(row: list[str]) -> str:
    return row[4] if len(row) > 4 else ""


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
        Intake(
            day=day, name=row[0], drug_class=row[1], doses=Decimal(row[2]), relief=row[3], times=times_of(row)
        )
        for row in values["intakes"]
    )
    return day
