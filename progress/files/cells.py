"""Reading one cell of a record's file: the value, or a sentence about what is wrong (rules, section 11). Pure."""

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

FORMULA_BEHIND_QUOTE = re.compile(r"'+[=+\-@\t\r]")


class BadCellError(ValueError):
    """A cell that cannot be read; its text is the sentence for the person."""


def plain(cell: str) -> str:
    """The text of a cell, without the quote that kept a spreadsheet from running it."""
    return cell[1:] if FORMULA_BEHIND_QUOTE.match(cell) else cell


def text(cell: str, limit: int) -> str:
    found = plain(cell).strip()
    if len(found) > limit:
        raise BadCellError(
            _("the text has %(length)s characters; %(limit)s fit") % {"length": len(found), "limit": limit}
        )
    return found


def required(cell: str, limit: int) -> str:
    found = text(cell, limit)
    if not found:
        raise BadCellError(_("is empty"))
    return found


def choice(cell: str, words: Collection[str]) -> str:
    """One of the words, or empty."""
    found = cell.strip().lower()
    if found and found not in words:
        raise BadCellError(
            _("“%(cell)s” is none of: %(words)s") % {"cell": cell.strip()[:40], "words": ", ".join(words)}
        )
    return found


def yes_no(cell: str) -> bool | None:
    return {"yes": True, "no": False, "": None}[choice(cell, ("yes", "no"))]


def day(cell: str, first: date, last: date | None) -> date:
    """An ISO date from first to last."""
    found = cell.strip()
    try:
        on = date.fromisoformat(found) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", found) else None
    except ValueError:
        on = None
    if on is None:
        raise BadCellError(_("“%(cell)s” is no date; write it like 2026-05-06") % {"cell": found[:40]})
    if on < first:
        raise BadCellError(_("%(cell)s lies before %(first)s") % {"cell": found, "first": first.isoformat()})
    if last and on > last:
        raise BadCellError(_("%(cell)s lies in the future") % {"cell": found})
    return on


def optional_day(cell: str, first: date, last: date | None) -> date | None:
    return day(cell, first, last) if cell.strip() else None


def number(cell: str, low: Decimal, high: Decimal, step: Decimal) -> Decimal | None:
    """A number from low to high in steps, or empty."""
    found = plain(cell).strip()
    if not found:
        return None
    try:
        value = Decimal(found)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not low <= value <= high or value % step:
        allowed = {"cell": found[:40], "low": low, "high": high, "step": step}
        raise BadCellError(
            _("“%(cell)s” is no number from %(low)s to %(high)s in steps of %(step)s") % allowed
        )
    return value


def words_of(cell: str, allowed: Collection[str]) -> tuple[str, ...] | None:
    """Words joined by ";", each allowed; () for "none", None for an empty cell."""
    found = [part.strip().lower() for part in cell.split(";") if part.strip()]
    if not found:
        return None
    if found == ["none"]:
        return ()
    for word in found:
        if word not in allowed:
            raise BadCellError(
                _("“%(cell)s” is none of: %(words)s") % {"cell": word[:40], "words": ", ".join(allowed)}
            )
    return tuple(found)
