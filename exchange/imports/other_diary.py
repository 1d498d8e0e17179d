"""Another diary's CSV, read as the person says its columns are to be read, into days (rules, section 11). Pure."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from exchange.cells import BadCellError, plain_number
from exchange.imports.datetimes import (
    HOURS,
    LONGEST,
    YMD,
    ParsedMoment,
    parse_clock,
    parse_duration,
    parse_moment,
    parse_number,
    round_up_to_half,
    split_moment,
)
from exchange.imports.record_csv import parse_csv
from exchange.schema import DIARY, MAX_ROWS, Problem, RecordFiles, Row
from headaches.models import FIRST_DATE, DiaryDay

DELIMITERS = (",", ";", "\t")
THREE, TEN, WORDS = "0-3", "0-10", "words"
FREE, STRENGTH_UNKNOWN = "none", "headache"
RANKS = ["", *DiaryDay.Intensity.values]
BETWEEN_MEDICINES = re.compile(r"[;|\n]|,(?!\d)|\s\+\s")
# So many different medicines, or words for the intensity, can be asked about on one page.
MAX_NAMES = 60


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: the names of its columns, and its rows with the line each begins on."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    problem: str = ""

    @property
    def key(self) -> str:
        """The same for files of the same make."""
        return sha256("\x1f".join(self.header).lower().encode()).hexdigest()

    def column(self, index: int | None) -> list[str]:
        """The cells of a column, blanks around them gone."""
        return [] if index is None else [get_cell(row, index) for _line, row in self.rows]


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a file's columns are read. Columns by their number from 0; None for "there is none".

    words: what each word of the intensity column says; classes: the class of each medicine, "" to leave it out.
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
    """What one row says: its days, the time on each or None, its strength, and what was taken on the first."""

    days: dict[date, timedelta | None]
    strength: str
    medicines: tuple[str, ...] = ()
    note: str = ""


@dataclass(slots=True)
class DayTotal:
    """What all rows say about one day."""

    line: int
    headache: bool = False
    strength: str = ""
    passed: timedelta | None = timedelta()
    doses: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def get_cell(row: list[str], index: int | None) -> str:
    return row[index].strip() if index is not None and index < len(row) else ""


def detect_dialect(text: str) -> str:
    """The delimiter that splits the first rows alike, into most columns."""

    def quality(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(StringIO(text[:20_000], newline=""), delimiter=delimiter)
        widths = Counter(len(row) for row, _number in zip(reader, range(20), strict=False) if row)
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return (rows if width > 1 else 0, width)

    return max(DELIMITERS, key=quality)


def read_table(text: str) -> Table:
    """The table of a CSV file; problem says why it cannot be read as one."""
    problems: list[Problem] = []
    rows = parse_csv("", text, problems, detect_dialect(text))
    if problems:
        return Table([], [], str(problems[0].reason))
    if len(rows) > MAX_ROWS:
        return Table([], [], _("has more than 100,000 rows; it was not read"))
    if len(rows) < 2:
        return Table([], [], _("holds no rows below a header"))
    header = [
        name.strip() or _("column %(number)s") % {"number": index + 1}
        for index, name in enumerate(rows[0][1])
    ]
    return Table(header, rows[1:])


def split_names(cell: str) -> tuple[str, ...]:
    """The medicines a cell names."""
    return tuple(" ".join(part.split())[:120] for part in BETWEEN_MEDICINES.split(cell) if part.strip())


def medicines(table: Table, column: int | None) -> list[str]:
    """The different medicines of a column, the commonest first."""
    return most_common(name for cell in table.column(column) for name in split_names(cell))


def strengths(table: Table, column: int | None) -> list[str]:
    """The different words of the intensity column, the commonest first."""
    return most_common(cell.lower() for cell in table.column(column) if cell)


def most_common(words: Iterable[str]) -> list[str]:
    return [word for word, _count in Counter(words).most_common()]


def parse_strength(cell: str, mapping: Mapping) -> str:
    """none, mild, moderate, severe, or "" when it is not said."""
    if not cell:
        return ""
    if mapping.scale == WORDS:
        if cell.lower() not in mapping.words:
            raise BadCellError(_("“%(word)s” was not given a meaning") % {"word": cell[:40]})
        said = mapping.words[cell.lower()]
        return "" if said == STRENGTH_UNKNOWN else said
    top = 3 if mapping.scale == THREE else 10
    text = re.sub(rf"\s*/\s*{top}$", "", cell)
    if not re.fullmatch(r"\d+(?:[.,]\d+)?", text) or parse_number(text) > top:
        raise BadCellError(_("“%(cell)s” is no number from 0 to %(top)s") % {"cell": cell[:40], "top": top})
    value = parse_number(text)
    if not value:
        return FREE
    above_mild, above_moderate = (2, 3) if top == 3 else (4, 7)
    return "mild" if value < above_mild else "moderate" if value < above_moderate else "severe"


def to_instant(at: ParsedMoment, zone: ZoneInfo, fold: int = 0) -> datetime:
    """The instant of a moment whose time is known, or of the day's first."""
    found = datetime.combine(at.day, at.time or time(), at.zone or zone)
    return found.replace(fold=fold)


def check_range(on: date, today: date) -> date:
    if on > today:
        raise BadCellError(_("%(day)s lies in the future") % {"day": on.isoformat()})
    if on < FIRST_DATE:
        raise BadCellError(_("%(day)s lies before 1900") % {"day": on.isoformat()})
    return on


def split_into_days(
    row: list[str], mapping: Mapping, zone: ZoneInfo, today: date
) -> dict[date, timedelta | None]:
    """The calendar days of a row, with the time on each, None where it is not known."""
    start = parse_moment(get_cell(row, mapping.date), mapping.order)
    check_range(start.day, today + timedelta(1))  # it may be tomorrow where it was written
    if start.time is None and get_cell(row, mapping.time):
        start = ParsedMoment(start.day, *parse_clock(get_cell(row, mapping.time)))
    begun = to_instant(start, zone)
    first = begun.astimezone(zone).date()
    if get_cell(row, mapping.end):
        return end_of(start, get_cell(row, mapping.end), mapping, zone, today)
    lasted = parse_duration(get_cell(row, mapping.duration), mapping.unit)
    return (
        dict(split_moment(begun, begun.astimezone(ZoneInfo("UTC")) + lasted, zone))
        if lasted
        else {first: None}
    )


def end_of(
    start: ParsedMoment, cell: str, mapping: Mapping, zone: ZoneInfo, today: date
) -> dict[date, timedelta | None]:
    """The days from a start to an end that a cell names by date, by date and time, or by time alone."""
    begun = to_instant(start, zone)
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
        if not 0 <= span <= LONGEST.days:
            raise BadCellError(_("the end does not lie within 31 days after the start"))
        return {start.day + timedelta(step): None for step in range(span + 1)}
    ended = to_instant(end, zone)
    if ended.astimezone(ZoneInfo("UTC")) < begun.astimezone(ZoneInfo("UTC")):
        ended = to_instant(end, zone, fold=1)  # the hour that a clock shows twice
    passed = ended.astimezone(ZoneInfo("UTC")) - begun.astimezone(ZoneInfo("UTC"))
    if not timedelta() <= passed <= LONGEST:
        raise BadCellError(_("the end does not lie within 31 days after the start"))
    return dict(split_moment(begun, ended, zone)) or {begun.astimezone(zone).date(): None}


def parse_attack(row: list[str], mapping: Mapping, zone: ZoneInfo, today: date) -> Attack:
    """What a row says. Raises BadCellError."""
    days = split_into_days(row, mapping, zone, today)
    check_range(min(days), today)
    check_range(max(days), today)
    how_strong = parse_strength(get_cell(row, mapping.intensity), mapping)
    note = get_cell(row, mapping.note)
    if len(note) > 2000:
        raise BadCellError(_("the note has %(length)s characters; 2000 fit") % {"length": len(note)})
    taken = tuple(
        name for name in split_names(get_cell(row, mapping.medicine)) if mapping.classes.get(name.lower())
    )
    return Attack(dict.fromkeys(days) if how_strong == FREE else days, how_strong, taken, note)


def read_attacks(table: Table, mapping: Mapping, zone: ZoneInfo, today: date, name: str) -> RecordFiles:
    """The days a file tells of. A day with a row that cannot be read is left out: it would tell half."""
    totals: dict[date, DayTotal] = {}
    problems: list[Problem] = []
    half_read: set[date] = set()
    for line, row in table.rows:
        try:
            found = parse_attack(row, mapping, zone, today)
        except BadCellError as error:
            problems.append(Problem(name, line, str(error)))
            half_read |= first_date(row, mapping)
            continue
        add_attack(totals, found, line)
    for on, total in totals.items():
        if reason := exceeds_limits(total):
            problems.append(Problem(name, total.line, reason))
            half_read.add(on)
    if mapping.fill and totals:
        fill_clear_days(totals)
    rows = [build_day_row(on, totals[on], mapping) for on in sorted(totals) if on not in half_read]
    return RecordFiles({DIARY: rows}, problems)


def exceeds_limits(total: DayTotal) -> str:
    """Why a day does not fit into the diary, or nothing."""
    if max(total.doses.values(), default=0) > 100:
        return _("more than 100 doses of one medicine on one day")
    if len("\n".join(total.notes)) > 5000:
        return _("the notes of this day have more than 5000 characters together")
    return ""


def first_date(row: list[str], mapping: Mapping) -> set[date]:
    try:
        return {parse_moment(get_cell(row, mapping.date), mapping.order).day}
    except BadCellError:
        return set()


def add_attack(totals: dict[date, DayTotal], found: Attack, line: int) -> None:
    """Count a row in: the strongest of a day stands, times add up, an unknown time makes the day's unknown."""
    for on, passed in found.days.items():
        total = totals.setdefault(on, DayTotal(line))
        if found.strength == FREE:
            continue
        total.headache = True
        total.strength = max(total.strength, found.strength, key=RANKS.index)
        total.passed = None if passed is None or total.passed is None else total.passed + passed
    first = totals[min(found.days)]
    first.doses.update(found.medicines)
    if found.note and found.note not in first.notes:
        first.notes.append(found.note)


def fill_clear_days(totals: dict[date, DayTotal]) -> None:
    """Days without a row between the first and the last were free, as the person has said."""
    first, last = min(totals), max(totals)
    for step in range((last - first).days):
        totals.setdefault(first + timedelta(step), DayTotal(0))


def build_day_row(on: date, total: DayTotal, mapping: Mapping) -> Row:
    """A day as a row of diary.csv."""
    known = total.headache and total.passed
    values = {
        "headache": total.headache,
        "intensity": total.strength,
        "hours": round_up_to_half(total.passed) if known and total.passed else None,
        "features": None,
        "lost": "",
        "menstruation": None,
        "triggers": "",
        "note": "\n".join(total.notes),
        "intakes": [
            [name, mapping.classes[name.lower()], plain_number(parse_number(str(doses))), ""]
            for name, doses in total.doses.items()
        ],
    }
    return Row((on.isoformat(),), values, total.line)
