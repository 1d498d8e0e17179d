"""The CSV of Health Auto Export: a column a metric of Apple Health, a row a day or an hour. Pure."""

import re
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.cells import BadCellError
from exchange.imports.days import NO_HEADACHE, RANKS, UNKNOWN, Attack, DayCollector
from exchange.imports.formats.base import Answers, DiaryFormat, KnownTable, Source, add_table, parse_known
from exchange.imports.tables import get_cell

HEADER: Final = ("date",)
# The strengths of Apple Health in words.
WORDS: Final = {
    "not present": NO_HEADACHE, "present": "", "unspecified": "", "mild": "mild", "moderate": "moderate",
    "severe": "severe",
}  # fmt: skip
FLOW: Final = {"none": False, "unspecified": True, "light": True, "medium": True, "heavy": True}
MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}( [+-]\d{4})?")


class HealthAutoExport(DiaryFormat):
    code = "health-auto-export"
    title = "Health Auto Export"
    dropped = gettext_lazy("Metrics other than headache and menstrual flow are not taken.")

    def recognises(self, source: Source) -> bool:
        """By times to the second, and a column of headaches in the words of Apple Health."""
        if not source.head or not source.head[0][1] or source.head[0][1][0].strip().lower() != "date":
            return False
        (_line, header), *rows = source.head
        column = find_severity({name.strip().lower(): index for index, name in enumerate(header)})
        cells = [word for _line, row in rows for word in split_words(get_cell(row, column))]
        return (
            column is not None
            and all(MOMENT.fullmatch(row[0].strip()) for _line, row in rows)
            and bool(cells)
            and set(cells) <= WORDS.keys()
        )

    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        table = source.find_table(*HEADER)

        def find_day(cells: list[str]) -> date:
            return parse_known(table.get(cells, "date")).day

        def read_row(cells: list[str]) -> Attack:
            flow = FLOW.get(table.get(cells, "menstrual flow").lower())
            return Attack({find_day(cells): None}, parse_strengths(table, cells), menstruation=flow)

        add_table(collector, table, read_row, find_day)


def find_severity(header: dict[str, int]) -> int | None:
    """Return the column of the strength of headaches."""
    names = [name for name in header if re.match(r"headache\b", name) and "(count)" not in name]
    return header[max(names, key=lambda name: "severity" in name)] if names else None


def split_words(cell: str) -> list[str]:
    return [word.strip().lower() for word in re.split("[,;|]", cell) if word.strip()]


def parse_strengths(table: KnownTable, cells: list[str]) -> str:
    """Return the worst strength of a row. Raise BadCellError."""
    words = split_words(get_cell(cells, find_severity(table.header)))
    count = table.get(cells, "headache (count)")
    for word in words:
        if word not in WORDS:
            raise BadCellError(_("“%(word)s” is no strength of Apple Health") % {"word": word[:40]})
    if not words:
        return "" if re.fullmatch(r"[1-9]\d*(\.0+)?", count) else UNKNOWN
    present = [WORDS[word] for word in words if WORDS[word] != NO_HEADACHE]
    return max(present, key=RANKS.index) if present else NO_HEADACHE
