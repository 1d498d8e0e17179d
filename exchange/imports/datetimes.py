"""Parsers of dates, times and durations of other diaries, and the split of an attack into calendar days. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext as _
from django.utils.translation import override

from exchange.cells import BadCellError

YMD, DMY, MDY = "ymd", "dmy", "mdy"
ORDERS = (YMD, DMY, MDY)
MAX_DURATION = timedelta(days=31)
HOURS, MINUTES = "hours", "minutes"

WEEKDAY = r"(?:[^\W\d_]{2,12}[.,]*\s+)?"
YEAR = r"'?(\d{4}|\d{2})(?!\d)"
NUMBERS = re.compile(WEEKDAY + r"(\d{1,4})([-./ ])\s?(\d{1,2})\2\s?(\d{1,4})(?!\d)(.*)", re.DOTALL)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)(.*)", re.DOTALL)
DAY_MONTH = re.compile(
    WEEKDAY + rf"(\d{{1,2}})(?:\.|st|nd|rd|th)?[ -]([^\W\d_]{{3,12}})\.?,?[ -]{YEAR}(.*)", re.DOTALL
)
MONTH_DAY = re.compile(
    WEEKDAY + rf"([^\W\d_]{{3,12}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? {YEAR}(.*)", re.DOTALL
)
UNIX_SECONDS, UNIX_MILLISECONDS = re.compile(r"\d{9,10}(?:\.\d+)?"), re.compile(r"\d{12,13}")
# Days since 30 December 1899, as spreadsheets count: from 1982 to 2064.
SERIAL = re.compile(r"([345]\d{4})(?:[.,](\d+))?")
SERIAL_START = datetime(1899, 12, 30, tzinfo=UTC)
CLOCK = re.compile(
    r"[t,\s]*(?:at |um )?(\d{1,2})[:.h](\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:([ap])\.?\s?m\.?)?(?:\s*uhr)?"
    r"\s*(z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)?"
)
HOUR_ONLY = re.compile(r"[t,\s]*(?:at |um )?(\d{1,2})\s*(?:([ap])\.?\s?m\.?|uhr)")
SPELLED = re.compile(
    r"(?:(\d+)\s*(?:d|days?|tage?))?[\s,]*(?:(\d+(?:[.,]\d+)?)\s*(?:h|hrs?|hours?|std\.?|stunden?))?[\s,]*"
    r"(?:(\d+(?:[.,]\d+)?)\s*(?:m|min\.?|mins|minutes?|minuten?))?[\s,]*"
    r"(?:(\d+(?:[.,]\d+)?)\s*(?:s|sec\.?|secs|seconds?|sek\.?|sekunden?))?"
)
COLONS = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")
PLAIN = re.compile(r"\d+(?:[.,]\d+)?")


@cache
def month_numbers() -> dict[str, int]:
    """Return months by name and by every beginning of at least three letters, in all languages of the product."""
    numbers: dict[str, int] = {"mrz": 3}
    ambiguous: set[str] = set()
    for language in {"en", *(code for code, _name in settings.LANGUAGES)}:
        with override(language):
            names = [
                (str(name).lower().strip("."), month) for month, name in (*MONTHS.items(), *MONTHS_3.items())
            ]
        for name, month in names:
            for beginning in (name[:length] for length in range(3, len(name) + 1)):
                if numbers.setdefault(beginning, month) != month:
                    ambiguous.add(beginning)
    return {name: month for name, month in numbers.items() if name not in ambiguous}


class ParsedMoment(NamedTuple):
    """A day with its time and time zone, or None where they are not given."""

    day: date
    time: time | None
    zone: tzinfo | None


def parse_moment(cell: str, order: str) -> ParsedMoment:
    """Parse a date with or without a time. order: of day, month and year. Raise BadCellError."""
    text = " ".join(cell.lower().split())
    moment = parse_number_moment(text)
    if moment:
        return moment
    parsed = parse_day(text, order)
    if parsed is None:
        raise BadCellError(_("“%(cell)s” is no date in this order") % {"cell": cell.strip()[:40]})
    day, rest = parsed
    if not rest.strip(" ,."):
        return ParsedMoment(day, None, None)
    time_of_day, zone = parse_clock(rest)
    return ParsedMoment(day, time_of_day, zone)


def parse_number_moment(text: str) -> ParsedMoment | None:
    """Return the moment of a Unix time (s or ms) or of a spreadsheet's number of days; None for any other text."""
    serial = SERIAL.fullmatch(text)
    if serial:
        seconds = round(86_400 * float(f"0.{serial[2] or 0}"))
        moment = SERIAL_START + timedelta(days=int(serial[1]), seconds=seconds)
        return ParsedMoment(moment.date(), moment.time() if serial[2] else None, None)
    divisor = 1 if UNIX_SECONDS.fullmatch(text) else 1000 if UNIX_MILLISECONDS.fullmatch(text) else None
    if divisor is None:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(text) / divisor)
    return ParsedMoment(moment.date(), moment.time(), UTC)


def parse_day(text: str, order: str) -> tuple[date, str] | None:
    """Return the date at the start of a text and the rest of the text, or None."""
    match = DAY_MONTH.fullmatch(text)
    if match:
        return build_date(match[3], str(month_numbers().get(match[2], 0)), match[1], match[4])
    match = MONTH_DAY.fullmatch(text)
    if match:
        return build_date(match[3], str(month_numbers().get(match[1], 0)), match[2], match[4])
    compact = COMPACT.fullmatch(text) if order == YMD else None
    if compact:
        return build_date(compact[1], compact[2], compact[3], compact[4])
    numbers = NUMBERS.fullmatch(text)
    if not numbers:
        return None
    parts = dict(zip(order, (numbers[1], numbers[3], numbers[4]), strict=True))
    if len(parts["y"]) not in {2, 4} or len(parts["d"]) > 2 or len(parts["m"]) > 2:
        return None
    return build_date(parts["y"], parts["m"], parts["d"], numbers[5])


def build_date(year: str, month: str, day: str, rest: str) -> tuple[date, str] | None:
    """Build a date; two-digit years are from 1970 to 2069. None if there is no such date."""
    full_year = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 70 else 2000)
    try:
        return date(full_year, int(month), int(day)), rest
    except ValueError:
        return None


def parse_clock(cell: str) -> tuple[time, tzinfo | None]:
    """Parse a time of day and its time zone, if given. Raise BadCellError."""
    text = " ".join(cell.lower().split())
    hour_only = HOUR_ONLY.fullmatch(text)
    clock = None if hour_only else CLOCK.fullmatch(text)
    try:
        if hour_only:
            return time(to_24_hours(int(hour_only[1]), hour_only[2])), None
        if clock:
            hour = to_24_hours(int(clock[1]), clock[4])
            return time(hour, int(clock[2]), int(clock[3] or 0)), parse_offset(clock[5])
    except ValueError:
        pass
    raise BadCellError(_("“%(cell)s” is no time of day") % {"cell": cell.strip()[:40]})


def to_24_hours(hour: int, half: str | None) -> int:
    """Convert an hour of a 12-hour clock. half: "a", "p", or None for a 24-hour clock. Raise ValueError."""
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half == "p" else 0)


def parse_offset(text: str | None) -> tzinfo | None:
    """Parse "z", "UTC", "+02", "+2", "+0200" or "GMT+2:00". Raise ValueError for more than 24 hours."""
    if not text:
        return None
    digits = re.sub("[^0-9]", "", text)
    if not digits:
        return UTC
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if "-" in text else offset)


def parse_duration(cell: str, unit: str) -> timedelta | None:
    """Parse "2h 30m", "2:30" or "150 min"; a plain number is in `unit`. None for an empty cell."""
    text = cell.strip().lower()
    if not text:
        return None
    spelled, colons = SPELLED.fullmatch(text), COLONS.fullmatch(text)
    if PLAIN.fullmatch(text):
        seconds = parse_number(text) * (3600 if unit == HOURS else 60)
    elif colons:
        seconds = Decimal(int(colons[1]) * 3600 + int(colons[2]) * 60 + int(colons[3] or 0))
    elif spelled:
        days, hours, minutes, rest = (parse_number(part or "0") for part in spelled.groups())
        seconds = days * 86400 + hours * 3600 + minutes * 60 + rest
    else:
        raise BadCellError(_("“%(cell)s” is no duration") % {"cell": cell.strip()[:40]})
    if seconds > MAX_DURATION.total_seconds():
        raise BadCellError(_("lasts longer than 31 days; check the unit"))
    return timedelta(seconds=float(seconds))


def parse_number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def split_by_day(start: datetime, end: datetime, zone: tzinfo) -> dict[date, timedelta]:
    """Split the time between two instants by calendar day of a zone; the parts add up to the elapsed time."""
    parts: dict[date, timedelta] = {}
    cursor, last = start.astimezone(UTC), end.astimezone(UTC)
    day = start.astimezone(zone).date()
    while cursor < last:
        # If the clock skips midnight, this is the instant of the change, at which the day begins.
        midnight = datetime.combine(day + timedelta(1), time(), zone).astimezone(UTC)
        stop = min(last, midnight)
        if stop > cursor:
            parts[day] = stop - cursor
            cursor = stop
        day += timedelta(1)
    return parts


def format_hours(duration: timedelta) -> str:
    """Return hours to the hundredth, at most 24.

    Cut off, not rounded: 3 h 59 min 59 s must not become the 4 hours of a criterion (clinical rules, section 1).
    """
    hundredths = min(2400, max(1, duration // timedelta(seconds=36)))
    return f"{Decimal(hundredths) / 100:f}"
