"""What the question of the day needs on a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Record
from core import formatting
from headaches.actions import day_on
from headaches.calendar import STATE_WORDS, UNKNOWN, Cell, state_words, states, strip
from headaches.doses import doses_words
from headaches.models import DeviceChange, DiaryDay
from headaches.notices import Toast
from headaches.snapshots import taken
from headaches.sync import TwoEntries, revision_of, to_choose


def answers(current: str | None) -> list[tuple[str, str, bool]]:
    """Value, words and whether it is the present answer, "No headache" first."""
    offered = [
        ("free", _("No headache")),
        ("mild", _("Mild headache")),
        ("moderate", _("Moderate headache")),
        ("severe", _("Severe headache")),
    ]
    return [(value, words, value == current) for value, words in offered]


def pain_context(
    record: Record, today: date, query: Mapping[str, str], toast: Toast | None
) -> dict[str, Any]:
    """How bad is it; once that is answered, the medicine; then nothing more."""
    day = day_on(record, today)
    offered = [("mild", _("Mild")), ("moderate", _("Moderate")), ("severe", _("Severe"))]
    answered = day is not None and day.headache and "ask" not in query
    return {
        "today": today,
        "day": day,
        "revision": revision_of(taken(day)),
        "words": device_words(),
        "answers": [(value, words, day is not None and value == day.state) for value, words in offered],
        "taken": [doses_words(one.name, one.doses, one.times) for one in day.intakes.all()] if day else [],
        "asks_medicine": answered,
        "done": answered and "done" in query,
        "medicines": record.medicines.all(),
        "toast": toast,
    }


def device_words() -> dict[str, Any]:
    """What static/js/today.js says by itself; {day}, {state} and {medicine} are filled in there."""
    return {
        "states": {state: str(words) for state, words in STATE_WORDS.items()},
        "saved": _("Saved: %(state)s, %(day)s") % {"state": "{state}", "day": "{day}"},
        "cleared": _("%(day)s is not recorded now.") % {"day": "{day}"},
        "takenBack": _("Taken back."),
        "taken": _("Saved: %(medicine)s") % {"medicine": "{medicine}"},
        "recorded": _("Today is recorded"),
        "today": _("How was today?"),
        "how": _("How was %(day)s?") % {"day": "{day}"},
        "refused": _("%(day)s, %(state)s:") % {"day": "{day}", "state": "{state}"},
        "waiting": _("waiting to be sent"),
    }


def good_words(known: Mapping[date, str], today: date) -> str:
    """A clear day counts as something: how many there were this month. Gaps take nothing away from it."""
    number = sum(state == "free" for on, state in known.items() if on >= today.replace(day=1))
    month = formatting.month_year(today)
    if number == 1:
        return _("A clear day, the first in %(month)s.") % {"month": month}
    words = ngettext(
        "A clear day, one of %(number)s in %(month)s.", "A clear day, one of %(number)s in %(month)s.", number
    )
    return words % {"number": number, "month": month}


@dataclass(frozen=True, slots=True)
class Offer:
    """A day with two entries as a page shows it: the one that stands, and each other with its words."""

    on: date
    state: str
    words: str
    offered: list[tuple[DeviceChange, str]]


def offer(two: TwoEntries) -> Offer:
    state = two.stands.state if two.stands else UNKNOWN
    others = [(other, state_words(other.said)) for other in two.others]
    return Offer(two.on, state, state_words(state), others)


def week_context(record: Record, today: date, toast: Toast | None) -> dict[str, Any]:
    """The last seven days, each with its four answers; today first."""
    start = today - timedelta(6)
    rows = DiaryDay.objects.filter(record=record, date__range=(start, today)).prefetch_related("intakes")
    known = {day.date: day for day in rows}
    cells = [
        Cell(on, known[on].state if on in known else UNKNOWN, on == today, is_later=False)
        for on in (today - timedelta(back) for back in range(7))
    ]
    return {
        "days": [(cell, answers(cell.state), revision_of(taken(known.get(cell.date)))) for cell in cells],
        "left": sum(cell.state == UNKNOWN for cell in cells),
        "choose": [offer(two) for two in to_choose(record)],
        "today": today,
        "toast": toast,
        "words": device_words(),
    }


def day_context(record: Record, on: date, today: date, toast: Toast | None) -> dict[str, Any]:
    """The four answers of one day, and the word of what changed it last."""
    day = day_on(record, on)
    return {
        "on": on,
        "today": today,
        "revision": revision_of(taken(day)),
        "recorded": day is not None,
        "answers": answers(day.state if day else None),
        "toast": toast if toast and toast.change.date == on else None,
        "words": device_words(),
    }


def today_context(record: Record, today: date, toast: Toast | None) -> dict[str, Any]:
    """The question, the strip of seven days, the toast, the days with two entries."""
    day = day_on(record, today)
    known = states(record, min(today.replace(day=1), today - timedelta(6)), today)
    cells = strip(known, today)
    gaps = [cell for cell in cells[:-1] if cell.state == UNKNOWN]
    return {
        "today": today,
        "day": day,
        "revision": revision_of(taken(day)),
        "answers": answers(day.state if day else None),
        "strip": cells,
        "gap": gaps[-1] if gaps else None,
        "gaps": len(gaps),
        "good": good_words(known, today) if day and day.state == "free" else "",
        "choose": [offer(two) for two in to_choose(record)],
        "toast": toast,
        "words": device_words(),
    }
