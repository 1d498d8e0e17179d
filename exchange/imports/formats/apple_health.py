"""Apple Health: the entries of headaches and of the cycle, as apple_stream.py has taken them from export.xml. Pure."""

from datetime import date, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.cells import BadCellError
from exchange.imports.days import NO_HEADACHE, UNKNOWN, Attack, DayCollector
from exchange.imports.formats.apple_stream import FLOW, HEADER
from exchange.imports.formats.base import (
    Answers,
    DiaryFormat,
    Source,
    add_entries,
    check_duration,
    parse_known,
    split_attack,
)
from exchange.imports.other_diary import find_local_day, to_instant

# HKCategoryValueSeverity in words and as the raw numbers of HealthKit.
Meaning = TypeVar("Meaning")
STRENGTHS: Final = {
    "unspecified": "", "0": "", "notpresent": NO_HEADACHE, "1": NO_HEADACHE, "mild": "mild", "2": "mild",
    "moderate": "moderate", "3": "moderate", "severe": "severe", "4": "severe",
}  # fmt: skip
# HKCategoryValueMenstrualFlow; None is an entry that says that there was no flow.
FLOWS: Final = {
    "unspecified": True, "1": True, "light": True, "2": True, "medium": True, "3": True, "heavy": True, "4": True,
    "none": False, "5": False,
}  # fmt: skip
COLUMNS: Final = 5
WHOLE_DAY: Final = timedelta(hours=23)  # as long as the shortest day of the year is
PREFIXES: Final = (
    "hkcategoryvalueseverity", "hkcategoryvaluemenstrualflow", "hkcategoryvaluevaginalbleeding", "hkcategoryvalue",
)  # fmt: skip


class AppleHealth(DiaryFormat):
    code = "apple-health"
    title = "Apple Health"
    dropped = gettext_lazy("Only entries of headaches and of menstrual flow are taken; nothing else is read.")
    is_table = False

    def recognises(self, source: Source) -> bool:
        return source.text.startswith(HEADER)

    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        rows, _unread = source.split
        # Two devices may hold the same entry; it is counted once.
        entries = {
            tuple(cells[1:]): (int(cells[0]), cells)
            for _line, cells in reversed(rows[1:])
            if len(cells) == COLUMNS and cells[0].isdecimal()
        }

        def find_day(cells: list[str]) -> date:
            return find_local_day(parse_known(cells[2]), zone)

        def read_entry(cells: list[str]) -> Attack:
            _line, kind, begin, finish, value = cells
            start = parse_known(begin)
            duration = to_instant(parse_known(finish), zone) - to_instant(start, zone) if finish else None
            days = split_attack(start, check_duration(duration), zone)
            if kind == FLOW:
                return Attack({find_day(cells): None}, UNKNOWN, menstruation=look_up(value, FLOWS))
            strength = look_up(value, STRENGTHS)
            if strength == NO_HEADACHE:
                # Of a day that it touches with some hours only, it does not say that it was free.
                whole = [day for day, hours in days.items() if hours and hours >= WHOLE_DAY]
                return Attack(dict.fromkeys((find_day(cells), *whole)), strength)
            return Attack(days, strength)

        add_entries(collector, reversed(entries.values()), read_entry, find_day)


def look_up(value: str, meanings: dict[str, Meaning]) -> Meaning:
    """Return what a value means, given by name or as a raw number. Raise BadCellError."""
    word = value.strip().lower()
    for prefix in PREFIXES:
        word = word.removeprefix(prefix)
    if word not in meanings:
        raise BadCellError(_("“%(word)s” is no value of Apple Health") % {"word": value[:60]})
    return meanings[word]
