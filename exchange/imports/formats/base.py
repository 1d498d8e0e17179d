"""What the known diaries have in common: how a file is recognised, asked about, and read into days. Pure."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar, Final, TypeVar
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from exchange.archive import RefusedError
from exchange.cells import BadCellError
from exchange.imports.datetimes import DMY, MAX_DURATION, YMD, ParsedMoment, parse_moment, split_by_day
from exchange.imports.days import Attack, DayCollector, TouchedDays
from exchange.imports.inference import guess_drug_class
from exchange.imports.other_diary import TEN, find_local_day, parse_strength, to_instant
from exchange.imports.other_diary import Mapping as ColumnMapping
from exchange.imports.tables import NumberedRow, UnreadLine, get_cell, split_rows
from exchange.schema import MAX_ROWS, Answer, Question, RecordFiles
from headaches.models import DrugClass

Entry = TypeVar("Entry")
Answers = Mapping[str, Answer]
Days = dict[date, timedelta | None]

# A header stands in one of so many first rows; so many characters are enough to find it.
HEADER_ROWS: Final = 40
HEAD_CHARACTERS: Final = 20_000
# At most so many names are offered to choose from.
MAX_CHOICES: Final = 200
MAX_CLASSES: Final = 40
HEADACHE_WORDS: Final = re.compile(r"headache|head pain|migraine|kopfschmerz|kopfweh|migräne", re.IGNORECASE)
NO_HEADACHE_WORDS: Final = re.compile(r"\b(?:no|none|without|free|kein\w*|ohne)\b|frei\b", re.IGNORECASE)
UNANSWERED, SKIP, FREE = "unanswered", "skip", "free"
# The code of the question which class a medicine has is this and its name; the answer may be to leave it out.
CLASS_PREFIX: Final = "class "
LEAVE_OUT: Final = "leave-out"


@dataclass(frozen=True, slots=True)
class KnownTable:
    """The rows below a known header. header: the position of each column by its name in small letters."""

    header: dict[str, int]
    rows: list[NumberedRow]
    unread: list[UnreadLine] = field(default_factory=list)

    def get(self, cells: list[str], name: str) -> str:
        """Return the stripped cell of a column, "" if the file lacks it."""
        return get_cell(cells, self.header.get(name))

    def column(self, name: str) -> Iterable[str]:
        return (self.get(cells, name) for _line, cells in self.rows)


@dataclass(frozen=True)
class Source:
    """A file of another diary: its text, or the rows of a sheet with their numbers."""

    text: str
    sheet: list[NumberedRow] | None = None

    @cached_property
    def split(self) -> tuple[list[NumberedRow], list[UnreadLine]]:
        if self.sheet is not None:
            return self.sheet, []
        rows, unread, _delimiter = split_rows(self.text)
        return rows, unread

    @cached_property
    def head(self) -> list[NumberedRow]:
        """The first rows."""
        if self.sheet is not None:
            return self.sheet[:HEADER_ROWS]
        rows, _unread, _delimiter = split_rows(self.text[:HEAD_CHARACTERS])
        # The last one may be cut off.
        return rows[: min(HEADER_ROWS, len(rows) - (len(self.text) > HEAD_CHARACTERS))]

    @property
    def is_json(self) -> bool:
        return self.text.lstrip("\ufeff \r\n\t").startswith("{")

    def has_header(self, *names: str) -> bool:
        """Whether one of the first rows has all of these names."""
        return any(is_header(cells, names) for _line, cells in self.head)

    def find_table(self, *names: str) -> KnownTable:
        """Return the rows below the header with these names. Raise RefusedError."""
        rows, unread = self.split
        positions = (i for i, (_line, cells) in enumerate(rows[:HEADER_ROWS]) if is_header(cells, names))
        position = next(positions, None)
        if position is None:
            raise RefusedError(_("The file is damaged or cut off; nothing of it was read."))
        body = rows[position + 1 :]
        if len(body) > MAX_ROWS:
            raise RefusedError(_("The file has more than 100,000 rows; it was not read."))
        line, header = rows[position]
        columns = {name.strip().lower(): index for index, name in reversed(list(enumerate(header)))}
        wide = {row[0]: row[1] for row in body if any(cell.strip() for cell in row[1][len(header) :])}
        reason = _(
            "has more cells than the header has columns; perhaps a comma stands in a text without quotes"
        )
        return KnownTable(
            columns,
            [row for row in body if row[0] not in wide],
            sorted(
                [
                    *(broken for broken in unread if broken.line > line),
                    *(UnreadLine(number, reason, cells) for number, cells in wide.items()),
                ]
            ),
        )


class DiaryFormat(ABC):
    """A known diary. code: its name for programs. key: that of this kind of its files. title: its name for people.
    dropped: what of its files is not taken. is_table: whether its columns can be chosen by hand instead."""

    code: ClassVar[str]
    key: ClassVar[str] = ""
    title: ClassVar[str | Promise]
    dropped: ClassVar[str | Promise]
    is_table: ClassVar[bool] = True

    @abstractmethod
    def recognises(self, source: Source) -> bool:
        """Whether a file is one of this diary, by its first rows."""

    def questions(self, source: Source) -> list[Question]:
        """Return what only the patient can say about this file."""
        return []

    @abstractmethod
    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        """Add the days of a file, and name the rows that cannot be read. Raise RefusedError."""


def read_diary(
    diary: DiaryFormat, source: Source, answers: Answers, zone: ZoneInfo, today: date, name: str
) -> RecordFiles:
    """Convert a file of a known diary to days. answers: those missing are the first guesses. Raise RefusedError."""
    questions = diary.questions(source)
    collector = DayCollector(name, today)
    known = {question.code: answers.get(question.code, question.default) for question in questions}
    diary.read(source, known, zone, collector)
    classes = ask_classes(collector.count_medicines())

    def get_class(name: str) -> str:
        chosen = str(answers.get(class_code(name), "")) or guess_drug_class(name)
        return "" if chosen == LEAVE_OUT else chosen

    files = collector.finish(get_class)
    files.questions = [*questions, *classes]
    return files


def class_code(name: str) -> str:
    """Return the code of the question which class a medicine has."""
    return f"{CLASS_PREFIX}{name.lower()}"


def ask_classes(names: Counter[str]) -> list[Question]:
    """Return the question about the class of each medicine, the most frequent first; the guess is from its name."""
    choices = [*((value, str(label)) for value, label in DrugClass.choices), (LEAVE_OUT, _("leave it out"))]
    by_code = {class_code(name): name for name, _count in reversed(names.most_common(MAX_CLASSES))}
    return [
        Question(code, _("Class of %(name)s") % {"name": name}, choices, guess_drug_class(name) or LEAVE_OUT)
        for code, name in reversed(by_code.items())
    ]


def is_header(cells: Sequence[str], names: Iterable[str]) -> bool:
    return set(names) <= {cell.strip().lower() for cell in cells}


def add_entries(
    collector: DayCollector,
    entries: Iterable[tuple[int, Entry]],
    read: Callable[[Entry], Attack],
    find_day: Callable[[Entry], date],
) -> None:
    """Add each numbered entry that can be read; name the others, whose days stay unrecorded.

    find_day: the day on which an entry begins. It and `read` raise BadCellError.
    """
    for line, entry in entries:
        try:
            attack = read(entry)
            attack.check_dates(collector.today)
        except (BadCellError, OverflowError) as error:
            reason = str(error) if isinstance(error, BadCellError) else _("has a date that no calendar has")
            reject_entry(collector, line, reason, entry, find_day)
            continue
        collector.add(attack, line)


def reject_entry(
    collector: DayCollector, line: int, reason: str, entry: Entry, find_day: Callable[[Entry], date]
) -> None:
    """Name an entry that cannot be read."""
    try:
        touched = TouchedDays(frozenset({find_day(entry)}), has_end=False)
    except (BadCellError, OverflowError):
        touched = None
    collector.reject(line, reason, touched)


def add_table(
    collector: DayCollector,
    table: KnownTable,
    read: Callable[[list[str]], Attack],
    find_day: Callable[[list[str]], date],
) -> None:
    """Add the rows of a table."""
    add_entries(collector, table.rows, read, find_day)
    for line, reason, cells in table.unread:
        reject_entry(collector, line, reason, cells, find_day)


def split_attack(start: ParsedMoment, duration: timedelta | None, zone: ZoneInfo) -> Days:
    """Return the patient's days of an attack with the duration on each; None if it is unknown."""
    if not duration:
        return {find_local_day(start, zone): None}
    instant = to_instant(start, zone)
    days = split_by_day(instant, instant.astimezone(ZoneInfo("UTC")) + duration, zone)
    # The clock may have been put forward between a start and an end that are minutes apart.
    return dict(days) or {find_local_day(start, zone): None}


def check_duration(duration: timedelta | None) -> timedelta | None:
    """Refuse an end before the start. Raise BadCellError."""
    if duration is not None and not timedelta() <= duration <= MAX_DURATION:
        raise BadCellError(_("the end does not lie within 31 days after the start"))
    return duration


def grade(cell: str) -> str:
    """Return the strength of a pain from 0 to 10: none, mild, moderate, severe, or "". Raise BadCellError."""
    return parse_strength(cell, ColumnMapping(date=0, scale=TEN))


def parse_known(cell: str, order: str = YMD) -> ParsedMoment:
    """Parse a moment as the diary writes it, or as a spreadsheet does. Raise BadCellError."""
    is_dotted = re.match(r"\d{1,2}\.\d{1,2}\.", cell)
    return parse_moment(cell, YMD if re.match(r"\d{4}-", cell) else DMY if is_dotted else order)


def label_notes(*parts: tuple[str, str]) -> str:
    """Join what has no place of its own: a text without a label, others as "Label: text"."""
    return "\n".join(f"{label}: {text}" if label else text for label, text in parts if text)


def as_list(answer: Any) -> list[str]:
    return answer if isinstance(answer, list) else [answer] if answer else []


def mean_headache(name: str) -> bool:
    """Whether a name that somebody gave to a symptom or an activity says headache or migraine."""
    return bool(HEADACHE_WORDS.search(name)) and not mean_none(name)


def mean_none(name: str) -> bool:
    """Whether such a name says that there was none."""
    return bool(HEADACHE_WORDS.search(name) and NO_HEADACHE_WORDS.search(name))


def ask_names(code: str, text: str, names: Iterable[str], is_likely: Callable[[str], bool]) -> list[Question]:
    """Return the question which of the names mean something; none if there are no names."""
    counted = [name for name, _count in Counter(names).most_common(MAX_CHOICES)]
    likely = [name for name in counted if is_likely(name)]
    return [Question(code, text, [(name, name) for name in counted], list(likely))] if counted else []


def ask_rest(text: str) -> Question:
    """Return the question what a day means that has entries, but none about a headache."""
    return Question(
        "rest", text, [(SKIP, _("not recorded; leave the day out")), (FREE, _("no headache"))], SKIP
    )


def is_acute(name: str) -> bool:
    """Whether a medicine is one that is known to be taken against an attack."""
    return guess_drug_class(name) not in ("", DrugClass.OTHER)
