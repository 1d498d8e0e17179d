"""Changes of the diary. Each locks the record, runs in one transaction and stores the day before and after."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import lock_record
from accounts.models import Record
from core.counters import count
from headaches.models import FIRST_DATE, DayChange, DayState, DiaryDay, Intake, Medicine, create_revision
from headaches.snapshots import Snapshot, get_revision, restore_day, snapshot_day

MAX_DOSES = Decimal(100)
ANSWERS = (DayState.FREE, DayState.MILD, DayState.MODERATE, DayState.SEVERE)


@dataclass(frozen=True, slots=True)
class IntakeData:
    """A medicine taken: name, class, number of doses, relief or "", times of day like "09:30;14:00" or ""."""

    name: str
    drug_class: str
    doses: Decimal
    relief: str
    times: str = ""


@dataclass(frozen=True, slots=True)
class LockedDay:
    """A day as it was read under the lock of its record; `day` is None when it is unrecorded."""

    day: DiaryDay | None
    snapshot: Snapshot | None

    @property
    def state(self) -> str:
        """The recorded state; "" for an unrecorded day."""
        return self.day.state if self.day else ""

    @property
    def revision(self) -> str:
        return get_revision(self.day)


@dataclass(frozen=True, slots=True)
class ChangedDay(LockedDay):
    """A day after a change, with the row that stores the change."""

    change: DayChange


def check_date(date: dt.date, today: dt.date) -> None:
    """Raise ValidationError unless the date lies between 1900 and the patient's today."""
    if date > today:
        raise ValidationError(_("This day has not come yet."))
    if date < FIRST_DATE:
        raise ValidationError(_("The date lies before 1900. Check the year."))


def get_day(record: Record, date: dt.date) -> DiaryDay | None:
    """Return a recorded day with its medicines; None for an unrecorded one."""
    return record.days.filter(date=date).prefetch_related("intakes").first()


def lock_day(record: Record, date: dt.date) -> LockedDay:
    """Lock the record until the transaction ends and read one of its days."""
    lock_record(record)
    day = get_day(record, date)
    return LockedDay(day, snapshot_day(day))


@transaction.atomic
def change_day(
    *,
    record: Record,
    date: dt.date,
    now: dt.datetime,
    edit: Callable[[DiaryDay | None], object],
    locked_day: LockedDay | None = None,
) -> ChangedDay:
    """Let edit() change a day and store the change. A day whose content changes gets a new revision.

    locked_day: the day, if the caller has locked and read it already. edit() may change the instance it gets.
    """
    before = locked_day or lock_day(record, date)
    revision = before.revision
    edit(before.day)
    day = get_day(record, date)
    snapshot = snapshot_day(day)
    if day and day.revision == revision and snapshot != before.snapshot:
        day.revision = create_revision()
        day.save(update_fields=["revision"])
    change = DayChange.objects.create(
        record=record, date=date, at=now, before=before.snapshot, after=snapshot
    )
    return ChangedDay(day, snapshot, change)


def check_answer(answer: str) -> None:
    if answer not in ANSWERS:
        raise ValidationError(_("Choose one of the four answers."))


def record_answer(
    *,
    record: Record,
    date: dt.date,
    answer: str,
    today: dt.date,
    now: dt.datetime,
    written: dt.datetime | None = None,
    locked_day: LockedDay | None = None,
) -> ChangedDay:
    """Record the one-tap answer. Details that fit the new answer stay; the stored change holds the others.

    It does what change_day() does, with fewer queries: the medicines of a day stay as they are.

    written: when it was tapped, if a device kept it until it had a network.
    """
    check_date(date, today)
    check_answer(answer)
    count("diary_taps_total")
    with transaction.atomic(savepoint=False):
        before = locked_day or lock_day(record, date)
        written_at = (written or now).astimezone(dt.UTC)
        day = before.day or DiaryDay(record=record, date=date, written_at=written_at)
        day.headache = answer != DayState.FREE
        day.intensity = answer if day.headache else ""
        if not day.headache:
            day.hours = day.features = None
        if before.day and snapshot_day(day) != before.snapshot:
            day.revision = create_revision()
        day.save()
        snapshot = snapshot_day(day)
        change = DayChange.objects.create(
            record=record, date=date, at=now, before=before.snapshot, after=snapshot
        )
    return ChangedDay(day, snapshot, change)


def save_details(
    *, record: Record, filled: DiaryDay, intakes: Iterable[IntakeData], now: dt.datetime
) -> ChangedDay:
    """Save a whole day as its form was filled in, with its medicines."""
    new_intakes = list(intakes)

    def edit(day: DiaryDay | None) -> None:
        if day:
            filled.pk, filled.written_at, filled.revision = day.pk, day.written_at, day.revision
        else:
            filled.written_at = now
        filled.record = record
        filled.save()
        write_intakes(filled, new_intakes)
        for intake in new_intakes:
            Medicine.objects.get_or_create(
                record=record, name=intake.name, defaults={"drug_class": intake.drug_class}
            )

    return change_day(record=record, date=filled.date, now=now, edit=edit)


def add_dose(
    *,
    record: Record,
    date: dt.date,
    medicine: Medicine,
    now: dt.datetime,
    locked_day: LockedDay | None = None,
) -> ChangedDay:
    """Add one dose of a medicine to a recorded day."""

    def edit(day: DiaryDay | None) -> None:
        day = require_recorded(day)
        intake = day.intakes.filter(name=medicine.name).last()
        if intake is None:
            Intake.objects.create(day=day, name=medicine.name, drug_class=medicine.drug_class)
        elif intake.doses < MAX_DOSES:
            intake.doses = min(intake.doses + 1, MAX_DOSES)
            intake.save()
        else:
            raise ValidationError(_("Enter 0.5 to 100 doses."))

    return change_day(record=record, date=date, now=now, edit=edit, locked_day=locked_day)


def set_relief(
    *,
    record: Record,
    date: dt.date,
    name: str,
    relief: str,
    now: dt.datetime,
    locked_day: LockedDay | None = None,
) -> ChangedDay:
    """Say how much a medicine of a day helped. An answer that is there already stays. Raises ValidationError."""
    if relief not in Intake.Relief.values:
        raise ValidationError(_("Choose one of the three answers."))

    def edit(day: DiaryDay | None) -> None:
        intakes = list(day.intakes.filter(name=name)) if day else []
        if not intakes:
            raise ValidationError(
                _("%(name)s is no longer recorded on that day.") % {"name": name or _("The medicine")}
            )
        for intake in intakes:
            if not intake.relief:
                intake.relief = relief
                intake.save(update_fields=["relief"])

    return change_day(record=record, date=date, now=now, edit=edit, locked_day=locked_day)


def dismiss_relief_question(*, record: Record, taken_at: dt.datetime) -> None:
    """Do not ask about doses taken up to this instant any more."""
    record.relief_asked_until = taken_at
    record.save(update_fields=["relief_asked_until"])


def get_own_medicine(record: Record, pk: str) -> Medicine:
    """Return a medicine of the patient's list by the number a form sent. Raises ValidationError."""
    medicine = next((medicine for medicine in record.medicines.all() if str(medicine.pk) == pk), None)
    if medicine is None:
        raise ValidationError(_("Choose a medicine from your list."))
    return medicine


def require_recorded(day: DiaryDay | None) -> DiaryDay:
    """Return the day. Raises ValidationError when it is unrecorded."""
    if day is None:
        raise ValidationError(_("Answer the day first; then its details can be added."))
    return day


def save_fields(*, record: Record, date: dt.date, values: Mapping[str, Any], now: dt.datetime) -> ChangedDay:
    """Set some fields of a recorded day."""

    def edit(day: DiaryDay | None) -> None:
        day = require_recorded(day)
        for name, value in values.items():
            setattr(day, name, value)
        day.validate_constraints()
        day.save()

    return change_day(record=record, date=date, now=now, edit=edit)


def set_intakes(
    *, record: Record, date: dt.date, intakes: Iterable[IntakeData], now: dt.datetime
) -> ChangedDay:
    """Replace the medicines of a recorded day."""
    new_intakes = list(intakes)

    def edit(day: DiaryDay | None) -> None:
        write_intakes(require_recorded(day), new_intakes)

    return change_day(record=record, date=date, now=now, edit=edit)


def write_intakes(day: DiaryDay, intakes: Iterable[IntakeData]) -> None:
    Intake.objects.filter(day=day).delete()
    Intake.objects.bulk_create(
        Intake(
            day=day,
            name=intake.name,
            drug_class=intake.drug_class,
            doses=intake.doses,
            relief=intake.relief,
            times=intake.times,
        )
        for intake in intakes
    )


def clear_day(*, record: Record, date: dt.date, now: dt.datetime) -> ChangedDay:
    """Make a day unrecorded again."""

    def edit(day: DiaryDay | None) -> None:
        if day:
            day.delete()

    return change_day(record=record, date=date, now=now, edit=edit)


@transaction.atomic
def add_medicine(*, medicine: Medicine) -> None:
    """Add a medicine to the patient's list. A second one of the same name is refused, also when both came at once."""
    lock_record(medicine.record)
    medicine.validate_constraints()
    medicine.save()


def undo_change(*, change: DayChange, now: dt.datetime, locked_day: LockedDay | None = None) -> ChangedDay:
    """Undo a change. Raises ValidationError when the day has been changed since, even if it was changed back."""

    def edit(day: DiaryDay | None) -> None:
        later = DayChange.objects.filter(record=change.record_id, date=change.date, pk__gt=change.pk)
        if snapshot_day(day) != change.after or any(other.before != other.after for other in later):
            raise ValidationError(_("This day has been changed again. Open it to correct it."))
        restore_day(change.record, change.date, change.before)

    return change_day(record=change.record, date=change.date, now=now, edit=edit, locked_day=locked_day)
