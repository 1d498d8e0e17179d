"""The table of another diary, converted to days by a mapping of its columns (clinical rules, section 11). Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from exchange.cells import BadCellError
from exchange.imports.datetimes import (
    HOURS,
    MAX_DURATION,
    YMD,
    ParsedMoment,
    parse_clock,
    parse_duration,
    parse_moment,
    parse_number,
    split_by_day,
)
from exchange.imports.days import (
    NO_HEADACHE,
    ONE_DAY,
    Attack,
    DayCollector,
    TakenMedicine,
    TouchedDays,
)
from exchange.imports.tables import Table, get_cell
from exchange.schema import RecordFiles
from headaches.models import DayState

THREE, TEN, WORDS = "0-3", "0-10", "words"
# What a row means whose answer is an empty cell.
SKIP, HEADACHE, FREE = "skip", "headache", "free"
BETWEEN_MEDICINES = re.compile(r"[;|\n]|,(?!\d)|\s\+\s")
# At most so many different medicines, or words for the intensity, are asked about.
MAX_NAMES = 60
MAX_ROW_NOTE: Final = 2000
YES_WORDS: Final = frozenset((
    "1", "y", "yes", "true", "t", "x", "✓", "✔", "☑", "ja", "j", "wahr", "present", "headache", "kopfschmerz",
    "kopfschmerzen", "oui", "vrai", "sí", "si", "verdadero", "sì", "vero", "sim", "tak",
))  # fmt: skip
NO_WORDS: Final = frozenset((
    "0", "n", "no", "false", "f", "-", "–", "—", "nein", "falsch", "none", "not present", "absent", "no headache",
    "keine", "kein", "keine kopfschmerzen", "☐", "non", "faux", "falso", "não", "nie", "nil", "off",
))  # fmt: skip
# Cells of a medicine column that name none.
NO_MEDICINE: Final = NO_WORDS | YES_WORDS | frozenset((
    "no medication", "no medications", "no medicine", "no meds", "nothing", "n/a", "na", "n.a.", "null", "nan", "--",
    "---", "?", "keins", "keines", "nichts", "ohne", "keine medikamente", "kein medikament", "nix", "unknown",
    "aucun", "aucune", "rien", "ninguno", "ninguna", "nada", "nessuno", "nessuna", "niente", ".",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column is what. Columns are numbers from 0; None if there is none.

    headache: a column that says yes or no. blank: the meaning of a row whose answer (headache, else intensity) is
    empty. words: the meaning of each word for the intensity; classes: the class of each medicine, "" to leave it out.
    fill: whether days without a row between the first and the last date were headache-free.
    """

    date: int
    order: str = YMD
    time: int | None = None
    end: int | None = None
    headache: int | None = None
    intensity: int | None = None
    scale: str = THREE
    blank: str = HEADACHE
    duration: int | None = None
    unit: str = HOURS
    medicine: int | None = None
    note: int | None = None
    fill: bool = False
    words: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def answer_column(self) -> int | None:
        """The column that says whether a row is about a headache; None when every row counts as one."""
        return self.intensity if self.headache is None else self.headache


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


def parse_yes_no(cell: str) -> bool | None:
    """Parse a cell of a column that says yes or no; None for an empty one. Raise BadCellError."""
    word = cell.strip().lower()
    if not word:
        return None
    if re.fullmatch(r"\d+([.,]0+)?", word):
        return parse_number(word) > 0
    if word in YES_WORDS:
        return True
    if word in NO_WORDS:
        return False
    raise BadCellError(_("“%(cell)s” says neither yes nor no") % {"cell": cell.strip()[:40]})


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


def parse_answer(cells: list[str], mapping: Mapping) -> str | None:
    """Return the strength of a row, NO_HEADACHE for none, or None if the row says nothing. Raise BadCellError."""
    strength = parse_strength(get_cell(cells, mapping.intensity), mapping)
    has_headache = parse_yes_no(get_cell(cells, mapping.headache))
    if has_headache is False and strength not in ("", NO_HEADACHE):
        raise BadCellError(_("says that there was no headache, and how strong it was"))
    if has_headache is False:
        return NO_HEADACHE
    if has_headache:
        return "" if strength == NO_HEADACHE else strength
    if strength or mapping.answer_column is None:
        return strength
    return {HEADACHE: "", FREE: NO_HEADACHE}.get(mapping.blank)


def to_instant(moment: ParsedMoment, zone: ZoneInfo, fold: int = 0) -> datetime:
    """Return the instant of a moment, or of the start of its day if it has no time."""
    instant = datetime.combine(moment.day, moment.time or time(), moment.zone or zone)
    return instant.replace(fold=fold)


def parse_start(cells: list[str], mapping: Mapping) -> ParsedMoment:
    """Parse the start of a row. Raise BadCellError."""
    start = parse_moment(get_cell(cells, mapping.date), mapping.order)
    clock = get_cell(cells, mapping.time)
    return ParsedMoment(start.day, *parse_clock(clock)) if start.time is None and clock else start


def split_into_days(
    cells: list[str], start: ParsedMoment, mapping: Mapping, zone: ZoneInfo
) -> dict[date, timedelta | None]:
    """Return the calendar days of a row with the duration on each; None if unknown. Raise BadCellError."""
    instant = to_instant(start, zone)
    end = get_cell(cells, mapping.end)
    if end:
        return split_until_end(start, end, mapping, zone)
    duration = parse_duration(get_cell(cells, mapping.duration), mapping.unit)
    if not duration:
        return {find_local_day(start, zone): None}
    return dict(split_by_day(instant, instant.astimezone(ZoneInfo("UTC")) + duration, zone))


def find_local_day(start: ParsedMoment, zone: ZoneInfo) -> date:
    """Return the patient's day on which a row begins; a date without a time is hers as it stands."""
    return to_instant(start, zone).astimezone(zone).date() if start.time else start.day


def split_until_end(
    start: ParsedMoment, cell: str, mapping: Mapping, zone: ZoneInfo
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
            end = ParsedMoment(start.day + ONE_DAY, end.time, end.zone)
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


def find_touched_days(cells: list[str], mapping: Mapping, zone: ZoneInfo) -> TouchedDays | None:
    """Return the days that a row which could not be read may be about; None without a readable date."""
    try:
        start = parse_moment(get_cell(cells, mapping.date), mapping.order)
    except BadCellError:
        return None
    days = {start.day, find_local_day(start, zone)}
    try:
        start = parse_start(cells, mapping)
        return TouchedDays(frozenset(days | set(split_into_days(cells, start, mapping, zone))))
    except BadCellError:
        return TouchedDays(frozenset(days), has_end=False)


def parse_attack(cells: list[str], mapping: Mapping, zone: ZoneInfo, today: date) -> Attack | None:
    """Parse one row; None for a row that leaves its day unrecorded. Raise BadCellError."""
    days = split_into_days(cells, parse_start(cells, mapping), mapping, zone)
    Attack(days, "").check_dates(today)
    strength = parse_answer(cells, mapping)
    if strength is None:
        return None
    note = get_cell(cells, mapping.note)
    if len(note) > MAX_ROW_NOTE:
        raise BadCellError(_("the note has %(length)s characters; 2000 fit") % {"length": len(note)})
    names = (
        name for name in split_names(get_cell(cells, mapping.medicine)) if mapping.classes.get(name.lower())
    )
    medicines = tuple(TakenMedicine(name) for name in names)
    return Attack(dict.fromkeys(days) if strength == NO_HEADACHE else days, strength, medicines, note)


def build_files(table: Table, mapping: Mapping, zone: ZoneInfo, today: date, name: str) -> RecordFiles:
    """Convert a table to days of the diary."""
    collector = DayCollector(name, today)
    for line, reason, cells in table.unread:
        touched = find_touched_days(cells, mapping, zone)
        collector.reject(line, reason, touched and TouchedDays(touched.days, has_end=False))
    for line, cells in table.rows:
        try:
            attack = parse_attack(cells, mapping, zone, today)
        except BadCellError as error:
            collector.reject(line, str(error), find_touched_days(cells, mapping, zone))
            continue
        if attack:
            collector.add(attack, line)
        else:
            collector.leave_out(find_local_day(parse_start(cells, mapping), zone))
    if mapping.fill:
        collector.fill()
    return collector.finish(lambda medicine: mapping.classes.get(medicine.lower(), ""))
