"""What the question of the day needs on a page."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import formatting
from accounts.models import Record
from headaches.actions import day_on
from headaches.calendar import strip
from headaches.doses import doses_words
from headaches.models import DiaryDay
from headaches.toasts import Toast


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
        "answers": [(value, words, day is not None and value == day.state) for value, words in offered],
        "taken": [doses_words(one.name, one.doses) for one in day.intakes.all()] if day else [],
        "asks_medicine": answered,
        "done": answered and "done" in query,
        "medicines": record.medicines.all(),
        "toast": toast,
    }


def good_words(record: Record, today: date) -> str:
    """A clear day counts as something: how many there were this month. Gaps take nothing away from it."""
    clear = DiaryDay.objects.filter(record=record, date__range=(today.replace(day=1), today), headache=False)
    number = clear.count()
    month = formatting.month_year(today)
    if number == 1:
        return _("A clear day, the first in %(month)s.") % {"month": month}
    words = ngettext(
        "A clear day, one of %(number)s in %(month)s.", "A clear day, one of %(number)s in %(month)s.", number
    )
    return words % {"number": number, "month": month}


def today_context(record: Record, today: date, toast: Toast | None) -> dict[str, Any]:
    """The question, the strip of seven days, the toast."""
    day = day_on(record, today)
    cells = strip(record, today)
    gaps = [cell for cell in cells[:-1] if cell.state == "unknown"]
    return {
        "today": today,
        "day": day,
        "answers": answers(day.state if day else None),
        "strip": cells,
        "gap": gaps[-1] if gaps else None,
        "gaps": len(gaps),
        "good": good_words(record, today) if day and day.state == "free" else "",
        "toast": toast,
    }
