"""Parsers and formatters of the cells of a record's files (clinical rules, section 11), for the columns in schema.py.

A parser takes the text of a cell and the patient's today, returns the value of a model field, and raises BadCellError.
"""

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.utils.translation import gettext as _

from exchange import cells
from exchange.cells import BadCellError
from headaches.models import Feature
from treatments.models import FIRST_SESSION

Parser = Callable[[str, date], Any]

HALF, TENTH, HUNDREDTH, ZERO, ONE = Decimal("0.5"), Decimal("0.1"), Decimal("0.01"), Decimal(0), Decimal(1)
FEATURES_BY_WORD = {feature.word: feature for feature in Feature}


def text(limit: int) -> Parser:
    return lambda cell, _today: cells.parse_text(cell, limit)


def required_text(limit: int) -> Parser:
    return lambda cell, _today: cells.require(cells.parse_text(cell, limit))


def choice(words: Collection[str]) -> Parser:
    return lambda cell, _today: cells.parse_choice(cell, words)


def required_choice(words: Collection[str]) -> Parser:
    return lambda cell, _today: cells.require(cells.parse_choice(cell, words))


def past_day(first: date) -> Parser:
    """A date from `first` to tomorrow: an entry after midnight, then a flight west, lies one day ahead."""
    return lambda cell, today: cells.parse_day(cell, first, today + timedelta(1)).isoformat()


def optional_day(first: date) -> Parser:
    """A date from `first` on, or None."""
    return lambda cell, _today: cells.parse_day(cell, first, None).isoformat() if cell.strip() else None


def decimal(low: Decimal, high: Decimal, step: Decimal) -> Parser:
    """A number as text, or None."""
    return lambda cell, _today: cells.format_number(cells.parse_number(cell, low, high, step))


def whole(low: Decimal, high: Decimal) -> Parser:
    """A whole number, or None."""

    def parse(cell: str, _today: date) -> int | None:
        number = cells.parse_number(cell, low, high, ONE)
        return None if number is None else int(number)

    return parse


def yes_no(cell: str, _today: date) -> bool | None:
    return {"yes": True, "no": False, "": None}[cells.parse_choice(cell, ("yes", "no"))]


def headache(cell: str, today: date) -> bool:
    answer = yes_no(cell, today)
    if answer is None:
        raise BadCellError(_("is empty; it must say yes or no"))
    return answer


def features(cell: str, _today: date) -> int | None:
    """Parse words joined by ";"; 0 for "none", None for an empty cell."""
    words = [part.strip().lower() for part in cell.split(";") if part.strip()]
    if not words:
        return None
    if words == ["none"]:
        return 0
    for word in words:
        if word not in FEATURES_BY_WORD:
            raise BadCellError(
                _("“%(cell)s” is none of: %(words)s")
                % {"cell": word[:40], "words": ", ".join(FEATURES_BY_WORD)}
            )
    return int(sum({FEATURES_BY_WORD[word] for word in words}))


def format_features(value: int | None) -> str:
    if value is None:
        return ""
    return ";".join(feature.word for feature in Feature if value & feature) or "none"


def score(cell: str, _today: date) -> str:
    return cells.require(cells.format_number(cells.parse_number(cell, ZERO, Decimal(270), TENTH)))


def hours(cell: str, _today: date) -> str | None:
    """Hours of a day, to the hundredth: "3.9", "3:54" or "0.58", or None."""
    text = cells.unguard_formula(cell)
    clock = re.fullmatch(r"(\d{1,2}):([0-5]\d)", text)
    if clock:
        minutes = Decimal(int(clock[1]) * 60 + int(clock[2]))
        text = str((minutes / 60).quantize(HUNDREDTH, ROUND_DOWN))
    return cells.format_number(cells.parse_number(text, HUNDREDTH, Decimal(24), HUNDREDTH))


def doses(cell: str, _today: date) -> str:
    return cells.format_number(cells.parse_number(cell, TENTH, Decimal(100), TENTH)) or "1"


def times(cell: str, _today: date) -> str:
    return cells.parse_times(cell)


def clock(cell: str, _today: date) -> str | None:
    time = cells.parse_optional_time(cell)
    return time.strftime("%H:%M") if time else None


def instant(cell: str, today: date) -> str | None:
    """An instant up to tomorrow as ISO text in UTC, or None."""
    value = cell.strip()
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        at = parsed.astimezone(UTC) if parsed.tzinfo else None
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise BadCellError(
            _("“%(cell)s” is no instant; write it like 2026-05-06T18:30:00+00:00") % {"cell": value[:40]}
        )
    if at.date() > today + timedelta(1):
        raise BadCellError(_("%(cell)s lies in the future") % {"cell": value[:40]})
    return at.isoformat()


def appointment_day(cell: str, today: date) -> str:
    day = cells.parse_day(cell, FIRST_SESSION, None)
    if day > today + timedelta(days=366):
        raise BadCellError(_("%(day)s is more than a year away") % {"day": day.isoformat()})
    return day.isoformat()


def format_value(value: Any) -> str:
    """Return the text of a cell, with a quote before it if a spreadsheet would run it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if cells.needs_quote(text) else text
