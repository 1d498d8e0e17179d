"""One cell of a record's file, read and written (rules, section 11). Reading gives the value, or a sentence. Pure."""

import re
from collections.abc import Collection
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from django.utils.translation import gettext as _

from headaches.times import MAX_TIMES

T = TypeVar("T")

# What a spreadsheet would run, also in the wide letters of East Asian keyboards; quotes before it do not count.
FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r]")
BLANK_BEHIND_QUOTES = re.compile(r"'*\s")


class BadCellError(ValueError):
    """A cell that cannot be read; its text is the sentence for the person."""


def needs_quote(text: str) -> bool:
    """Whether a text would be run by a spreadsheet, or lose blanks at its ends when it is read."""
    return bool(FORMULA.match(text) or BLANK_BEHIND_QUOTES.match(text) or text != text.rstrip())


def guard_formula(text: str) -> str:
    """A text as it is written."""
    return f"'{text}" if needs_quote(text) else text


def plain(cell: str) -> str:
    """The text that guarded() has written; blanks around anything else do not count."""
    return cell[1:] if cell[:1] == "'" and needs_quote(cell[1:]) else cell.strip()


def text(cell: str, limit: int) -> str:
    found = plain(cell)
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


def require(value: T | None) -> T:
    """Return the value. Raises BadCellError for None and for an empty text."""
    if value is None or value == "":
        raise BadCellError(_("is empty"))
    return value


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


def optional_time(cell: str) -> time | None:
    """A time of day such as 09:30, or empty."""
    found = plain(cell).strip()
    if not found:
        return None
    try:
        return time.fromisoformat(found) if re.fullmatch(r"\d{2}:\d{2}", found) else refuse_time(found)
    except ValueError:
        return refuse_time(found)


def times(cell: str) -> str:
    """Times of day joined by ";", as they are kept: in order, each once; "" for an empty cell."""
    found = sorted({f"{optional_time(part):%H:%M}" for part in plain(cell).split(";") if part.strip()})
    if len(found) > MAX_TIMES:
        raise BadCellError(_("holds more than %(most)s times") % {"most": MAX_TIMES})
    return ";".join(found)


def refuse_time(found: str) -> time:
    raise BadCellError(_("“%(cell)s” is no time; write it like 09:30") % {"cell": found[:40]}) from None


def plain_number(value: Decimal | None) -> str | None:
    """6.5, 10: a number as it is written."""
    return None if value is None else format(value.normalize(), "f")


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
