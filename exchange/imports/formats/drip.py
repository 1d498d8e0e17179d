"""The CSV of drip, a diary of the cycle: one row a day. Pure."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.imports.days import NO_HEADACHE, UNKNOWN, Attack, DayCollector
from exchange.imports.formats.base import (
    FREE,
    Answers,
    DiaryFormat,
    Source,
    add_table,
    ask_rest,
    label_notes,
    parse_known,
)
from exchange.imports.other_diary import parse_yes_no
from exchange.schema import Question

HEADER: Final = ("date", "pain.headache")


class Drip(DiaryFormat):
    code = "drip"
    title = "drip"
    dropped = gettext_lazy(
        "Temperature, mucus, cervix, desire, sex, mood and other pains are not taken; nor is spotting."
    )

    def recognises(self, source: Source) -> bool:
        return source.has_header(*HEADER)

    def questions(self, source: Source) -> list[Question]:
        return [ask_rest(_("A day on which headache is neither ticked nor unticked means"))]

    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        table = source.find_table(*HEADER)

        def find_day(cells: list[str]) -> date:
            return parse_known(table.get(cells, "date")).day

        def read_day(cells: list[str]) -> Attack:
            headache, migraine = (
                parse_yes_no(table.get(cells, name)) for name in ("pain.headache", "pain.migraine")
            )
            rest = NO_HEADACHE if headache is False or answers.get("rest") == FREE else UNKNOWN
            return Attack(
                {find_day(cells): None},
                "" if headache or migraine else rest,
                note=label_notes(
                    ("", _("migraine") if migraine else ""),
                    ("", table.get(cells, "pain.note")),
                    ("", table.get(cells, "note.value")),
                ),
                # Bleeding of 1 to 3; spotting (0) is no menstruation.
                menstruation=table.get(cells, "bleeding.value").split(".")[0] in ("1", "2", "3") or None,
            )

        add_table(collector, table, read_day, find_day)
