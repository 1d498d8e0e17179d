"""The files of a record (clinical rules, section 11). Each column is declared once: name, field, parser, formatter."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext as _

from exchange import parsers
from exchange.cells import BadCellError
from headaches.models import FIRST_DATE, DiaryDay, DrugClass, Intake
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
# An export of Apple Health, which is read as it streams by.
MAX_APPLE_BYTES = 300 * 1024 * 1024

DIARY, MEDICATIONS, SESSIONS, INJECTIONS = "diary.csv", "medications.csv", "sessions.csv", "injections.csv"
SIDE_EFFECTS, PREVENTIVES, SCORES, PROFILE = (
    "side_effects.csv", "preventives.csv", "scores.csv", "profile.json",
)  # fmt: skip
# Beyond section 11: may be missing on import.
EFFECT_CHECKS, GOALS, APPOINTMENT = "effect_checks.csv", "goals.csv", "appointment.csv"
# When a day was first written. The import of a file without it is the first writing; a recorded day keeps its own.
WRITTEN_AT = "written_at"
PROFILE_FIELDS = (
    "time_zone", "criterion", "interval_days", "interval_reason", "recalled_baseline", "language", "rhythm",
)  # fmt: skip

# The values of a row by model field: text, whole numbers, booleans, None; dates and decimals as text, so that a row
# is JSON as it is.
Values = dict[str, Any]
Key = tuple[str, ...]


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


Answer = str | list[str]


class Question(NamedTuple):
    """What only the patient can say about a file. choices: value and label. default: a list where several may be
    chosen."""

    code: str
    text: str
    choices: list[tuple[str, str]]
    default: Answer


@dataclass(slots=True)
class RecordFiles:
    """The rows of all files, what is wrong with them, and what is asked about them."""

    rows: Rows = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


# ---------- rules between the cells of a row ----------


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
    parse: parsers.Parser
    field: str = ""
    format: Callable[[Any], str] = parsers.format_value
    is_required: bool = False
    is_key: bool = False

    @property
    def field_name(self) -> str:
        return self.field or self.name


def session_column() -> Column:
    return Column(
        "session_date", parsers.past_day(FIRST_SESSION), field="session", is_required=True, is_key=True
    )


@dataclass(frozen=True, slots=True)
class FileSchema:
    """A CSV file: the model behind it, its columns in the order they are written, and a rule between them.

    shares_keys: whether several rows may have the same key, as two courses of one preventive without a start.
    """

    model: type[models.Model]
    columns: tuple[Column, ...]
    check: Callable[[Values], None] | None = None
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
        Column("date", parsers.past_day(FIRST_DATE), is_required=True, is_key=True),
        Column("name", parsers.required_text(120), is_required=True),
        Column("class", parsers.required_choice(DrugClass.values), field="drug_class", is_required=True),
        Column("doses", parsers.doses),
        Column("relief", parsers.choice(Intake.Relief.values)),
        Column("times", parsers.times),
    ),
)
# Sessions come before what belongs to them.
TABLES: dict[str, FileSchema] = {
    DIARY: FileSchema(
        DiaryDay,
        (
            Column("date", parsers.past_day(FIRST_DATE), is_required=True, is_key=True),
            Column("headache", parsers.headache, is_required=True),
            Column("intensity", parsers.choice(DiaryDay.Intensity.values)),
            Column("hours", parsers.hours),
            Column("features", parsers.features, format=parsers.format_features),
            Column("lost", parsers.choice(DiaryDay.Lost.values)),
            Column("menstruation", parsers.yes_no),
            Column("triggers", parsers.text(500)),
            Column("note", parsers.text(5000)),
            Column(WRITTEN_AT, parsers.instant),
        ),
        check=check_day,
    ),
    SESSIONS: FileSchema(
        InjectionSession,
        (
            Column("date", parsers.past_day(FIRST_SESSION), is_required=True, is_key=True),
            Column("product", parsers.text(120)),
            Column("units", parsers.decimal(parsers.HALF, Decimal(2000), parsers.TENTH)),
            Column("injector", parsers.text(120)),
            Column("discomfort", parsers.whole(parsers.ZERO, Decimal(10))),
            Column("note", parsers.text(5000)),
            Column("lot", parsers.text(60)),
            Column("vial", parsers.text(60)),
            Column("dilution", parsers.text(60)),
            Column("wasted", parsers.decimal(parsers.ZERO, Decimal(2000), parsers.TENTH)),
            Column("clinic", parsers.text(120)),
        ),
    ),
    INJECTIONS: FileSchema(
        InjectionSite,
        (
            session_column(),
            Column(
                "muscle", parsers.required_choice(InjectionSite.Muscle.values), is_required=True, is_key=True
            ),
            Column("side", parsers.choice(InjectionSite.Side.values), is_key=True),
            Column("sites", parsers.whole(parsers.ONE, Decimal(100))),
            Column("units", parsers.decimal(parsers.TENTH, Decimal(2000), parsers.TENTH)),
        ),
    ),
    SIDE_EFFECTS: FileSchema(
        SideEffect,
        (
            session_column(),
            Column("effect", parsers.required_text(120), is_required=True, is_key=True),
            Column("severity", parsers.choice(SideEffect.Severity.values)),
            Column("started", parsers.optional_day(FIRST_SESSION), is_key=True),
            Column("ended", parsers.optional_day(FIRST_SESSION)),
            Column("note", parsers.text(5000)),
        ),
        check=check_span,
        shares_keys=True,
    ),
    PREVENTIVES: FileSchema(
        Preventive,
        (
            Column("name", parsers.required_text(120), is_required=True, is_key=True),
            Column("dose", parsers.text(120)),
            Column("started", parsers.optional_day(FIRST_DATE), is_key=True),
            Column("ended", parsers.optional_day(FIRST_DATE)),
            Column("outcome", parsers.text(200)),
            Column("note", parsers.text(5000)),
            Column("class", parsers.choice(Preventive.DrugClass.values), field="drug_class"),
        ),
        check=check_span,
        shares_keys=True,
    ),
    SCORES: FileSchema(
        Score,
        (
            Column("date", parsers.past_day(FIRST_DATE), is_required=True, is_key=True),
            Column(
                "instrument", parsers.required_choice(Score.Instrument.values), is_required=True, is_key=True
            ),
            Column("scale", parsers.choice(Score.Scale.values), is_key=True),
            Column("score", parsers.score, is_required=True),
        ),
        check=check_score,
    ),
    EFFECT_CHECKS: FileSchema(
        EffectCheck,
        (
            session_column(),
            Column(
                "day",
                parsers.required_choice([str(day) for day in EffectCheck.DAYS]),
                is_required=True,
                is_key=True,
            ),
            Column("answer", parsers.required_choice(EffectCheck.Answer.values), is_required=True),
        ),
    ),
    GOALS: FileSchema(
        Goal,
        (
            session_column(),
            Column(
                "number",
                parsers.required_choice([str(number) for number in range(1, Goal.MAX_PER_SESSION + 1)]),
                is_required=True,
                is_key=True,
            ),
            Column("goal", parsers.required_text(200), is_required=True),
            Column("outcome", parsers.choice(Goal.Outcome.values)),
        ),
    ),
    APPOINTMENT: FileSchema(
        Booking,
        (
            Column("date", parsers.appointment_day, is_required=True),
            Column("time", parsers.clock),
            Column("place", parsers.text(120)),
            Column("note", parsers.text(500)),
        ),
    ),
}
FILES: dict[str, FileSchema] = {DIARY: TABLES[DIARY], MEDICATIONS: MEDICATION} | TABLES
NAMES = (*FILES, PROFILE)
