"""Daylio's CSV: entries of a mood with activities, of which the patient says what they mean. Pure."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.cells import BadCellError
from exchange.imports.days import NO_HEADACHE, UNKNOWN, Attack, DayCollector, TakenMedicine
from exchange.imports.formats.base import (
    FREE,
    Answers,
    DiaryFormat,
    Source,
    add_table,
    as_list,
    ask_names,
    ask_rest,
    is_acute,
    label_notes,
    mean_headache,
    mean_none,
    parse_known,
)
from exchange.schema import Question

HEADER: Final = ("full_date", "mood", "activities")


class Daylio(DiaryFormat):
    code = "daylio"
    title = "Daylio"
    dropped = gettext_lazy("The mood, and activities that you do not name below, are not taken.")

    def recognises(self, source: Source) -> bool:
        return source.has_header(*HEADER)

    def questions(self, source: Source) -> list[Question]:
        table = source.find_table(*HEADER)
        names = [name for cell in table.column("activities") for name in split_activities(cell)]
        return [
            *ask_names("headache", _("Which activities mean a headache?"), names, mean_headache),
            *ask_names("none", _("Which activities mean no headache?"), names, mean_none),
            *ask_names("medicines", _("Which activities are acute medicines?"), names, is_acute),
            ask_rest(_("A day with entries, but none about a headache, means")),
        ]

    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        table = source.find_table(*HEADER)
        headache, none, medicines = (
            set(as_list(answers.get(code))) for code in ("headache", "none", "medicines")
        )

        def find_day(cells: list[str]) -> date:
            return parse_known(table.get(cells, "full_date")).day

        def read_entry(cells: list[str]) -> Attack:
            names = split_activities(table.get(cells, "activities"))
            taken = tuple(TakenMedicine(name[:120]) for name in names if name in medicines)
            note = label_notes(("", table.get(cells, "note_title")), ("", table.get(cells, "note")))
            has_headache, has_none = bool(headache.intersection(names)), bool(none.intersection(names))
            if has_headache and has_none:
                raise BadCellError(_("says both that there was a headache and that there was none"))
            rest = NO_HEADACHE if has_none or answers.get("rest") == FREE else UNKNOWN
            return Attack({find_day(cells): None}, "" if has_headache else rest, taken, note)

        add_table(collector, table, read_entry, find_day)


def split_activities(cell: str) -> list[str]:
    return [name.strip() for name in cell.split("|") if name.strip()]
