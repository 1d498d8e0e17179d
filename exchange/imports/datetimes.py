"""Dates, times and durations as other diaries write them; and an attack split into calendar days. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from exchange.cells import BadCellError

YMD, DMY, MDY = "ymd", "dmy", "mdy"
ORDERS = (YMD, DMY, MDY)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST = timedelta(days=31)
HOURS, MINUTES = "hours", "minutes"

NUMBERS = re.compile(r"(\d{1,4})([-./ ])(\d{1,2})\2(\d{1,4})(?!\d)(.*)", re.DOTALL)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)(.*)", re.DOTALL)
DAY_MONTH = re.compile(r"(?:[a-z]+,?\s+)?(\d{1,2})\.?[ -]([a-z]{3,9})\.?,?[ -](\d{4})(?!\d)(.*)", re.DOTALL)
MONTH_DAY = re.compile(r"(?:[a-z]+,?\s+)?([a-z]{3,9})\.? (\d{1,2}),? (\d{4})(?!\d)(.*)", re.DOTALL)
CLOCK = re.compile(
    r"[t,\s]*(?:at )?(\d{1,2})[:.h](\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:([ap])\.?m\.?)?\s*(z|[+-]\d{2}:?\d{2})?"
)
HOURS_ALONE = re.compile(r"[t,\s]*(\d{1,2})\s*([ap])\.?m\.?")
SPELLED = re.compile(
    r"(?:(\d+)\s*(?:d|days?|tage?))?[\s,]*(?:(\d+(?:[.,]\d+)?)\s*(?:h|hrs?|hours?|std\.?|stunden?))?[\s,]*"
    r"(?:(\d+(?:[.,]\d+)?)\s*(?:m|min\.?|mins|minutes?|minuten?))?"
)
COLONS = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")
PLAIN = re.compile(r"\d+(?:[.,]\d+)?")


class ParsedMoment(NamedTuple):
    """A day, the time on it when it is known, and the zone when it is written beside."""

    day: date
    time: time | None
    zone: tzinfo | None


def parse_moment(cell: str, order: str) -> ParsedMoment:
    """A date, with or without a time, whose numbers stand in this order."""
    text = cell.strip().lower()
    found = parse_day(text, order)
    if found is None:
        raise BadCellError(_("“%(cell)s” is no date in this order") % {"cell": cell.strip()[:40]})
    on, rest = found
    if not rest.strip():
        return ParsedMoment(on, None, None)
    at, zone = parse_clock(rest)
    return ParsedMoment(on, at, zone)


def parse_day(text: str, order: str) -> tuple[date, str] | None:
    """The date a text begins with, and what follows it."""
    named = DAY_MONTH.fullmatch(text)
    if named:
        return build_moment(named[3], parse_month(named[2]), named[1], named[4])
    named = MONTH_DAY.fullmatch(text)
    if named:
        return build_moment(named[3], parse_month(named[1]), named[2], named[4])
    compact = COMPACT.fullmatch(text) if order == YMD else None
    if compact:
        return build_moment(compact[1], compact[2], compact[3], compact[4])
    numbers = NUMBERS.fullmatch(text)
    if not numbers:
        return None
    parts = dict(zip(order, (numbers[1], numbers[3], numbers[4]), strict=True))
    if len(parts["y"]) not in {2, 4} or len(parts["d"]) > 2 or len(parts["m"]) > 2:
        return None
    return build_moment(parts["y"], parts["m"], parts["d"], numbers[5])


def parse_month(name: str) -> str:
    return str(MONTHS.index(name[:3]) + 1) if name[:3] in MONTHS else "0"


def build_moment(year: str, month: str, day: str, rest: str) -> tuple[date, str] | None:
    """A date of three numbers; two figures of a year are of 1970 to 2069."""
    full = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 70 else 2000)
    try:
        return date(full, int(month), int(day)), rest
    except ValueError:
        return None


def parse_clock(cell: str) -> tuple[time, tzinfo | None]:
    """The time of day, and the zone when it is written beside."""
    text = cell.strip().lower()
    alone = HOURS_ALONE.fullmatch(text)
    found = None if alone else CLOCK.fullmatch(text)
    try:
        if alone:
            return time(from_twelve_hours(int(alone[1]), alone[2])), None
        if found:
            hour = from_twelve_hours(int(found[1]), found[4])
            return time(hour, int(found[2]), int(found[3] or 0)), parse_offset(found[5])
    except ValueError:
        pass
    raise BadCellError(_("“%(cell)s” is no time of day") % {"cell": cell.strip()[:40]})


def from_twelve_hours(hour: int, half: str | None) -> int:
    """The hour of 24 for an hour of 12; 24 is none."""
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half == "p" else 0)


def parse_offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def parse_duration(cell: str, unit: str) -> timedelta | None:
    """2h 30m, 2:30, 150 min; a bare number counts in the unit. None for an empty cell."""
    text = cell.strip().lower()
    if not text:
        return None
    spelled, colons = SPELLED.fullmatch(text), COLONS.fullmatch(text)
    if PLAIN.fullmatch(text):
        seconds = parse_number(text) * (3600 if unit == HOURS else 60)
    elif colons:
        seconds = Decimal(int(colons[1]) * 3600 + int(colons[2]) * 60 + int(colons[3] or 0))
    elif spelled:
        days, hours, minutes = (parse_number(part or "0") for part in spelled.groups())
        seconds = days * 86400 + hours * 3600 + minutes * 60
    else:
        raise BadCellError(_("“%(cell)s” is no duration") % {"cell": cell.strip()[:40]})
    if seconds > LONGEST.total_seconds():
        raise BadCellError(_("lasts longer than 31 days; check the unit"))
    return timedelta(seconds=float(seconds))


def parse_number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def split_moment(start: datetime, end: datetime, zone: tzinfo) -> dict[date, timedelta]:
    """The time between two instants by calendar day of a zone; the parts add up to the time that really passed."""
    parts: dict[date, timedelta] = {}
    cursor, last = start.astimezone(UTC), end.astimezone(UTC)
    on = start.astimezone(zone).date()
    while cursor < last:
        # Where midnight is skipped, the old offset makes this the instant of the change, which begins the day.
        midnight = datetime.combine(on + timedelta(1), time(), zone).astimezone(UTC)
        stop = min(last, midnight)
        if stop > cursor:
            parts[on] = stop - cursor
            cursor = stop
        on += timedelta(1)
    return parts


def round_up_to_half(passed: timedelta) -> str:
    """Hours in halves, up to the next half, at most 24."""
    halves = min(48, -(-passed // timedelta(minutes=30)))
    return f"{halves // 2}.5" if halves % 2 else str(halves // 2)
