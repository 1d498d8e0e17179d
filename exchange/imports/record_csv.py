"""Reading a record's files: every row is checked, every wrong one named (rules, section 11). Pure."""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

from django.utils.translation import gettext as _

from exchange import cells
from exchange.cells import BadCellError
from exchange.imports.encodings import decode_utf
from exchange.imports.lines import HALF, ONE, TENTH, ZERO, CsvLine, RecordReader
from exchange.imports.profile import read_profile
from exchange.schema import (
    APPOINTMENT,
    COLUMNS,
    DIARY,
    EFFECT_CHECKS,
    GOALS,
    INJECTIONS,
    MAX_ROWS,
    MEDICATIONS,
    NAMES,
    PREVENTIVES,
    PROFILE,
    SCORES,
    SESSIONS,
    SIDE_EFFECTS,
    Problem,
    RecordFiles,
)
from headaches.models import FIRST_DATE, DiaryDay, DrugClass, Feature, Intake
from headaches.snapshots import snapshot_intake
from treatments.models import (
    FIRST_SESSION,
    HIT6_TOTALS,
    EffectCheck,
    Goal,
    InjectionSite,
    Preventive,
    Score,
    SideEffect,
)

FEATURE_OF_WORD = {feature.word: feature for feature in Feature}


def read_files(contents: Mapping[str, bytes], today: date, encoding: str = "") -> RecordFiles:
    """Read the files that are there. encoding: for those that are no UTF-8. Nothing is written anywhere."""
    reader, problems = RecordReader(today), list[Problem]()
    takers: dict[str, Callable[[RecordReader, CsvLine], None]] = {
        DIARY: parse_diary_row,
        MEDICATIONS: parse_medication_row,
        SESSIONS: parse_session_row,
        INJECTIONS: parse_injection_row,
        SIDE_EFFECTS: parse_side_effect_row,
        PREVENTIVES: parse_preventive_row,
        SCORES: parse_score_row,
        EFFECT_CHECKS: parse_effect_check_row,
        GOALS: parse_goal_row,
        APPOINTMENT: parse_appointment_row,
    }
    for name in (name for name in NAMES if name in contents):
        text = decode_utf(contents[name], encoding)
        if text is None:
            problems.append(Problem(name, 0, _("is not a text file in UTF-8")))
        elif name == PROFILE:
            read_profile(reader, text, problems)
        else:
            reader.rows.setdefault(name, [])
            for line in iterate_lines(name, text, problems):
                try:
                    takers[name](reader, line)
                except BadCellError as error:
                    problems.append(Problem(name, line.number, str(error)))
    reader.rows.pop(MEDICATIONS, None)
    if reader.half_read:
        # A day without one of its medicines would say that it was not taken.
        reader.rows[DIARY] = [row for row in reader.rows[DIARY] if row.key not in reader.half_read]
    return RecordFiles(reader.rows, problems)


def iterate_lines(name: str, text: str, problems: list[Problem]) -> Iterator[CsvLine]:
    """The rows of one CSV file below its header; what is wrong with the file as a whole is noted."""
    found = parse_csv(name, text, problems)
    header = [cell.strip().lower() for cell in found.pop(0)[1]] if found else []
    if not check_header(name, header, problems):
        return
    if len(found) > MAX_ROWS:
        problems.append(Problem(name, 0, _("has more than 100,000 rows; it was not read")))
        return
    for number, row in found:
        if len(row) > len(header):
            problems.append(Problem(name, number, _("has more cells than the header has columns")))
        else:
            yield CsvLine(number, dict(zip(header, row + [""] * (len(header) - len(row)), strict=True)))


def parse_csv(
    name: str, text: str, problems: list[Problem], delimiter: str = ","
) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line it begins on; one row too many is enough of a long file."""
    reader = csv.reader(StringIO(text, newline=""), strict=True, delimiter=delimiter)
    found: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row) or not found:
                found.append((line, row))
            if len(found) > MAX_ROWS + 1:
                break
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(name, line, _("is no CSV: %(reason)s") % {"reason": error}))
    return found


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


def format_iso(on: date | None) -> str:
    return on.isoformat() if on else ""


def parse_diary_row(reader: RecordReader, line: CsvLine) -> None:
    key = (line.read("date", cells.day, FIRST_DATE, reader.today).isoformat(),)
    reader.once(DIARY, key, line.number)
    headache = line.read("headache", cells.yes_no)
    if headache is None:
        raise BadCellError(_("headache: is empty; it must say yes or no"))
    words = line.read("features", cells.words_of, FEATURE_OF_WORD)
    values = {
        "headache": headache,
        "intensity": line.read("intensity", cells.choice, DiaryDay.Intensity.values),
        "hours": cells.plain_number(line.read("hours", cells.number, HALF, Decimal(24), HALF)),
        "features": None if words is None else int(sum({FEATURE_OF_WORD[word] for word in words})),
        "lost": line.read("lost", cells.choice, DiaryDay.Lost.values),
        "menstruation": line.read("menstruation", cells.yes_no),
        "triggers": line.read("triggers", cells.text, 500),
        "note": line.read("note", cells.text, 5000),
        "intakes": [],
    }
    if not headache and (
        values["intensity"] or values["hours"] is not None or values["features"] is not None
    ):
        raise BadCellError(_("intensity, hours and features belong to a day with headache"))
    reader.days[key] = values
    reader.add(DIARY, key, values, line.number)


def parse_medication_row(reader: RecordReader, line: CsvLine) -> None:
    key = (line.read("date", cells.day, FIRST_DATE, reader.today).isoformat(),)
    if (DIARY, key) not in reader.lines:
        raise BadCellError(_("%(day)s has no row in diary.csv") % {"day": key[0]})
    try:
        taken = build_intake(line)
    except BadCellError:
        reader.half_read.add(key)
        raise
    if key in reader.days:
        reader.days[key]["intakes"].append(taken)


def build_intake(line: CsvLine) -> list[str]:
    drug_class = line.read("class", cells.choice, DrugClass.values)
    if not drug_class:
        raise BadCellError(_("class: is empty"))
    doses = line.read("doses", cells.number, TENTH, Decimal(100), TENTH)
    return snapshot_intake(
        line.read("name", cells.required, 120),
        drug_class,
        cells.plain_number(ONE if doses is None else doses) or "",
        line.read("relief", cells.choice, Intake.Relief.values),
        line.read("times", cells.times),
    )


def parse_session_row(reader: RecordReader, line: CsvLine) -> None:
    key = (line.read("date", cells.day, FIRST_SESSION, reader.today).isoformat(),)
    reader.once(SESSIONS, key, line.number)
    discomfort = line.read("discomfort", cells.number, ZERO, Decimal(10), ONE)
    values = {
        "product": line.read("product", cells.text, 120),
        "units": cells.plain_number(line.read("units", cells.number, HALF, Decimal(2000), TENTH)),
        "injector": line.read("injector", cells.text, 120),
        "discomfort": None if discomfort is None else int(discomfort),
        "note": line.read("note", cells.text, 5000),
        "lot": line.read("lot", cells.text, 60),
        "vial": line.read("vial", cells.text, 60),
        "dilution": line.read("dilution", cells.text, 60),
        "wasted": cells.plain_number(line.read("wasted", cells.number, ZERO, Decimal(2000), TENTH)),
        "clinic": line.read("clinic", cells.text, 120),
    }
    reader.sessions.add(key)
    reader.add(SESSIONS, key, values, line.number)


def get_session_date(reader: RecordReader, line: CsvLine) -> str:
    on = line.read("session_date", cells.day, FIRST_SESSION, reader.today).isoformat()
    if (SESSIONS, (on,)) not in reader.lines:
        raise BadCellError(_("%(day)s has no row in sessions.csv") % {"day": on})
    if (on,) not in reader.sessions:
        raise BadCellError(_("the row of %(day)s in sessions.csv is wrong") % {"day": on})
    return on


def parse_injection_row(reader: RecordReader, line: CsvLine) -> None:
    on = get_session_date(reader, line)
    muscle = line.read("muscle", cells.choice, InjectionSite.Muscle.values)
    if not muscle:
        raise BadCellError(_("muscle: is empty"))
    key = (on, muscle, line.read("side", cells.choice, InjectionSite.Side.values))
    reader.once(INJECTIONS, key, line.number)
    sites = line.read("sites", cells.number, ONE, Decimal(100), ONE)
    values = {
        "sites": None if sites is None else int(sites),
        "units": cells.plain_number(line.read("units", cells.number, TENTH, Decimal(2000), TENTH)),
    }
    reader.add(INJECTIONS, key, values, line.number)


def parse_span(line: CsvLine, first: date) -> tuple[str, str | None]:
    """started and ended of a row."""
    started = line.read("started", cells.optional_day, first, None)
    ended = line.read("ended", cells.optional_day, first, None)
    if started and ended and ended < started:
        raise BadCellError(_("the end lies before the start"))
    return format_iso(started), format_iso(ended) or None


def parse_side_effect_row(reader: RecordReader, line: CsvLine) -> None:
    started, ended = parse_span(line, FIRST_SESSION)
    key = (get_session_date(reader, line), line.read("effect", cells.required, 120), started)
    values = {
        "severity": line.read("severity", cells.choice, SideEffect.Severity.values),
        "ended": ended,
        "note": line.read("note", cells.text, 5000),
    }
    reader.add(SIDE_EFFECTS, key, values, line.number)


def parse_preventive_row(reader: RecordReader, line: CsvLine) -> None:
    started, ended = parse_span(line, FIRST_DATE)
    key = (line.read("name", cells.required, 120), started)
    values = {
        "dose": line.read("dose", cells.text, 120),
        "ended": ended,
        "outcome": line.read("outcome", cells.text, 200),
        "note": line.read("note", cells.text, 5000),
        "drug_class": line.read("class", cells.choice, Preventive.DrugClass.values),
    }
    reader.add(PREVENTIVES, key, values, line.number)


def parse_score_row(reader: RecordReader, line: CsvLine) -> None:
    on = line.read("date", cells.day, FIRST_DATE, reader.today).isoformat()
    instrument = line.read("instrument", cells.choice, Score.Instrument.values)
    scale = line.read("scale", cells.choice, Score.Scale.values)
    score = line.read("score", cells.number, ZERO, Decimal(270), TENTH)
    if not instrument:
        raise BadCellError(_("instrument: is empty"))
    if score is None:
        raise BadCellError(_("score: is empty"))
    check_score(instrument, scale, score)
    key = (on, instrument, scale)
    reader.once(SCORES, key, line.number)
    reader.add(SCORES, key, {"score": cells.plain_number(score)}, line.number)


def check_score(instrument: str, scale: str, score: Decimal) -> None:
    """Refuse a total that the questionnaire cannot give (rules, section 9)."""
    if (instrument == Score.Instrument.MSQ) != bool(scale):
        raise BadCellError(_("scale: MSQ has three scales; HIT-6 and MIDAS have one total"))
    if instrument == Score.Instrument.HIT6 and score not in HIT6_TOTALS:
        raise BadCellError(_("score: a HIT-6 total is a whole number from 36 to 78, never 37, 39 or 77"))
    if instrument == Score.Instrument.MIDAS and score % 1:
        raise BadCellError(_("score: a MIDAS total is a whole number from 0 to 270"))
    if instrument == Score.Instrument.MSQ and score > 100:
        raise BadCellError(_("score: an MSQ scale runs from 0 to 100"))


def require_choice(line: CsvLine, column: str, words: Collection[str]) -> str:
    """One of the words; an empty cell is refused."""
    found = line.read(column, cells.choice, words)
    if not found:
        raise BadCellError(_("%(column)s: is empty") % {"column": column})
    return found


def parse_effect_check_row(reader: RecordReader, line: CsvLine) -> None:
    key = (
        get_session_date(reader, line),
        require_choice(line, "day", [str(day) for day in EffectCheck.DAYS]),
    )
    reader.once(EFFECT_CHECKS, key, line.number)
    values = {"answer": require_choice(line, "answer", EffectCheck.Answer.values)}
    reader.add(EFFECT_CHECKS, key, values, line.number)


def parse_goal_row(reader: RecordReader, line: CsvLine) -> None:
    numbers = [str(number) for number in range(1, Goal.MOST + 1)]
    key = (get_session_date(reader, line), require_choice(line, "number", numbers))
    reader.once(GOALS, key, line.number)
    values = {
        "goal": line.read("goal", cells.required, 200),
        "outcome": line.read("outcome", cells.choice, Goal.Outcome.values),
    }
    reader.add(GOALS, key, values, line.number)


def parse_appointment_row(reader: RecordReader, line: CsvLine) -> None:
    on = line.read("date", cells.day, FIRST_SESSION, None)
    if on > reader.today + timedelta(days=366):
        raise BadCellError(_("date: %(day)s is more than a year away") % {"day": on.isoformat()})
    reader.once(APPOINTMENT, (), line.number)
    at = line.read("time", cells.optional_time)
    values = {
        "date": on.isoformat(),
        "time": at.strftime("%H:%M") if at else None,
        "place": line.read("place", cells.text, 120),
        "note": line.read("note", cells.text, 500),
    }
    reader.add(APPOINTMENT, (), values, line.number)
