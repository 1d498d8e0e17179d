"""The word after a change, with its undo: left by one request, shown by the next page."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import formatting
from headaches.calendar import state_words
from headaches.doses import doses_words
from headaches.models import DayChange

KEY = "day_change"


@dataclass(frozen=True, slots=True)
class Toast:
    change: DayChange
    text: str


def toast_for(change: DayChange) -> Toast:
    """ "Saved: no headache, Tuesday 5 May" """
    on = formatting.weekday_day(change.date)
    if change.after is None:
        return Toast(change, _("%(day)s is not recorded now.") % {"day": on})
    more = one_more_dose(change)
    if more:
        return Toast(change, _("Saved: %(medicine)s") % {"medicine": doses_words(*more)})
    state = (change.after["intensity"] or "headache") if change.after["headache"] else "free"
    return Toast(change, _("Saved: %(state)s, %(day)s") % {"state": state_words(state), "day": on})


def one_more_dose(change: DayChange) -> tuple[str, Decimal] | None:
    """Name and doses of the one medicine by which the day changed; None when anything else did."""
    before, after = change.before, change.after
    if before is None or after is None or before | {"intakes": []} != after | {"intakes": []}:
        return None
    new = [row for row in after["intakes"] if row not in before["intakes"]]
    return (new[0][0], Decimal(new[0][2])) if len(new) == 1 else None


def leave_toast(request: HttpRequest, change: DayChange) -> None:
    request.session[KEY] = change.pk


def take_toast(request: HttpRequest) -> Toast | None:
    pk = request.session.pop(KEY, None)
    change = DayChange.objects.filter(pk=pk, record__user=request.user).first() if pk else None  # type: ignore[misc]  # logged in
    return toast_for(change) if change else None
