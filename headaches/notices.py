"""The notice after a change, with its undo. Set by one response, shown until it is dismissed or the day is over."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.access import PersonRequest
from core import formatting
from core.dates import local_date
from headaches.doses import describe_doses
from headaches.models import DayChange, DayState, Intake
from headaches.snapshots import Snapshot

COOKIE_AGE = dt.timedelta(days=1)
MAX_DIGITS = 18  # of a primary key


@dataclass(frozen=True, slots=True)
class UndoNotice:
    """A change and its description. key: the name a device gave it, "" for one made on a page."""

    change: DayChange
    text: str
    key: str = ""

    @property
    def removed_by_undo(self) -> str:
        """The dose or the relief that an undo removes; "" for a change of anything else."""
        found = find_medicine_change(self.change.after, self.change.before)
        return found.words if found and not found.is_added else ""

    @property
    def was(self) -> str:
        """The state of the day before the change."""
        return snapshot_state(self.change.before)


def build_notice(change: DayChange) -> UndoNotice:
    """Build the notice of a change: "Saved: no headache, Tuesday 5 May"."""
    device_change = getattr(change, "device_change", None)
    return UndoNotice(change, describe_change(change), str(device_change.key) if device_change else "")


def snapshot_state(snapshot: Snapshot | None) -> str:
    """Return the DayState of a snapshot."""
    if snapshot is None:
        return DayState.UNRECORDED
    return (snapshot["intensity"] or DayState.HEADACHE) if snapshot["headache"] else DayState.FREE


def describe_change(change: DayChange) -> str:
    """Say what a change recorded: one medicine that it added, removed or rated, or the state of the day."""
    day = formatting.weekday_day(change.date)
    if change.after is None:
        return _("%(day)s is not recorded now.") % {"day": day}
    medicine = find_medicine_change(change.before, change.after)
    if medicine:
        text = _("Saved: %(medicine)s") if medicine.is_added else _("Removed: %(medicine)s")
        return text % {"medicine": medicine.words}
    before, after = change.before, change.after
    if before and before != after and before | {"hours": ""} == after | {"hours": ""} and after["hours"]:
        hours = formatting.decimal(float(after["hours"]), 2)
        return _("Saved: %(hours)s hours, %(day)s") % {"hours": hours, "day": day}
    label = DayState(snapshot_state(change.after)).label
    return _("Saved: %(state)s, %(day)s") % {"state": label, "day": day}


def set_undo_notice(response: HttpResponse, change: DayChange) -> HttpResponse:
    """Show the notice of a change on the next pages.

    It is in a cookie, for the session would be written at each tap.
    """
    response.set_cookie(
        settings.NOTICE_COOKIE_NAME,
        str(change.pk),
        max_age=COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def dismiss_undo_notice(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(settings.NOTICE_COOKIE_NAME, samesite="Lax")
    return response


class MedicineChange(NamedTuple):
    """What a change did to one medicine, with its words: "Sumatriptan, 1 dose" or "Sumatriptan, some relief"."""

    words: str
    is_added: bool


def find_medicine_change(before: Snapshot | None, after: Snapshot | None) -> MedicineChange | None:
    """Return what a change did to one medicine; None if anything else has changed, or several medicines."""
    if before is None or after is None or before | {"intakes": []} != after | {"intakes": []}:
        return None
    old, new = ({intake[0]: intake for intake in snapshot["intakes"]} for snapshot in (before, after))
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if len(changed) != 1:
        return None
    [name] = changed
    was, becomes = (intakes.get(name, [name, "", "0", ""]) for intakes in (old, new))
    more = Decimal(becomes[2]) - Decimal(was[2])
    if more < 0:
        return MedicineChange(describe_doses(name, -more), is_added=False)
    if not more and was[3] != becomes[3]:
        relief = Intake.Relief(becomes[3] or was[3])
        return MedicineChange(f"{name}, {relief.label}", is_added=bool(becomes[3]))
    return MedicineChange(describe_doses(name, Decimal(becomes[2])), is_added=True)


def get_undo_notice(request: PersonRequest, today: dt.date) -> UndoNotice | None:
    """Return today's latest change, unless it was dismissed or its day has been changed again."""
    pk = request.COOKIES.get(settings.NOTICE_COOKIE_NAME, "")
    if not (pk.isascii() and pk.isdecimal() and len(pk) <= MAX_DIGITS):
        return None
    later = DayChange.objects.filter(record=OuterRef("record"), date=OuterRef("date"), pk__gt=OuterRef("pk"))
    changes = DayChange.objects.select_related("device_change").filter(record__user=request.user, pk=pk)
    change = changes.exclude(Exists(later)).first()
    return build_notice(change) if change and local_date(request.user, change.at) == today else None
