"""Migraine Buddy's CSV: a table of what goes on, then one row an attack. Pure."""

from datetime import date, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.cells import BadCellError
from exchange.imports.datetimes import HOURS, MDY, ParsedMoment, parse_duration
from exchange.imports.days import NO_HEADACHE, Attack, DayCollector, TakenMedicine
from exchange.imports.formats.base import (
    UNANSWERED,
    Answers,
    DiaryFormat,
    KnownTable,
    Source,
    add_table,
    grade,
    label_notes,
    parse_known,
    split_attack,
)
from exchange.imports.other_diary import NO_MEDICINE, find_local_day, split_names
from exchange.schema import Question
from headaches.models import Intake

HEADER: Final = ("started", "lasted", "pain level")
NOTHING_GOES_ON: Final = "no ongoing events"
# Each with the relief it most likely means.
MEDICINE_COLUMNS: Final = {
    "helpful medication": Intake.Relief.COMPLETE.value,
    "somewhat helpful medication": Intake.Relief.PARTIAL.value,
    "unhelpful medication": Intake.Relief.NONE.value,
    "unsure medication": UNANSWERED,
}
# Kept in the note, under the name of the column.
NOTED: Final = (
    "Attack Types", "Attack Location", "Affected Activities", "Symptoms", "Most Bothersome Symptom",
    "Premonitory Symptoms", "Pain Positions", "Helpful Non Drug Relief Methods",
    "Somewhat Helpful Non Drug Relief Methods", "Unhelpful Non Drug Relief Methods", "Unsure Non Drug Relief Methods",
)  # fmt: skip


class MigraineBuddy(DiaryFormat):
    code = "migraine-buddy"
    title = "Migraine Buddy"
    dropped = gettext_lazy("The place of an attack (Geohash) is not read.")

    def recognises(self, source: Source) -> bool:
        return source.has_header(*HEADER)

    def questions(self, source: Source) -> list[Question]:
        table = source.find_table(*HEADER)
        labels = {
            "helpful medication": _("Medicines you called helpful: how much relief?"),
            "somewhat helpful medication": _("Medicines you called somewhat helpful: how much relief?"),
            "unhelpful medication": _("Medicines you called unhelpful: how much relief?"),
            "unsure medication": _("Medicines you were unsure about: how much relief?"),
        }
        choices = [*((str(value), str(label)) for value, label in Intake.Relief.choices)]
        choices.append((UNANSWERED, _("not answered")))
        return [
            Question(name_answer(column), labels[column], choices, relief)
            for column, relief in MEDICINE_COLUMNS.items()
            if any(list_taken(cell) for cell in table.column(column))
        ]

    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        table = source.find_table(*HEADER)
        name_ongoing(source, collector)

        def find_day(cells: list[str]) -> date:
            return find_local_day(parse_start(table, cells), zone)

        def read_attack(cells: list[str]) -> Attack:
            start = parse_start(table, cells)
            duration = parse_duration(table.get(cells, "lasted"), HOURS)
            strength = grade(table.get(cells, "pain level"))
            days = split_attack(start, duration, zone)
            medicines = tuple(
                TakenMedicine(name, "" if relief == UNANSWERED else relief)
                for column, guess in MEDICINE_COLUMNS.items()
                for relief in [str(answers.get(name_answer(column), guess))]
                for name in list_taken(table.get(cells, column))
            )
            note = label_notes(
                ("", table.get(cells, "notes")), *((name, table.get(cells, name.lower())) for name in NOTED)
            )
            return Attack(
                dict.fromkeys(days) if strength == NO_HEADACHE else days,
                strength,
                medicines,
                note,
                triggers=tuple(
                    filter(None, map(str.strip, table.get(cells, "potential triggers").split(",")))
                ),
            )

        add_table(collector, table, read_attack, find_day)


def name_answer(column: str) -> str:
    """Return the code of the question about a column: helpful, somewhat-helpful, unhelpful, unsure."""
    return column.removesuffix(" medication").replace(" ", "-")


def list_taken(cell: str) -> list[str]:
    """Return the medicines of a cell; words for none are no medicine."""
    return [name for name in split_names(cell) if name.lower() not in NO_MEDICINE]


def parse_start(table: KnownTable, cells: list[str]) -> ParsedMoment:
    """Return the start with its offset from UTC in minutes, if given. Raise BadCellError."""
    start = parse_known(table.get(cells, "started"), MDY)
    offset = table.get(cells, "start utc offset (min)")
    if not offset or start.time is None:
        return start
    try:
        return start._replace(zone=timezone(timedelta(minutes=float(offset))))
    except (ValueError, OverflowError):
        raise BadCellError(_("“%(cell)s” is no offset in minutes") % {"cell": offset[:40]}) from None


def name_ongoing(source: Source, collector: DayCollector) -> None:
    """Name what still went on when the file was made: it has no end and perhaps was no attack."""
    rows, _unread = source.split
    for line, cells in rows:
        names = [cell.strip().lower() for cell in cells]
        if set(HEADER) <= set(names):
            return
        text = " ".join(cell.strip() for cell in cells if cell.strip())
        if not text.lower().startswith(NOTHING_GOES_ON) and "time period" not in names:
            reason = _("still went on when the file was made, so it was left out; enter it by hand: %(text)s")
            collector.reject(line, reason % {"text": text[:200]}, None)
