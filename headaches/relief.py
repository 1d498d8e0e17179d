"""Asks once, an hour after a dose, whether it helped."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import Record
from core import formatting
from core.dates import local_date
from headaches.models import DayChange, DiaryDay, Intake
from headaches.snapshots import Snapshot

# So long after a dose the question comes, and so long it is asked.
ASK_FROM: Final = dt.timedelta(hours=1)
ASK_UNTIL: Final = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose of a day, and when it was taken as far as is known: at the typed time, else when it was tapped."""

    date: dt.date
    name: str
    taken_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ReliefQuestion:
    """A dose to ask about, with its time on the patient's clock."""

    dose: Dose
    time: str

    @property
    def choices(self) -> list[tuple[Intake.Relief, str]]:
        """Each answer with the words of its button, the best first."""
        relief = Intake.Relief
        return [
            (relief.COMPLETE, _("Pain gone")),
            (relief.PARTIAL, _("A bit better")),
            (relief.NONE, _("No help")),
        ]


def find_relief_question(record: Record, day: DiaryDay | None, now: dt.datetime) -> ReliefQuestion | None:
    """Return the earliest dose whose relief is not known and can be asked now.

    day: today's, with its medicines. The day before is read only in the morning. Without a medicine whose relief is
    open there is no query.
    """
    zone = ZoneInfo(record.user.time_zone)
    local = now.astimezone(zone)
    days = [day] if day else []
    if local - ASK_UNTIL < dt.datetime.combine(local.date(), dt.time(), zone):
        yesterday = record.days.filter(date=local.date() - dt.timedelta(1), intakes__relief="")
        days += yesterday.prefetch_related("intakes").distinct()
    open_names = {
        each.date: {intake.name for intake in each.intakes.all() if not intake.relief} for each in days
    }
    if not any(open_names.values()):
        return None
    times = {(each.date, intake.name): intake.times for each in days for intake in each.intakes.all()}
    # Of one medicine the latest dose counts.
    latest = {
        dose.name: Dose(dose.date, dose.name, read_time(times[dose.date, dose.name], dose, zone))
        for dose in list_tapped_doses(record, list(open_names), now)
        if dose.name in open_names[dose.date]
    }
    since = max(now - ASK_UNTIL, record.relief_asked_until or now - ASK_UNTIL)
    due = [dose for dose in latest.values() if since < dose.taken_at <= now - ASK_FROM]
    first = min(due, key=lambda dose: dose.taken_at, default=None)
    return ReliefQuestion(first, formatting.clock(first.taken_at.astimezone(zone).time())) if first else None


def list_tapped_doses(record: Record, dates: Iterable[dt.date], now: dt.datetime) -> list[Dose]:
    """Return the doses that were entered on their own day lately, each with the time of the tap. One query."""
    changes = DayChange.objects.filter(record=record, date__in=dates, at__gt=now - ASK_UNTIL)
    doses = []
    for change in changes.select_related("device_change").order_by("pk"):
        device_change = getattr(change, "device_change", None)
        tapped_at = device_change.at if device_change else change.at
        if local_date(record.user, tapped_at) == change.date:
            before, after = count_doses(change.before), count_doses(change.after)
            doses += [
                Dose(change.date, name, tapped_at)
                for name, number in after.items()
                if number > before.get(name, 0)
            ]
    return doses


def count_doses(snapshot: Snapshot | None) -> dict[str, Decimal]:
    """Return the doses of each medicine of a day."""
    doses: dict[str, Decimal] = {}
    for name, _drug_class, number, *_rest in snapshot["intakes"] if snapshot else []:
        doses[name] = doses.get(name, Decimal(0)) + Decimal(number)
    return doses


def read_time(times: str, dose: Dose, zone: ZoneInfo) -> dt.datetime:
    """Return the last typed time of a dose, else the time of the tap."""
    if not times:
        return dose.taken_at
    last = dt.time.fromisoformat(times.split(";")[-1])
    return dt.datetime.combine(dose.date, last, zone)
