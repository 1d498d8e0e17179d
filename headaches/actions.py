"""Changing a day: atomic, with the row of what was before. The patient's writes go one after another."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import hold
from accounts.models import Record
from core import formatting
from headaches.models import FIRST_DATE, DayChange, DiaryDay, Intake, Medicine
from headaches.snapshots import restore, taken

FREE = "free"
MOST_DOSES = Decimal(100)
ANSWERS = (FREE, *DiaryDay.Intensity.values)


@dataclass(frozen=True, slots=True)
class Taken:
    """A medicine taken: name, class, number of doses, relief or "", times of day like "09:30;14:00" or ""."""

    name: str
    drug_class: str
    doses: Decimal
    relief: str
    times: str = ""


def check_date(on: date, today: date) -> None:
    """A diary day lies between 1900 and the patient's today."""
    if on > today:
        raise ValidationError(_("This day has not come yet."))
    if on < FIRST_DATE:
        raise ValidationError(_("The date lies before 1900. Check the year."))


def day_on(record: Record, on: date) -> DiaryDay | None:
    return DiaryDay.objects.filter(record=record, date=on).prefetch_related("intakes").first()


def state_on(record: Record, on: date) -> str | None:
    """The stored state of a day, whatever a form has put into its instance meanwhile."""
    day = DiaryDay.objects.filter(record=record, date=on).first()
    return day.state if day else None


@transaction.atomic
def change_day(
    *, record: Record, on: date, now: datetime, edit: Callable[[DiaryDay | None], DiaryDay | None]
) -> DayChange:
    """Let edit() turn the day into what it shall be; keep before and after."""
    hold(record)
    before = taken(day_on(record, on))
    edit(day_on(record, on))
    after = taken(day_on(record, on))
    return DayChange.objects.create(record=record, date=on, at=now, before=before, after=after)


def check_not_stale(record: Record, on: date, today: date) -> None:
    """A page that was left open overnight must not overwrite the day it was opened on."""
    if on != today and state_on(record, on) is not None:
        raise ValidationError(
            _("A new day has begun: tap again for today, or open %(day)s to correct it.")
            % {"day": formatting.weekday_day(on)}
        )


def check_answer(said: str) -> None:
    if said not in ANSWERS:
        raise ValidationError(_("Choose one of the four answers."))


def answer(
    *, record: Record, on: date, said: str, today: date, now: datetime, written: datetime | None = None
) -> DayChange:
    """Record the one-tap answer. Details that fit the new answer stay; the change keeps the others.

    written: when it was tapped, for what a device kept until it had a network.
    """
    check_date(on, today)
    check_answer(said)

    def edit(day: DiaryDay | None) -> DiaryDay:
        day = day or DiaryDay(record=record, date=on, written_at=written or now)
        day.headache = said != FREE
        day.intensity = said if day.headache else ""
        if not day.headache:
            day.hours = day.features = None
        day.save()
        return day

    return change_day(record=record, on=on, now=now, edit=edit)


def save_details(*, record: Record, filled: DiaryDay, intakes: Iterable[Taken], now: datetime) -> DayChange:
    """Save a whole day as its form was filled in, with its medicine."""
    rows = list(intakes)

    def edit(day: DiaryDay | None) -> DiaryDay:
        if day:
            filled.pk, filled.written_at = day.pk, day.written_at
        else:
            filled.written_at = now
        filled.record = record
        filled.save()
        write_intakes(filled, rows)
        for row in rows:
            Medicine.objects.get_or_create(
                record=record, name=row.name, defaults={"drug_class": row.drug_class}
            )
        return filled

    return change_day(record=record, on=filled.date, now=now, edit=edit)


def take(*, record: Record, on: date, medicine: Medicine, now: datetime) -> DayChange:
    """One more dose of a medicine on a day that is recorded."""

    def edit(kept: DiaryDay | None) -> DiaryDay:
        day = recorded(kept)
        taken_already = day.intakes.filter(name=medicine.name).last()
        if taken_already is None:
            Intake.objects.create(day=day, name=medicine.name, drug_class=medicine.drug_class)
        elif taken_already.doses < MOST_DOSES:
            taken_already.doses = min(taken_already.doses + 1, MOST_DOSES)
            taken_already.save()
        else:
            raise ValidationError(_("Enter 0.5 to 100 doses."))
        return day

    return change_day(record=record, on=on, now=now, edit=edit)


def own_medicine(record: Record, pk: str) -> Medicine:
    """A medicine of the own list by the number a form sent."""
    found = next((one for one in record.medicines.all() if str(one.pk) == pk), None)
    if found is None:
        raise ValidationError(_("Choose a medicine from your list."))
    return found


def recorded(day: DiaryDay | None) -> DiaryDay:
    """The day, which has to be there before its details."""
    if day is None:
        raise ValidationError(_("Answer the day first; then its details can be added."))
    return day


def save_part(*, record: Record, on: date, values: Mapping[str, Any], now: datetime) -> DayChange:
    """Set some fields of a recorded day."""

    def edit(kept: DiaryDay | None) -> DiaryDay:
        day = recorded(kept)
        for name, value in values.items():
            setattr(day, name, value)
        day.validate_constraints()
        day.save()
        return day

    return change_day(record=record, on=on, now=now, edit=edit)


def set_intakes(*, record: Record, on: date, intakes: Iterable[Taken], now: datetime) -> DayChange:
    """Let these be the medicines of a recorded day."""
    rows = list(intakes)

    def edit(kept: DiaryDay | None) -> DiaryDay:
        day = recorded(kept)
        write_intakes(day, rows)
        return day

    return change_day(record=record, on=on, now=now, edit=edit)


def write_intakes(day: DiaryDay, rows: Iterable[Taken]) -> None:
    Intake.objects.filter(day=day).delete()
    Intake.objects.bulk_create(
        Intake(
            day=day,
            name=row.name,
            drug_class=row.drug_class,
            doses=row.doses,
            relief=row.relief,
            times=row.times,
        )
        for row in rows
    )


def clear(*, record: Record, on: date, now: datetime) -> DayChange:
    """Make the day unrecorded again."""

    def edit(day: DiaryDay | None) -> None:
        if day:
            day.delete()

    return change_day(record=record, on=on, now=now, edit=edit)


@transaction.atomic
def add_medicine(*, medicine: Medicine) -> None:
    """Put a medicine on the own list; a second of the same name is refused, also when both came at once."""
    hold(medicine.record)
    medicine.validate_constraints()
    medicine.save()


def undo(*, change: DayChange, now: datetime) -> DayChange:
    """Take one change back, unless the day has been changed again since."""

    def edit(day: DiaryDay | None) -> DiaryDay | None:
        if taken(day) != change.after:
            raise ValidationError(_("This day was changed again since. Open it to correct it."))
        return restore(change.record, change.date, change.before)

    return change_day(record=change.record, on=change.date, now=now, edit=edit)
