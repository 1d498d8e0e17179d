"""The timer of a headache that is going on: started, still going, over. It writes the hours of each day it touches.

Hours are whole hundredths (36 s); what is left over counts with the next ones, and is dropped at midnight and at the
end, as everywhere (core/fields.py, HoursField). Several attacks of a day add up, to 24 at most.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import lock_record
from accounts.models import Record
from core import formatting
from core.dates import local_date
from headaches.actions import ChangedDay, change_day, get_day
from headaches.models import DiaryDay

HUNDREDTH: Final = 36  # s
FULL_DAY: Final = Decimal(24)
FIELDS: Final = ("attack_started_at", "attack_counted_until")


@dataclass(frozen=True, slots=True)
class RunningAttack:
    """An attack that is going on, as a page shows it. is_counted: some of its hours are written already."""

    since: str
    length: str
    is_counted: bool


def describe_attack(record: Record, now: dt.datetime) -> RunningAttack | None:
    """Return the running attack with its start on the patient's clock: "10:40", or "Monday 4 May, 22:10"."""
    started, counted_until = record.attack_started_at, record.attack_counted_until
    if started is None:
        return None
    local = started.astimezone(ZoneInfo(record.user.time_zone))
    since = formatting.clock(local.time())
    if local.date() != local_date(record.user, now):
        since = _("%(day)s, %(time)s") % {"day": formatting.weekday_day(local.date()), "time": since}
    minutes = int((now - started).total_seconds() // 60)
    length = _("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}
    return RunningAttack(since, length, is_counted=counted_until != started)


def read_clock(text: str, record: Record, now: dt.datetime) -> dt.datetime:
    """Return the last instant at which the patient's clock showed this time. Raises ValidationError."""
    try:
        time = dt.time.fromisoformat(text)
    except ValueError:
        raise ValidationError(_("Enter a time, such as 9:30.")) from None
    local = now.astimezone(ZoneInfo(record.user.time_zone))
    instant = dt.datetime.combine(local.date(), time, local.tzinfo)
    return instant if instant <= local else instant - dt.timedelta(days=1)


@transaction.atomic
def start_attack(*, record: Record, now: dt.datetime) -> ChangedDay | None:
    """Start the timer, unless it runs already; today becomes a headache day. Return the change of today, if any."""
    read_attack(record)
    if record.attack_started_at:
        return None
    save_attack(record, now, now)
    today = local_date(record.user, now)
    day = get_day(record, today)
    if day and day.headache:
        return None

    def edit(day: DiaryDay | None) -> None:
        day = day or DiaryDay(record=record, date=today, written_at=now)
        day.headache = True
        day.save()

    return change_day(record=record, date=today, now=now, edit=edit)


@transaction.atomic
def move_start(*, record: Record, started: dt.datetime) -> None:
    """Let the attack begin earlier or later. Raises ValidationError once some of its hours are written."""
    read_attack(record)
    if record.attack_started_at is None or record.attack_counted_until != record.attack_started_at:
        raise ValidationError(_("Its hours are written already. Correct them in the details of the day."))
    save_attack(record, started, started)


@transaction.atomic
def count_attack(*, record: Record, now: dt.datetime, ended: dt.datetime | None = None) -> list[ChangedDay]:
    """Write the hours that are not written yet, up to `ended` if it is over, else up to now. Return the changed days.

    A day that is recorded as free of headache stays as it is. Raises ValidationError for an end before what is written.
    """
    read_attack(record)
    started, counted_until = record.attack_started_at, record.attack_counted_until
    if started is None or counted_until is None:
        return []
    until = ended or now
    if until < counted_until:
        raise ValidationError(_("That is before the hours that are written already."))
    changed = []
    for date, begin, end in split_at_midnight(counted_until, until, ZoneInfo(record.user.time_zone)):
        hundredths = int((end - begin).total_seconds()) // HUNDREDTH
        counted_until = begin + dt.timedelta(seconds=hundredths * HUNDREDTH)
        day = get_day(record, date)
        if hundredths and (day is None or day.headache):
            changed.append(add_hours(record, date, Decimal(hundredths) / 100, now))
    if ended:
        save_attack(record, None, None)
    else:
        save_attack(record, started, counted_until)
    return changed


@transaction.atomic
def cancel_attack(*, record: Record) -> None:
    """Stop the timer without writing anything."""
    lock_record(record)
    save_attack(record, None, None)


def add_hours(record: Record, date: dt.date, hours: Decimal, now: dt.datetime) -> ChangedDay:
    """Add hours of headache to those of a day."""

    def edit(day: DiaryDay | None) -> None:
        day = day or DiaryDay(record=record, date=date, headache=True, written_at=now)
        day.hours = min(FULL_DAY, (day.hours or Decimal(0)) + hours)
        day.save()

    return change_day(record=record, date=date, now=now, edit=edit)


def split_at_midnight(
    start: dt.datetime, end: dt.datetime, zone: ZoneInfo
) -> Iterator[tuple[dt.date, dt.datetime, dt.datetime]]:
    """Yield each calendar day of a span with the part of the span that lies in it, as instants in UTC."""
    while start < end:
        date = start.astimezone(zone).date()
        midnight = dt.datetime.combine(date + dt.timedelta(1), dt.time(0), zone).astimezone(dt.UTC)
        part_end = min(end, midnight)
        yield date, start, part_end
        start = part_end


def read_attack(record: Record) -> None:
    """Lock the record and read the timer as it is now."""
    lock_record(record)
    record.refresh_from_db(fields=FIELDS)


def save_attack(record: Record, started: dt.datetime | None, counted_until: dt.datetime | None) -> None:
    values: dict[str, Any] = dict(zip(FIELDS, (started, counted_until), strict=True))
    for name, value in values.items():
        setattr(record, name, value)
    record.save(update_fields=FIELDS)
