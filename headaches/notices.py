"""The notice after a change, with its undo. Set by one response, shown until it is dismissed or the day is over."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.access import PersonRequest
from core import formatting
from core.dates import local_date
from headaches.doses import describe_doses
from headaches.models import DayChange, DayState
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
    """Say what a change recorded: one medicine that it added, or the state of the day."""
    day = formatting.weekday_day(change.date)
    if change.after is None:
        return _("%(day)s is not recorded now.") % {"day": day}
    before, after = change.before, change.after
    if before is not None and before | {"intakes": []} == after | {"intakes": []}:
        added = [intake for intake in after["intakes"] if intake not in before["intakes"]]
        if len(added) == 1:
            medicine = describe_doses(added[0][0], Decimal(added[0][2]))
            return _("Saved: %(medicine)s") % {"medicine": medicine}
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


def get_undo_notice(request: PersonRequest, today: dt.date) -> UndoNotice | None:
    """Return today's latest change, unless it was dismissed or its day has been changed again."""
    pk = request.COOKIES.get(settings.NOTICE_COOKIE_NAME, "")
    if not (pk.isascii() and pk.isdecimal() and len(pk) <= MAX_DIGITS):
        return None
    later = DayChange.objects.filter(record=OuterRef("record"), date=OuterRef("date"), pk__gt=OuterRef("pk"))
    changes = DayChange.objects.select_related("device_change").filter(record__user=request.user, pk=pk)
    change = changes.exclude(Exists(later)).first()
    return build_notice(change) if change and local_date(request.user, change.at) == today else None
