"""The word after a change, with its undo: left by one request, shown until she dismisses it or the day is over."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.access import PersonRequest
from core import formatting
from core.dates import day_of
from headaches.calendar import UNKNOWN, state_words
from headaches.doses import doses_words
from headaches.models import DayChange
from headaches.snapshots import Snapshot

KEY = "day_change"


@dataclass(frozen=True, slots=True)
class Toast:
    """A change and its words. key: the name a device gave it, "" for one made on a page."""

    change: DayChange
    text: str
    key: str = ""

    @property
    def was(self) -> str:
        """The state of the day before the change."""
        return state_of(self.change.before)


def toast_for(change: DayChange) -> Toast:
    """ "Saved: no headache, Tuesday 5 May" """
    made = getattr(change, "device_change", None)
    return Toast(change, words_of(change), str(made.key) if made else "")


def state_of(values: Snapshot | None) -> str:
    """The state of a day as its snapshot has it."""
    if values is None:
        return UNKNOWN
    return (values["intensity"] or "headache") if values["headache"] else "free"


def words_of(change: DayChange) -> str:
    on = formatting.weekday_day(change.date)
    if change.after is None:
        return _("%(day)s is not recorded now.") % {"day": on}
    more = one_more_dose(change)
    if more:
        return _("Saved: %(medicine)s") % {"medicine": doses_words(*more)}
    state = state_of(change.after)
    return _("Saved: %(state)s, %(day)s") % {"state": state_words(state), "day": on}


def one_more_dose(change: DayChange) -> tuple[str, Decimal] | None:
    """Name and doses of the one medicine by which the day changed; None when anything else did."""
    before, after = change.before, change.after
    if before is None or after is None or before | {"intakes": []} != after | {"intakes": []}:
        return None
    new = [row for row in after["intakes"] if row not in before["intakes"]]
    return (new[0][0], Decimal(new[0][2])) if len(new) == 1 else None


def leave_toast(request: HttpRequest, change: DayChange) -> None:
    request.session[KEY] = change.pk


def waiting_toast(request: PersonRequest, today: date) -> Toast | None:
    """What was saved last today, until she dismisses it: undo has no clock. Gone once its day was changed again."""
    pk = request.session.get(KEY)
    if not pk:
        return None
    newer = DayChange.objects.filter(record=OuterRef("record"), date=OuterRef("date"), pk__gt=OuterRef("pk"))
    rows = DayChange.objects.select_related("device_change").filter(record__user=request.user, pk=pk)
    change = rows.exclude(Exists(newer)).first()
    return toast_for(change) if change and day_of(request.user, change.at) == today else None


def dismiss_toast(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
