"""Parsers and formatters of single cells (Rules, section 11). Parsers raise BadCellError. Pure."""

import re
from collections.abc import Collection
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from django.utils.translation import gettext as _

from headaches.times import MAX_TIMES

T = TypeVar("T")

# The start of a formula, also in full-width characters of East Asian keyboards, after any quotes.
FORMULA_START = re.compile(r"'*[=+\-@＝＋－＠\t\r]")
BLANK_AFTER_QUOTES = re.compile(r"'*\s")


class BadCellError(ValueError):
    """A cell that cannot be parsed; its text is the reason shown to the patient."""


def needs_quote(text: str) -> bool:
    """Whether a spreadsheet would run a text, or parsing would strip blanks at its ends."""
    return bool(FORMULA_START.match(text) or BLANK_AFTER_QUOTES.match(text) or text != text.rstrip())


def unguard_formula(cell: str) -> str:
    """Return the text of a cell without the quote that parsers.format_value() has set; any other cell is stripped."""
    return cell[1:] if cell[:1] == "'" and needs_quote(cell[1:]) else cell.strip()


def parse_text(cell: str, limit: int) -> str:
    value = unguard_formula(cell)
    if len(value) > limit:
        raise BadCellError(
            _("the text has %(length)s characters; %(limit)s fit") % {"length": len(value), "limit": limit}
        )
    return value


def require(value: T | None) -> T:
    """Return the value. Raises BadCellError for None and for an empty text."""
    if value is None or value == "":
        raise BadCellError(_("is empty"))
    return value


def parse_choice(cell: str, allowed: Collection[str]) -> str:
    """Parse one of the allowed words, or ""."""
    value = cell.strip().lower()
    if value and value not in allowed:
        raise BadCellError(
            _("“%(cell)s” is none of: %(words)s") % {"cell": cell.strip()[:40], "words": ", ".join(allowed)}
        )
    return value


def parse_day(cell: str, first: date, last: date | None) -> date:
    """Parse an ISO date from first to last."""
    value = cell.strip()
    try:
        parsed = date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else None
    except ValueError:
        parsed = None
    if parsed is None:
        raise BadCellError(_("“%(cell)s” is no date; write it like 2026-05-06") % {"cell": value[:40]})
    if parsed < first:
        raise BadCellError(_("%(cell)s lies before %(first)s") % {"cell": value, "first": first.isoformat()})
    if last and parsed > last:
        raise BadCellError(_("%(cell)s lies in the future") % {"cell": value})
    return parsed


def parse_optional_time(cell: str) -> time | None:
    """Parse a time of day such as 09:30, or None."""
    value = unguard_formula(cell).strip()
    if not value:
        return None
    try:
        return time.fromisoformat(value) if re.fullmatch(r"\d{2}:\d{2}", value) else raise_bad_time(value)
    except ValueError:
        return raise_bad_time(value)


def parse_times(cell: str) -> str:
    """Parse times of day joined by ";"; return them sorted without duplicates; "" for an empty cell."""
    parsed = sorted(
        {f"{parse_optional_time(part):%H:%M}" for part in unguard_formula(cell).split(";") if part.strip()}
    )
    if len(parsed) > MAX_TIMES:
        raise BadCellError(_("has more than %(most)s times") % {"most": MAX_TIMES})
    return ";".join(parsed)


def raise_bad_time(cell: str) -> time:
    raise BadCellError(_("“%(cell)s” is no time; write it like 09:30") % {"cell": cell[:40]}) from None


def format_number(value: Decimal | None) -> str | None:
    """Format a number such as 6.5 or 10."""
    return None if value is None else format(value.normalize(), "f")


def parse_number(cell: str, low: Decimal, high: Decimal, step: Decimal) -> Decimal | None:
    """Parse a number from low to high in steps, or None."""
    digits = unguard_formula(cell).strip()
    if not digits:
        return None
    try:
        value = Decimal(digits)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not low <= value <= high or value % step:
        allowed = {"cell": digits[:40], "low": low, "high": high, "step": step}
        raise BadCellError(
            _("“%(cell)s” is no number from %(low)s to %(high)s in steps of %(step)s") % allowed
        )
    return value
