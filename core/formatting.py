"""Format dates and numbers for people, in the active language. Docstrings show an example of the result."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.utils import dateformat, formats, timezone
from django.utils.translation import get_language, gettext, pgettext

MINUS = "\N{MINUS SIGN}"


@lru_cache(maxsize=8192)
def format_date(value: date, pattern: str, _language: str | None) -> str:
    """Format a date by a pattern of django.utils.dateformat. Cached, for a calendar formats the same dates again."""
    return dateformat.format(value, pattern)


def day(value: date) -> str:
    """19 May 2026"""
    return format_date(value, pgettext("date format", "j F Y"), get_language())


def short_day(value: date) -> str:
    """19 May"""
    return format_date(value, pgettext("date format", "j F"), get_language())


def abbreviated_day(value: date) -> str:
    """19 May 2026, the month cut to three letters"""
    return format_date(value, pgettext("date format", "j M Y"), get_language())


def weekday_day(value: date) -> str:
    """Tuesday 19 May"""
    return format_date(value, pgettext("date format", "l j F"), get_language())


def weekday_days(values: Iterable[date]) -> list[str]:
    """Return weekday_day() of many dates, looking up the pattern once."""
    pattern, language = pgettext("date format", "l j F"), get_language()
    return [format_date(value, pattern, language) for value in values]


def month_year(value: date) -> str:
    """May 2026"""
    return format_date(value, pgettext("date format", "F Y"), get_language())


def short_month(value: date) -> str:
    """May"""
    return format_date(value, pgettext("date format", "M"), get_language())


def instant(value: datetime) -> str:
    """19 May, 14:02 in the active time zone"""
    local = timezone.localtime(value)
    return gettext("%(day)s, %(time)s") % {"day": short_day(local.date()), "time": clock(local.time())}


def clock(value: time) -> str:
    """9:00"""
    return dateformat.time_format(value, pgettext("time format", "G:i"))


def rounded(value: float, places: int = 0) -> Decimal:
    """Round half away from zero, as people do by hand; never -0."""
    step = Decimal(1).scaleb(-places)
    result = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)
    return result if result else abs(result)


def whole(value: float) -> str:
    """16"""
    return str(rounded(value))


def decimal(value: float, places: int = 1) -> str:
    """16.2, with the language's own decimal mark"""
    return spell_out(rounded(value, places), places, get_language())


@lru_cache(maxsize=8192)
def spell_out(value: Decimal, places: int, _language: str | None) -> str:
    """Return a rounded number as the language writes it. Cached, for tables contain the same few numbers again."""
    return formats.number_format(value, decimal_pos=places)


def halves(value: float) -> str:
    """16, or 16.5 where there is a half"""
    return decimal(value, 0 if value == int(value) else 1)


def signed(value: float, places: int = 1) -> str:
    """+9.2 or −9.2 with a true minus sign; 0.0 bare"""
    number = rounded(value, places)
    text = spell_out(abs(number), places, get_language())
    return text if not number else f"{'+' if number > 0 else MINUS}{text}"


def percent(value: float) -> str:
    """−46 %"""
    return gettext("%(number)s %%") % {"number": signed(value, 0)}
