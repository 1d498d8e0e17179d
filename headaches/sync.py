"""Diary entries that a device sends, perhaps days late: each is applied once, and none overwrites what it did not know.

A device names each entry (a UUID) and says which revision of the day it knew, or which entry of its own came before. A
day that is as the device knew it is changed. A day that was changed elsewhere is left alone: both versions are
stored, and the patient is asked which one is right.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import lock_record
from accounts.models import Record
from headaches import actions
from headaches.actions import ChangedDay, LockedDay
from headaches.models import DayChange, DeviceChange, DiaryDay

ANSWER, TAKE, RELIEF, UNDO = "answer", "take", "relief", "undo"
KINDS: Final = (ANSWER, TAKE, RELIEF, UNDO)
Outcome = DeviceChange.Outcome


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """One entry as a device sends it.

    value: the answer, the number of the medicine, the relief, or the key of the entry to undo. name: of the medicine
    that gave the relief. waited: whether it could not be
    sent when it was tapped; what is sent at once is her latest answer and asks nothing. base: the revision of the day
    that the device knew. after: the device's own entry for this day before this one.
    """

    key: UUID
    kind: str
    date: dt.date
    at: dt.datetime
    value: str
    waited: bool = True
    base: str = ""
    after: UUID | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an entry, and the day as it is now."""

    entry: DeviceChange
    day: LockedDay = field(repr=False)


@transaction.atomic
def receive_entry(*, record: Record, entry: DeviceEntry, today: dt.date, now: dt.datetime) -> Receipt:
    """Apply an entry once: sent again, it gets the outcome of the first time.

    Raises ValidationError for what can never be applied: a day to come, an unknown answer or medicine.
    """
    day = actions.lock_day(record, entry.date)
    known = DeviceChange.objects.filter(record=record, key=entry.key).first()
    if known:
        return Receipt(known, day)
    if entry.kind == UNDO:
        return apply_undo(record, entry, day, now)
    actions.check_date(entry.date, today)
    if entry.kind == TAKE:
        medicine = actions.get_own_medicine(record, entry.value)
        changed = actions.add_dose(record=record, date=entry.date, medicine=medicine, now=now, locked_day=day)
        return save_device_change(record, entry, Outcome.DONE, changed)
    if entry.kind == RELIEF:
        changed = actions.set_relief(
            record=record, date=entry.date, name=entry.name, relief=entry.value, now=now, locked_day=day
        )
        return save_device_change(record, entry, Outcome.DONE, changed)
    return apply_answer(record, entry, day, today, now)


def apply_answer(
    record: Record, entry: DeviceEntry, day: LockedDay, today: dt.date, now: dt.datetime
) -> Receipt:
    """Record the answer, find it recorded already, or store it beside what was entered elsewhere."""
    actions.check_answer(entry.value)
    previous = get_own_change(record, entry.after)
    replaced = previous if previous and previous.outcome == Outcome.ASKED else None
    if replaced:
        # Her later answer on the same device replaces the earlier one in the open question.
        set_outcome([replaced], Outcome.SETTLED)
    known_revisions = [previous.revision, entry.base] if previous else [entry.base]
    is_conflict = replaced is not None or (entry.waited and day.revision not in known_revisions)
    revision = known_revisions[0] if is_conflict else None
    if day.state == entry.value:
        # Entered elsewhere too. The device has still not seen that when it sends its next entry.
        return save_device_change(record, entry, Outcome.DONE, day, replaces=replaced, revision=revision)
    if is_conflict:
        return save_device_change(record, entry, Outcome.ASKED, day, replaces=replaced, revision=revision)
    # A device's clock is wrong if it says that the tap came before the day began anywhere, or later than now.
    begins = dt.datetime.combine(entry.date, dt.time(0), dt.UTC) - dt.timedelta(days=1)
    changed = actions.record_answer(
        record=record,
        date=entry.date,
        answer=entry.value,
        today=today,
        now=now,
        written=entry.at if begins <= entry.at <= now else now,
        locked_day=day,
    )
    return save_device_change(record, entry, Outcome.DONE, changed)


def apply_undo(record: Record, entry: DeviceEntry, day: LockedDay, now: dt.datetime) -> Receipt:
    """Undo an earlier entry of the device, unless its day was changed elsewhere since."""
    first = get_own_change(record, UUID(entry.value))
    if first is None:
        return save_device_change(record, entry, Outcome.DONE, day, revision=entry.base)
    if first.change is None:
        # It changed nothing: it leaves the open question, and the answer it had replaced is asked about again.
        if first.outcome == Outcome.ASKED:
            set_outcome([first], Outcome.SETTLED)
        if first.replaces:
            set_outcome([first.replaces], Outcome.ASKED)
        return save_device_change(record, entry, Outcome.DONE, day, revision=first.revision)
    is_same_day = first.change.date == entry.date
    try:
        changed = actions.undo_change(change=first.change, now=now, locked_day=day if is_same_day else None)
    except ValidationError:
        return save_device_change(record, entry, Outcome.LATE, day, revision=first.revision)
    if not is_same_day:
        changed = ChangedDay(day.day, day.snapshot, changed.change)
    return save_device_change(record, entry, Outcome.DONE, changed)


def get_own_change(record: Record, key: UUID | None) -> DeviceChange | None:
    """Return an entry of this record by the name its device gave it."""
    if key is None:
        return None
    entries = DeviceChange.objects.filter(record=record, key=key)
    return entries.select_related("change__record", "replaces").first()


def save_device_change(
    record: Record,
    entry: DeviceEntry,
    outcome: str,
    day: LockedDay,
    *,
    replaces: DeviceChange | None = None,
    revision: str | None = None,
) -> Receipt:
    """Store what became of an entry. revision: what the device takes the day for, if that is not how it is."""
    device_change = DeviceChange.objects.create(
        record=record,
        key=entry.key,
        date=entry.date,
        at=entry.at,
        answer=entry.value if entry.kind == ANSWER else "",
        outcome=outcome,
        revision=day.revision if revision is None else revision,
        change=day.change if isinstance(day, ChangedDay) else None,
        replaces=replaces,
    )
    return Receipt(device_change, day)


def set_outcome(entries: list[DeviceChange], outcome: str) -> None:
    DeviceChange.objects.filter(pk__in=[entry.pk for entry in entries]).update(outcome=outcome)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A day with two versions: as it is recorded, and what devices entered while they did not know of that."""

    date: dt.date
    recorded: DiaryDay | None
    entries: tuple[DeviceChange, ...]


def open_conflicts(record: Record) -> list[Conflict]:
    """Return the days the patient has to decide on, the earliest first. One query when there is none."""
    entries = list(DeviceChange.objects.filter(record=record, outcome=Outcome.ASKED).order_by("date", "pk"))
    if not entries:
        return []
    dates = sorted({entry.date for entry in entries})
    days = {day.date: day for day in record.days.filter(date__in=dates).prefetch_related("intakes")}
    conflicts = []
    for date in dates:
        recorded = days.get(date)
        state = recorded.state if recorded else ""
        # The latest entry of each answer that differs from what is recorded.
        latest = {entry.answer: entry for entry in entries if entry.date == date and entry.answer != state}
        if latest:
            conflicts.append(Conflict(date, recorded, tuple(latest.values())))
    return conflicts


@transaction.atomic
def resolve_conflict(
    *, record: Record, date: dt.date, answer: str, today: dt.date, now: dt.datetime
) -> DayChange | None:
    """Settle a conflict. answer: that of the device, or "" to leave the day as it is. Raises ValidationError."""
    lock_record(record)
    entries = list(DeviceChange.objects.filter(record=record, date=date, outcome=Outcome.ASKED))
    if answer not in ("", *(entry.answer for entry in entries)):
        raise ValidationError(_("This question is already answered."))
    set_outcome(entries, Outcome.SETTLED)
    if not answer:
        return None
    written = min(entry.at for entry in entries if entry.answer == answer)
    changed = actions.record_answer(
        record=record, date=date, answer=answer, today=today, now=now, written=min(written, now)
    )
    return changed.change
