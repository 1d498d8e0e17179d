"""The CSV file of another diary, converted to days by a mapping of its columns (Rules, section 11). Pure."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from exchange.cells import BadCellError, format_number
from exchange.imports.datetimes import (
    HOURS,
    MAX_DURATION,
    YMD,
    ParsedMoment,
    parse_clock,
    parse_duration,
    parse_moment,
    parse_number,
    round_up_to_half,
    split_by_day,
)
from exchange.imports.record_csv import parse_csv
from exchange.schema import DIARY, MAX_ROWS, Problem, RecordFiles, Row
from headaches.models import FIRST_DATE, DayState, DiaryDay

DELIMITERS = (",", ";", "\t")
THREE, TEN, WORDS = "0-3", "0-10", "words"
# The meaning "no headache" of a word, as stored in mappings.
NO_HEADACHE = "none"
RANKS = ["", *DiaryDay.Intensity.values]
BETWEEN_MEDICINES = re.compile(r"[;|\n]|,(?!\d)|\s\+\s")
# At most so many different medicines, or words for the intensity, are asked about.
MAX_NAMES = 60


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: its header, its rows with the line each begins on, and why it cannot be read, or ""."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    problem: str = ""

    @property
    def key(self) -> str:
        """A digest of the header, equal for files of the same app."""
        return sha256("\x1f".join(self.header).lower().encode()).hexdigest()

    def column(self, index: int | None) -> list[str]:
        """Return the stripped cells of a column."""
        return [] if index is None else [get_cell(cells, index) for _line, cells in self.rows]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column is what. Columns are numbers from 0; None if there is none.

    words: the meaning of each word for the intensity; classes: the class of each medicine, "" to leave it out.
    fill: whether days without a row between the first and the last date were headache-free.
    """

    date: int
    order: str = YMD
    time: int | None = None
    end: int | None = None
    intensity: int | None = None
    scale: str = THREE
    duration: int | None = None
    unit: str = HOURS
    medicine: int | None = None
    note: int | None = None
    fill: bool = False
    words: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Attack:
    """One row: its days with the duration on each or None, its strength, and the medicines of the first day."""

    days: dict[date, timedelta | None]
    strength: str
    medicines: tuple[str, ...] = ()
    note: str = ""


@dataclass(slots=True)
class DayTotal:
    """The sum of all rows about one day; duration is None if any is unknown."""

    line: int
    headache: bool = False
    strength: str = ""
    duration: timedelta | None = timedelta()
    doses: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def problem(self) -> str:
        """Why the day does not fit into the diary, or ""."""
        if max(self.doses.values(), default=0) > 100:
            return _("more than 100 doses of one medicine on one day")
        if len("\n".join(self.notes)) > 5000:
            return _("the notes of this day have more than 5000 characters together")
        return ""

    def add(self, strength: str, duration: timedelta | None) -> None:
        """Add an attack: the worst strength counts, durations are summed, an unknown one makes the day's unknown."""
        if strength == NO_HEADACHE:
            return
        self.headache = True
        self.strength = max(self.strength, strength, key=RANKS.index)
        self.duration = None if duration is None or self.duration is None else self.duration + duration

    def as_values(self, classes: dict[str, str]) -> dict[str, Any]:
        """Return the values of a row of diary.csv. classes: those of the medicines."""
        return {
            "headache": self.headache,
            "intensity": self.strength,
            "hours": round_up_to_half(self.duration) if self.headache and self.duration else None,
            "features": None,
            "lost": "",
            "menstruation": None,
            "triggers": "",
            "note": "\n".join(self.notes),
            "intakes": [
                [name, classes[name.lower()], format_number(parse_number(str(doses))), ""]
                for name, doses in self.doses.items()
            ],
        }


def get_cell(cells: list[str], index: int | None) -> str:
    return cells[index].strip() if index is not None and index < len(cells) else ""


def detect_dialect(text: str) -> str:
    """Return the delimiter that splits the first rows into equally many columns, and into most columns."""

    def quality(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(StringIO(text[:20_000], newline=""), delimiter=delimiter)
        widths = Counter(len(cells) for cells, _number in zip(reader, range(20), strict=False) if cells)
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return (rows if width > 1 else 0, width)

    return max(DELIMITERS, key=quality)


def parse_table(text: str) -> Table:
    """Parse a CSV file; `problem` of the result says why it cannot be read."""
    problems: list[Problem] = []
    rows = parse_csv("", text, problems, detect_dialect(text))
    if problems:
        return Table([], [], str(problems[0].reason))
    if len(rows) > MAX_ROWS:
        return Table([], [], _("has more than 100,000 rows; it was not read"))
    if len(rows) < 2:
        return Table([], [], _("has no rows below a header"))
    header = [
        name.strip() or _("column %(number)s") % {"number": index + 1}
        for index, name in enumerate(rows[0][1])
    ]
    return Table(header, rows[1:])


def split_names(cell: str) -> tuple[str, ...]:
    """Split a cell into the names of medicines."""
    return tuple(" ".join(part.split())[:120] for part in BETWEEN_MEDICINES.split(cell) if part.strip())


def list_medicines(table: Table, column: int | None) -> list[str]:
    """List the different medicines of a column, the most frequent first."""
    return most_common(name for cell in table.column(column) for name in split_names(cell))


def list_strengths(table: Table, column: int | None) -> list[str]:
    """List the different words of the intensity column, the most frequent first."""
    return most_common(cell.lower() for cell in table.column(column) if cell)


def most_common(words: Iterable[str]) -> list[str]:
    return [word for word, _count in Counter(words).most_common()]


def parse_strength(cell: str, mapping: Mapping) -> str:
    """Return none, mild, moderate, severe, or "" if not given. Raise BadCellError."""
    if not cell:
        return ""
    if mapping.scale == WORDS:
        if cell.lower() not in mapping.words:
            raise BadCellError(_("“%(word)s” was not given a meaning") % {"word": cell[:40]})
        meaning = mapping.words[cell.lower()]
        return "" if meaning == DayState.HEADACHE.value else meaning
    highest = 3 if mapping.scale == THREE else 10
    text = re.sub(rf"\s*/\s*{highest}$", "", cell)
    if not re.fullmatch(r"\d+(?:[.,]\d+)?", text) or parse_number(text) > highest:
        raise BadCellError(
            _("“%(cell)s” is no number from 0 to %(top)s") % {"cell": cell[:40], "top": highest}
        )
    value = parse_number(text)
    if not value:
        return NO_HEADACHE
    above_mild, above_moderate = (2, 3) if highest == 3 else (4, 7)
    return "mild" if value < above_mild else "moderate" if value < above_moderate else "severe"


def to_instant(moment: ParsedMoment, zone: ZoneInfo, fold: int = 0) -> datetime:
    """Return the instant of a moment, or of the start of its day if it has no time."""
    instant = datetime.combine(moment.day, moment.time or time(), moment.zone or zone)
    return instant.replace(fold=fold)


def check_range(day: date, today: date) -> date:
    if day > today:
        raise BadCellError(_("%(day)s lies in the future") % {"day": day.isoformat()})
    if day < FIRST_DATE:
        raise BadCellError(_("%(day)s lies before 1900") % {"day": day.isoformat()})
    return day


def split_into_days(
    cells: list[str], mapping: Mapping, zone: ZoneInfo, today: date
) -> dict[date, timedelta | None]:
    """Return the calendar days of a row with the duration on each; None if unknown."""
    start = parse_moment(get_cell(cells, mapping.date), mapping.order)
    check_range(start.day, today + timedelta(1))  # where it was written it may be tomorrow already
    if start.time is None and get_cell(cells, mapping.time):
        start = ParsedMoment(start.day, *parse_clock(get_cell(cells, mapping.time)))
    instant = to_instant(start, zone)
    first = instant.astimezone(zone).date()
    if get_cell(cells, mapping.end):
        return split_until_end(start, get_cell(cells, mapping.end), mapping, zone, today)
    duration = parse_duration(get_cell(cells, mapping.duration), mapping.unit)
    return (
        dict(split_by_day(instant, instant.astimezone(ZoneInfo("UTC")) + duration, zone))
        if duration
        else {first: None}
    )


def split_until_end(
    start: ParsedMoment, cell: str, mapping: Mapping, zone: ZoneInfo, today: date
) -> dict[date, timedelta | None]:
    """Return the days from a start to an end, given as a date, a date with time, or a time only."""
    start_instant = to_instant(start, zone)
    try:
        end = parse_moment(cell, mapping.order)
    except BadCellError:
        if start.time is None:
            raise
        end = ParsedMoment(start.day, *parse_clock(cell))
        if end.time is not None and end.time < start.time:
            end = ParsedMoment(start.day + timedelta(1), end.time, end.zone)
    check_range(end.day, today + timedelta(1))
    if start.time is None or end.time is None:
        span = (end.day - start.day).days
        if not 0 <= span <= MAX_DURATION.days:
            raise BadCellError(_("the end does not lie within 31 days after the start"))
        return {start.day + timedelta(offset): None for offset in range(span + 1)}
    end_instant = to_instant(end, zone)
    if end_instant.astimezone(ZoneInfo("UTC")) < start_instant.astimezone(ZoneInfo("UTC")):
        end_instant = to_instant(end, zone, fold=1)  # the hour that the clock shows twice in autumn
    duration = end_instant.astimezone(ZoneInfo("UTC")) - start_instant.astimezone(ZoneInfo("UTC"))
    if not timedelta() <= duration <= MAX_DURATION:
        raise BadCellError(_("the end does not lie within 31 days after the start"))
    return dict(split_by_day(start_instant, end_instant, zone)) or {
        start_instant.astimezone(zone).date(): None
    }


def parse_attack(cells: list[str], mapping: Mapping, zone: ZoneInfo, today: date) -> Attack:
    """Parse one row. Raise BadCellError."""
    days = split_into_days(cells, mapping, zone, today)
    check_range(min(days), today)
    check_range(max(days), today)
    strength = parse_strength(get_cell(cells, mapping.intensity), mapping)
    note = get_cell(cells, mapping.note)
    if len(note) > 2000:
        raise BadCellError(_("the note has %(length)s characters; 2000 fit") % {"length": len(note)})
    medicines = tuple(
        name for name in split_names(get_cell(cells, mapping.medicine)) if mapping.classes.get(name.lower())
    )
    return Attack(dict.fromkeys(days) if strength == NO_HEADACHE else days, strength, medicines, note)


def build_files(table: Table, mapping: Mapping, zone: ZoneInfo, today: date, name: str) -> RecordFiles:
    """Convert a table to days of the diary. A day with an unreadable row is left out, as it would be incomplete."""
    totals: dict[date, DayTotal] = {}
    problems: list[Problem] = []
    incomplete_days: set[date] = set()
    for line, cells in table.rows:
        try:
            attack = parse_attack(cells, mapping, zone, today)
        except BadCellError as error:
            problems.append(Problem(name, line, str(error)))
            with suppress(BadCellError):
                incomplete_days.add(parse_moment(get_cell(cells, mapping.date), mapping.order).day)
            continue
        for day, duration in attack.days.items():
            totals.setdefault(day, DayTotal(line)).add(attack.strength, duration)
        first_day = totals[min(attack.days)]
        first_day.doses.update(attack.medicines)
        if attack.note and attack.note not in first_day.notes:
            first_day.notes.append(attack.note)
    for day, total in totals.items():
        if total.problem:
            problems.append(Problem(name, total.line, total.problem))
            incomplete_days.add(day)
    if mapping.fill and totals:
        # Days without a row between the first and the last date were headache-free.
        first, last = min(totals), max(totals)
        for offset in range((last - first).days):
            totals.setdefault(first + timedelta(offset), DayTotal(0))
    rows = [
        Row((day.isoformat(),), total.as_values(mapping.classes), total.line)
        for day, total in sorted(totals.items(), key=lambda item: item[0])
        if day not in incomplete_days
    ]
    return RecordFiles({DIARY: rows}, problems)
