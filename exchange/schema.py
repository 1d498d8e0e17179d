"""The files of a record (clinical rules, section 11). Each column is declared once: name, field, parser, formatter."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from exchange import cells
from exchange.cells import BadCellError
from headaches.models import FIRST_DATE, DiaryDay, DrugClass, Feature, Intake
from treatments.models import (
    FIRST_SESSION,
    HIT6_TOTALS,
    Booking,
    EffectCheck,
    Goal,
    InjectionSession,
    InjectionSite,
    Preventive,
    Score,
    SideEffect,
)

MAX_ROWS = 100_000
MAX_BYTES = 20 * 1024 * 1024

DIARY, MEDICATIONS, SESSIONS, INJECTIONS = "diary.csv", "medications.csv", "sessions.csv", "injections.csv"
SIDE_EFFECTS, PREVENTIVES, SCORES, PROFILE = (
    "side_effects.csv", "preventives.csv", "scores.csv", "profile.json",
)  # fmt: skip
# Beyond section 11: may be missing on import.
EFFECT_CHECKS, GOALS, APPOINTMENT = "effect_checks.csv", "goals.csv", "appointment.csv"
PROFILE_FIELDS = (
    "time_zone", "criterion", "interval_days", "interval_reason", "recalled_baseline", "language",
)  # fmt: skip

# The values of a row by model field: text, whole numbers, booleans, None; dates and decimals as text, so that a row
# is JSON as it is.
Values = dict[str, Any]
Key = tuple[str, ...]
# Takes the text of a cell and the patient's today; raises BadCellError.
Parser = Callable[[str, date], Any]

HALF, TENTH, ZERO, ONE = Decimal("0.5"), Decimal("0.1"), Decimal(0), Decimal(1)
FEATURES_BY_WORD = {feature.word: feature for feature in Feature}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is about, its values, and the line it was read from (0 for none).

    Medicines belong to their day, as values["intakes"]: [[name, class, doses, relief, times if any], ...].
    """

    key: Key
    values: Values
    line: int = 0


Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A wrong row: the file, the line (0 for the whole file), and the reason."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        place = (
            _("%(file)s line %(line)s") % {"file": self.file, "line": self.line} if self.line else self.file
        )
        return f"{place}: {self.reason}"


@dataclass(slots=True)
class RecordFiles:
    """The rows of all files, and what is wrong with them."""

    rows: Rows = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


# ---------- parsers and formatters of cells ----------


def text(limit: int) -> Parser:
    return lambda cell, _today: cells.parse_text(cell, limit)


def required_text(limit: int) -> Parser:
    return lambda cell, _today: cells.parse_required_text(cell, limit)


def choice(words: Collection[str]) -> Parser:
    return lambda cell, _today: cells.parse_choice(cell, words)


def required_choice(words: Collection[str]) -> Parser:
    return lambda cell, _today: cells.require(cells.parse_choice(cell, words))


def past_day(first: date) -> Parser:
    """A date from `first` to today."""
    return lambda cell, today: cells.parse_day(cell, first, today).isoformat()


def optional_day(first: date) -> Parser:
    """A date from `first` on, or None."""

    def parse(cell: str, _today: date) -> str | None:
        day = cells.parse_optional_day(cell, first, None)
        return day.isoformat() if day else None

    return parse


def decimal(low: Decimal, high: Decimal, step: Decimal) -> Parser:
    """A number as text, or None."""
    return lambda cell, _today: cells.format_number(cells.parse_number(cell, low, high, step))


def whole(low: Decimal, high: Decimal) -> Parser:
    """A whole number, or None."""

    def parse(cell: str, _today: date) -> int | None:
        number = cells.parse_number(cell, low, high, ONE)
        return None if number is None else int(number)

    return parse


def yes_no(cell: str, _today: date) -> bool | None:
    return cells.parse_yes_no(cell)


def headache(cell: str, _today: date) -> bool:
    answer = cells.parse_yes_no(cell)
    if answer is None:
        raise BadCellError(_("is empty; it must say yes or no"))
    return answer


def features(cell: str, _today: date) -> int | None:
    words = cells.parse_words(cell, FEATURES_BY_WORD)
    return None if words is None else int(sum({FEATURES_BY_WORD[word] for word in words}))


def format_features(value: int | None) -> str:
    if value is None:
        return ""
    return ";".join(feature.word for feature in Feature if value & feature) or "none"


def score(cell: str, _today: date) -> str:
    return cells.require(cells.format_number(cells.parse_number(cell, ZERO, Decimal(270), TENTH)))


def doses(cell: str, _today: date) -> str:
    return cells.format_number(cells.parse_number(cell, TENTH, Decimal(100), TENTH)) or "1"


def times(cell: str, _today: date) -> str:
    return cells.parse_times(cell)


def clock(cell: str, _today: date) -> str | None:
    time = cells.parse_optional_time(cell)
    return time.strftime("%H:%M") if time else None


def appointment_day(cell: str, today: date) -> str:
    day = cells.parse_day(cell, FIRST_SESSION, None)
    if day > today + timedelta(days=366):
        raise BadCellError(_("%(day)s is more than a year away") % {"day": day.isoformat()})
    return day.isoformat()


def format_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return cells.guard_formula(str(value))


# ---------- rules between the cells of a row ----------


def no_check(_values: Values) -> None:
    """Nothing to check between cells."""


def check_day(values: Values) -> None:
    details = (values["intensity"] or None, values["hours"], values["features"])
    if not values["headache"] and any(detail is not None for detail in details):
        raise BadCellError(_("intensity, hours and features belong to a day with headache"))


def check_span(values: Values) -> None:
    if values["started"] and values["ended"] and values["ended"] < values["started"]:
        raise BadCellError(_("the end lies before the start"))


def check_score(values: Values) -> None:
    """Refuse a total that the questionnaire cannot give (clinical rules, section 9)."""
    instrument, total = values["instrument"], Decimal(values["score"])
    if (instrument == Score.Instrument.MSQ) != bool(values["scale"]):
        raise BadCellError(_("scale: MSQ has three scales; HIT-6 and MIDAS have one total"))
    if instrument == Score.Instrument.HIT6 and total not in HIT6_TOTALS:
        raise BadCellError(_("score: a HIT-6 total is a whole number from 36 to 78, never 37, 39 or 77"))
    if instrument == Score.Instrument.MIDAS and total % 1:
        raise BadCellError(_("score: a MIDAS total is a whole number from 0 to 270"))
    if instrument == Score.Instrument.MSQ and total > 100:
        raise BadCellError(_("score: an MSQ scale runs from 0 to 100"))


# ---------- the files ----------


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file. field: that of the model, where its name differs."""

    name: str
    parse: Parser
    field: str = ""
    format: Callable[[Any], str] = format_value
    is_required: bool = False
    is_key: bool = False

    @property
    def field_name(self) -> str:
        return self.field or self.name


def session_column() -> Column:
    return Column("session_date", past_day(FIRST_SESSION), field="session", is_required=True, is_key=True)


@dataclass(frozen=True, slots=True)
class FileSchema:
    """A CSV file: the model behind it, its columns in the order they are written, and a rule between them.

    shares_keys: whether several rows may have the same key, as two courses of one preventive without a start.
    """

    model: type[models.Model]
    columns: tuple[Column, ...]
    check: Callable[[Values], None] = no_check
    shares_keys: bool = False

    @property
    def belongs_to_session(self) -> bool:
        return self.columns[0].field == "session"

    @property
    def key_fields(self) -> tuple[str, ...]:
        return tuple(column.field_name for column in self.columns if column.is_key)

    @property
    def value_fields(self) -> tuple[str, ...]:
        return tuple(column.field_name for column in self.columns if not column.is_key)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_required)


MEDICATION = FileSchema(
    Intake,
    (
        Column("date", past_day(FIRST_DATE), is_required=True, is_key=True),
        Column("name", required_text(120), is_required=True),
        Column("class", required_choice(DrugClass.values), field="drug_class", is_required=True),
        Column("doses", doses),
        Column("relief", choice(Intake.Relief.values)),
        Column("times", times),
    ),
)
# Sessions come before what belongs to them.
TABLES: dict[str, FileSchema] = {
    DIARY: FileSchema(
        DiaryDay,
        (
            Column("date", past_day(FIRST_DATE), is_required=True, is_key=True),
            Column("headache", headache, is_required=True),
            Column("intensity", choice(DiaryDay.Intensity.values)),
            Column("hours", decimal(HALF, Decimal(24), HALF)),
            Column("features", features, format=format_features),
            Column("lost", choice(DiaryDay.Lost.values)),
            Column("menstruation", yes_no),
            Column("triggers", text(500)),
            Column("note", text(5000)),
        ),
        check=check_day,
    ),
    SESSIONS: FileSchema(
        InjectionSession,
        (
            Column("date", past_day(FIRST_SESSION), is_required=True, is_key=True),
            Column("product", text(120)),
            Column("units", decimal(HALF, Decimal(2000), TENTH)),
            Column("injector", text(120)),
            Column("discomfort", whole(ZERO, Decimal(10))),
            Column("note", text(5000)),
            Column("lot", text(60)),
            Column("vial", text(60)),
            Column("dilution", text(60)),
            Column("wasted", decimal(ZERO, Decimal(2000), TENTH)),
            Column("clinic", text(120)),
        ),
    ),
    INJECTIONS: FileSchema(
        InjectionSite,
        (
            session_column(),
            Column("muscle", required_choice(InjectionSite.Muscle.values), is_required=True, is_key=True),
            Column("side", choice(InjectionSite.Side.values), is_key=True),
            Column("sites", whole(ONE, Decimal(100))),
            Column("units", decimal(TENTH, Decimal(2000), TENTH)),
        ),
    ),
    SIDE_EFFECTS: FileSchema(
        SideEffect,
        (
            session_column(),
            Column("effect", required_text(120), is_required=True, is_key=True),
            Column("severity", choice(SideEffect.Severity.values)),
            Column("started", optional_day(FIRST_SESSION), is_key=True),
            Column("ended", optional_day(FIRST_SESSION)),
            Column("note", text(5000)),
        ),
        check=check_span,
        shares_keys=True,
    ),
    PREVENTIVES: FileSchema(
        Preventive,
        (
            Column("name", required_text(120), is_required=True, is_key=True),
            Column("dose", text(120)),
            Column("started", optional_day(FIRST_DATE), is_key=True),
            Column("ended", optional_day(FIRST_DATE)),
            Column("outcome", text(200)),
            Column("note", text(5000)),
            Column("class", choice(Preventive.DrugClass.values), field="drug_class"),
        ),
        check=check_span,
        shares_keys=True,
    ),
    SCORES: FileSchema(
        Score,
        (
            Column("date", past_day(FIRST_DATE), is_required=True, is_key=True),
            Column("instrument", required_choice(Score.Instrument.values), is_required=True, is_key=True),
            Column("scale", choice(Score.Scale.values), is_key=True),
            Column("score", score, is_required=True),
        ),
        check=check_score,
    ),
    EFFECT_CHECKS: FileSchema(
        EffectCheck,
        (
            session_column(),
            Column(
                "day",
                required_choice([str(day) for day in EffectCheck.DAYS]),
                is_required=True,
                is_key=True,
            ),
            Column("answer", required_choice(EffectCheck.Answer.values), is_required=True),
        ),
    ),
    GOALS: FileSchema(
        Goal,
        (
            session_column(),
            Column(
                "number",
                required_choice([str(number) for number in range(1, Goal.MAX_PER_SESSION + 1)]),
                is_required=True,
                is_key=True,
            ),
            Column("goal", required_text(200), is_required=True),
            Column("outcome", choice(Goal.Outcome.values)),
        ),
    ),
    APPOINTMENT: FileSchema(
        Booking,
        (
            Column("date", appointment_day, is_required=True),
            Column("time", clock),
            Column("place", text(120)),
            Column("note", text(500)),
        ),
    ),
}
FILES: dict[str, FileSchema] = {DIARY: TABLES[DIARY], MEDICATIONS: MEDICATION} | TABLES
NAMES = (*FILES, PROFILE)
