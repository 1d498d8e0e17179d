"""What the question of the day needs on a page."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Record
from headaches.actions import day_on
from headaches.calendar import strip
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
        "toast": toast,
    }
