"""Reading a record's files from a folder: every row is checked, every wrong one named (rules, section 11)."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext as _

from headaches.models import FIRST_DATE, DiaryDay, DrugClass, Feature, Intake
from progress.files import cells
from progress.files.cells import BadCellError
from treatments.models import FIRST_SESSION

MAX_ROWS = 100_000
MAX_BYTES = 20 * 1024 * 1024
FEATURE_OF_WORD = {feature.word: feature for feature in Feature}
HALF, ZERO = Decimal("0.5"), Decimal(0)

Cells = dict[str, str]
Columns = tuple[str, ...]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the file, the line (0 for the whole file), and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        where = (
            _("%(file)s line %(line)s") % {"file": self.file, "line": self.line} if self.line else self.file
        )
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class MedicationRow:
    name: str
    drug_class: str
    doses: Decimal
    relief: str


@dataclass(frozen=True, slots=True)
class DiaryRow:
    """A row of diary.csv; medicines come from medications.csv."""

    date: date
    headache: bool
    intensity: str
    hours: Decimal | None
    features: int | None
    lost: str
    menstruation: bool | None
    triggers: str
    note: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    date: date
    product: str
    units: Decimal | None
    injector: str
    discomfort: int | None
    note: str


@dataclass(frozen=True, slots=True)
class PreventiveRow:
    line: int
    name: str
    dose: str
    started: date | None
    ended: date | None
    outcome: str
    note: str


@dataclass(slots=True)
class RecordFiles:
    """What the files say. days and sessions by date, with the line each stands on."""

    days: dict[date, DiaryRow] = field(default_factory=dict)
    medications: dict[date, list[MedicationRow]] = field(default_factory=dict)
    sessions: dict[date, SessionRow] = field(default_factory=dict)
    preventives: list[PreventiveRow] = field(default_factory=list)
    lines: dict[tuple[str, date], int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


DIARY, MEDICATIONS, SESSIONS, PREVENTIVES = "diary.csv", "medications.csv", "sessions.csv", "preventives.csv"
COLUMNS: dict[str, tuple[Columns, Columns]] = {  # needed, optional
    DIARY: (
        ("date", "headache"),
        ("intensity", "hours", "features", "lost", "menstruation", "triggers", "note"),
    ),
    MEDICATIONS: (("date", "name", "class"), ("doses", "relief")),
    SESSIONS: (("date",), ("product", "units", "injector", "discomfort", "note")),
    PREVENTIVES: (("name",), ("dose", "started", "ended", "outcome", "note")),
}


def read_folder(folder: Path, today: date) -> RecordFiles:
    """Read the four files of a folder; a file that is not there is empty. Nothing is written anywhere."""
    found = RecordFiles()
    present = [name for name in COLUMNS if (folder / name).is_file()]
    if not present:
        names = ", ".join(COLUMNS)
        found.problems.append(Problem(str(folder), 0, _("holds none of %(names)s") % {"names": names}))
    readers: dict[str, Callable[[RecordFiles, int, Cells, date], None]] = {
        DIARY: take_diary,
        MEDICATIONS: take_medication,
        SESSIONS: take_session,
        PREVENTIVES: take_preventive,
    }
    for name in present:
        for line, row in rows_of(folder / name, found.problems):
            try:
                readers[name](found, line, row, today)
            except BadCellError as error:
                found.problems.append(Problem(name, line, str(error)))
    return found


def rows_of(path: Path, problems: list[Problem]) -> Iterator[tuple[int, Cells]]:
    """The rows of one CSV file with their line numbers; what is wrong with the file as a whole is noted."""
    name = path.name
    try:
        if path.stat().st_size > MAX_BYTES:
            problems.append(Problem(name, 0, _("is larger than 20 MB")))
            return
        content = path.read_bytes()
    except OSError as error:
        problems.append(Problem(name, 0, _("cannot be read: %(reason)s") % {"reason": error.strerror}))
        return
    yield from rows_of_bytes(name, content, problems)


def decoded(content: bytes) -> str | None:
    """The text of a file, or None for what is no text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def rows_of_bytes(name: str, content: bytes, problems: list[Problem]) -> Iterator[tuple[int, Cells]]:
    text = decoded(content)
    if text is None:
        problems.append(Problem(name, 0, _("is not a text file in UTF-8")))
        return
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if not check_header(name, header, problems):
            return
        count, line = 0, reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row):
                count += 1
                if count > MAX_ROWS:
                    problems.append(Problem(name, line, _("more than 100,000 rows; the rest was not read")))
                    return
                if len(row) > len(header):
                    problems.append(Problem(name, line, _("has more cells than the header has columns")))
                else:
                    yield line, dict(zip(header, row + [""] * (len(header) - len(row)), strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(name, reader.line_num, _("is no CSV: %(reason)s") % {"reason": error}))


def check_header(name: str, header: list[str], problems: list[Problem]) -> bool:
    needed, optional = COLUMNS[name]
    missing = [column for column in needed if column not in header]
    unknown = [column for column in header if column not in (*needed, *optional)]
    if missing:
        reason = _("the header lacks: %(columns)s") % {"columns": ", ".join(missing)}
    elif unknown:
        known = ", ".join((*needed, *optional))
        reason = _("the header has unknown columns: %(columns)s; known are %(known)s") % {
            "columns": ", ".join(column[:40] or "(empty)" for column in unknown),
            "known": known,
        }
    elif len(set(header)) < len(header):
        reason = _("the header names a column twice")
    else:
        return True
    problems.append(Problem(name, 1, reason))
    return False


def in_column(name: str, read: Callable[[], Value]) -> Value:
    """Read a cell; a problem names its column."""
    try:
        return read()
    except BadCellError as error:
        raise BadCellError(f"{name}: {error}") from None


def once(found: RecordFiles, file: str, on: date, line: int) -> None:
    """Note the line of a date; refuse a second one."""
    first = found.lines.setdefault((file, on), line)
    if first != line:
        raise BadCellError(
            _("a second row for %(day)s; the first is on line %(line)s") % {"day": on, "line": first}
        )


def take_diary(found: RecordFiles, line: int, row: Cells, today: date) -> None:
    cell: Callable[[str], str] = lambda name: row.get(name, "")  # noqa: E731  shorter than a function
    on = in_column("date", lambda: cells.day(row["date"], FIRST_DATE, today))
    once(found, DIARY, on, line)
    headache = in_column("headache", lambda: cells.yes_no(row["headache"]))
    if headache is None:
        raise BadCellError(_("headache: is empty; it must say yes or no"))
    words = in_column("features", lambda: cells.words_of(cell("features"), FEATURE_OF_WORD))
    day = DiaryRow(
        date=on,
        headache=headache,
        intensity=in_column("intensity", lambda: cells.choice(cell("intensity"), DiaryDay.Intensity.values)),
        hours=in_column("hours", lambda: cells.number(cell("hours"), HALF, Decimal(24), HALF)),
        features=None if words is None else sum({FEATURE_OF_WORD[word] for word in words}),
        lost=in_column("lost", lambda: cells.choice(cell("lost"), DiaryDay.Lost.values)),
        menstruation=in_column("menstruation", lambda: cells.yes_no(cell("menstruation"))),
        triggers=in_column("triggers", lambda: cells.text(cell("triggers"), 500)),
        note=in_column("note", lambda: cells.text(cell("note"), 5000)),
    )
    if not headache and (day.intensity or day.hours is not None or day.features is not None):
        raise BadCellError(_("intensity, hours and features belong to a day with headache"))
    found.days[on] = day


def take_medication(found: RecordFiles, line: int, row: Cells, today: date) -> None:
    on = in_column("date", lambda: cells.day(row["date"], FIRST_DATE, today))
    if (DIARY, on) not in found.lines:
        raise BadCellError(_("%(day)s has no row in diary.csv") % {"day": on})
    drug_class = in_column("class", lambda: cells.choice(row["class"], DrugClass.values))
    if not drug_class:
        raise BadCellError(_("class: is empty"))
    doses = in_column("doses", lambda: cells.number(row.get("doses", ""), HALF, Decimal(100), HALF))
    found.medications.setdefault(on, []).append(
        MedicationRow(
            name=in_column("name", lambda: cells.required(row["name"], 120)),
            drug_class=drug_class,
            doses=Decimal(1) if doses is None else doses,
            relief=in_column("relief", lambda: cells.choice(row.get("relief", ""), Intake.Relief.values)),
        )
    )


def take_session(found: RecordFiles, line: int, row: Cells, today: date) -> None:
    on = in_column("date", lambda: cells.day(row["date"], FIRST_SESSION, today))
    once(found, SESSIONS, on, line)
    discomfort = in_column(
        "discomfort", lambda: cells.number(row.get("discomfort", ""), ZERO, Decimal(10), Decimal(1))
    )
    found.sessions[on] = SessionRow(
        date=on,
        product=in_column("product", lambda: cells.text(row.get("product", ""), 120)),
        units=in_column("units", lambda: cells.number(row.get("units", ""), HALF, Decimal(2000), HALF)),
        injector=in_column("injector", lambda: cells.text(row.get("injector", ""), 120)),
        discomfort=None if discomfort is None else int(discomfort),
        note=in_column("note", lambda: cells.text(row.get("note", ""), 5000)),
    )


def take_preventive(found: RecordFiles, line: int, row: Cells, today: date) -> None:
    started = in_column("started", lambda: cells.optional_day(row.get("started", ""), FIRST_DATE, None))
    ended = in_column("ended", lambda: cells.optional_day(row.get("ended", ""), FIRST_DATE, None))
    if started and ended and ended < started:
        raise BadCellError(_("the end lies before the start"))
    found.preventives.append(
        PreventiveRow(
            line=line,
            name=in_column("name", lambda: cells.required(row["name"], 120)),
            dose=in_column("dose", lambda: cells.text(row.get("dose", ""), 120)),
            started=started,
            ended=ended,
            outcome=in_column("outcome", lambda: cells.text(row.get("outcome", ""), 200)),
            note=in_column("note", lambda: cells.text(row.get("note", ""), 5000)),
        )
    )
