"""Bearable's CSV: one row a rating, whatever it is of. Pure."""

import re
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.cells import BadCellError
from exchange.imports.datetimes import DMY
from exchange.imports.days import NO_HEADACHE, UNKNOWN, Attack, DayCollector, TakenMedicine
from exchange.imports.formats.base import (
    FREE,
    Answers,
    Days,
    DiaryFormat,
    KnownTable,
    Source,
    add_table,
    as_list,
    ask_names,
    ask_rest,
    is_acute,
    mean_headache,
    parse_known,
)
from exchange.schema import Question

HEADER: Final = ("date", "time of day", "category", "rating/amount", "detail")
RATINGS: Final = {"0": NO_HEADACHE, "1": "mild", "2": "moderate", "3": "severe", "4": "severe"}
MEDICINE: Final = re.compile(r"^med", re.IGNORECASE)


class Bearable(DiaryFormat):
    code = "bearable"
    title = "Bearable"
    dropped = gettext_lazy("Ratings of anything but headaches, and the time of day (am, pm), are not taken.")

    def recognises(self, source: Source) -> bool:
        return source.has_header(*HEADER)

    def questions(self, source: Source) -> list[Question]:
        table = source.find_table(*HEADER)
        details = [(table.get(cells, "category"), table.get(cells, "detail")) for _line, cells in table.rows]
        symptoms = [name_symptom(detail) for category, detail in details if is_symptom(category) and detail]
        medicines = [detail for category, detail in details if MEDICINE.match(category) and detail]
        return [
            *ask_names("symptoms", _("Which symptoms are a headache?"), symptoms, mean_headache),
            *ask_names("medicines", _("Which of these are acute medicines?"), medicines, is_acute),
            ask_rest(_("A day with entries, but none about a headache, means")),
        ]

    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        table = source.find_table(*HEADER)
        symptoms, medicines = set(as_list(answers.get("symptoms"))), set(as_list(answers.get("medicines")))

        def find_day(cells: list[str]) -> date:
            return parse_day(table, cells)

        def read_row(cells: list[str]) -> Attack:
            days: Days = {parse_day(table, cells): None}
            category = table.get(cells, "category")
            detail, note = table.get(cells, "detail"), table.get(cells, "notes")
            if is_symptom(category) and name_symptom(detail) in symptoms:
                return Attack(days, parse_rating(table.get(cells, "rating/amount")), note=note)
            rest = NO_HEADACHE if answers.get("rest") == FREE else UNKNOWN
            if MEDICINE.match(category) and detail in medicines:
                return Attack(days, rest, (TakenMedicine(detail[:120]),), note)
            return Attack(days, rest)

        add_table(collector, table, read_row, find_day)


def parse_day(table: KnownTable, cells: list[str]) -> date:
    """Return the day of a row: "2026-10-01", or "1st Oct 2026" in older files. Raise BadCellError."""
    return parse_known(table.get(cells, "date"), DMY).day


def is_symptom(category: str) -> bool:
    return category.lower() in ("symptom", "symptoms")


def name_symptom(detail: str) -> str:
    """Return the name of a symptom without its strength: "Headache (Mild)" is Headache."""
    return re.sub(r"\s*\([^()]*\)$", "", detail)


def parse_rating(cell: str) -> str:
    """Return the strength of a rating from 0 to 4. Raise BadCellError."""
    rating = re.sub(r"[.,]0+$", "", cell)
    if rating not in RATINGS:
        raise BadCellError(_("“%(cell)s” is no number from 0 to %(top)s") % {"cell": cell[:40], "top": 4})
    return RATINGS[rating]
