"""The files of a record (rules, section 11): their names and columns, and a row of them as plain values. Pure."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

MAX_ROWS = 100_000
MAX_BYTES = 20 * 1024 * 1024

DIARY, MEDICATIONS, SESSIONS, INJECTIONS = "diary.csv", "medications.csv", "sessions.csv", "injections.csv"
SIDE_EFFECTS, PREVENTIVES, SCORES, PROFILE = (
    "side_effects.csv", "preventives.csv", "scores.csv", "profile.json",
)  # fmt: skip
# Beyond section 11: may be missing on import.
EFFECT_CHECKS, GOALS, APPOINTMENT = "effect_checks.csv", "goals.csv", "appointment.csv"

# What stands in a row beside its key, by the name of the model's field: text, whole numbers, yes/no, None; dates and
# decimals as text, so that a row is JSON as it is.
Values = dict[str, Any]
Key = tuple[str, ...]
Columns = tuple[str, ...]

COLUMNS: dict[str, tuple[Columns, Columns]] = {  # needed, optional
    DIARY: (
        ("date", "headache"),
        ("intensity", "hours", "features", "lost", "menstruation", "triggers", "note"),
    ),
    MEDICATIONS: (("date", "name", "class"), ("doses", "relief", "times")),
    SESSIONS: (
        ("date",),
        (
            "product", "units", "injector", "discomfort", "note",
            "lot", "vial", "dilution", "wasted", "clinic",
        ),
    ),
    INJECTIONS: (("session_date", "muscle"), ("side", "sites", "units")),
    SIDE_EFFECTS: (("session_date", "effect"), ("severity", "started", "ended", "note")),
    PREVENTIVES: (("name",), ("dose", "started", "ended", "outcome", "note", "class")),
    SCORES: (("date", "instrument", "score"), ("scale",)),
    EFFECT_CHECKS: (("session_date", "day", "answer"), ()),
    GOALS: (("session_date", "number", "goal"), ("outcome",)),
    APPOINTMENT: (("date",), ("time", "place", "note")),
}  # fmt: skip
# The order of the columns as they are written, where it is not "needed, optional".
WRITTEN: dict[str, Columns] = {name: (*needed, *optional) for name, (needed, optional) in COLUMNS.items()} | {
    SCORES: ("date", "instrument", "scale", "score")
}
# Columns whose name is a word of Python.
FIELD_OF_COLUMN = {"class": "drug_class"}
# The columns that tell a row from the others. Of side effects and preventives several rows may share them.
KEYS: dict[str, Columns] = {
    DIARY: ("date",),
    SESSIONS: ("date",),
    INJECTIONS: ("session_date", "muscle", "side"),
    SIDE_EFFECTS: ("session_date", "effect", "started"),
    PREVENTIVES: ("name", "started"),
    SCORES: ("date", "instrument", "scale"),
    EFFECT_CHECKS: ("session_date", "day"),
    GOALS: ("session_date", "number"),
    APPOINTMENT: (),
    PROFILE: (),
}
SHARED_KEYS = {SIDE_EFFECTS, PREVENTIVES}
PROFILE_FIELDS = (
    "time_zone", "criterion", "interval_days", "interval_reason", "recalled_baseline", "language",
)  # fmt: skip
NAMES = (*COLUMNS, PROFILE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is about, what it says, and the line it stands on (0 when it was not read from a file).

    Medicines stand with their day, as values["intakes"]: [[name, class, doses, relief, times if any], ...].
    """

    key: Key
    values: Values
    line: int = 0


Rows = dict[str, list[Row]]


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


@dataclass(slots=True)
class RecordFiles:
    """What the files say, and what is wrong with them."""

    rows: Rows = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
