"""AidingMigraine's CSV and JSON: one entry an attack. Pure."""

from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from exchange.imports.datetimes import HOURS, ParsedMoment, parse_clock, parse_duration
from exchange.imports.days import NO_HEADACHE, ONE_DAY, Attack, DayCollector, TakenMedicine
from exchange.imports.formats.base import (
    Answers,
    Days,
    DiaryFormat,
    KnownTable,
    Source,
    add_entries,
    add_table,
    check_duration,
    grade,
    label_notes,
    parse_known,
    split_attack,
)
from exchange.imports.formats.entries import get_list, get_text, list_entries, load_json
from exchange.imports.other_diary import NO_MEDICINE, find_local_day, split_names, to_instant

HEADER: Final = ("date", "start time", "duration (hours)", "pain level")
# Kept in the note: the column of the CSV, and the key in the JSON.
NOTED: Final = {
    "Resolution": "resolution", "Symptoms": "symptoms", "Prodrome": "prodrome", "Postdrome": "postdrome",
    "Pain Location": "painLocation", "Pain Quality": "painQuality",
}  # fmt: skip


class AidingMigraineCsv(DiaryFormat):
    code = "aidingmigraine"
    title = "AidingMigraine"
    dropped = gettext_lazy("Air pressure and category are not taken; the pain level gives the strength.")

    def recognises(self, source: Source) -> bool:
        return source.has_header(*HEADER)

    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        table = source.find_table(*HEADER)

        def find_day(cells: list[str]) -> date:
            return parse_known(table.get(cells, "date")).day

        def read_attack(cells: list[str]) -> Attack:
            days = split_attack(parse_start(table, cells), find_duration(table, cells, zone), zone)
            other_notes = [(name, table.get(cells, name.lower())) for name in NOTED]
            return build_attack(
                days,
                table.get(cells, "pain level"),
                table.get(cells, "medication"),
                label_notes(("", table.get(cells, "notes")), *other_notes),
                table.get(cells, "triggers").replace(";", ",").split(","),
            )

        add_table(collector, table, read_attack, find_day)


class AidingMigraineJson(AidingMigraineCsv):
    key = "aidingmigraine-json"
    dropped = gettext_lazy("Questionnaires, the cycle and the weather are not taken.")
    is_table = False

    def recognises(self, source: Source) -> bool:
        return source.is_json and all(f'"{key}"' in source.text for key in ("migraines", "appVersion"))

    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        def find_day(entry: dict[str, Any]) -> date:
            return find_local_day(parse_known(get_text(entry, "startTime")), zone)

        def read_attack(entry: dict[str, Any]) -> Attack:
            start, end = parse_known(get_text(entry, "startTime")), get_text(entry, "endTime")
            seconds = get_text(entry, "duration")
            duration = parse_duration(f"{seconds} s", HOURS) if seconds else None
            if not duration and end:
                duration = to_instant(parse_known(end), zone) - to_instant(start, zone)
            other_notes = [(name, ", ".join(get_list(entry, key))) for name, key in NOTED.items()]
            return build_attack(
                split_attack(start, check_duration(duration), zone),
                get_text(entry, "painLevel"),
                "; ".join(get_list(entry, "medication")),
                label_notes(("", get_text(entry, "notes")), *other_notes),
                get_list(entry, "triggers"),
            )

        add_entries(collector, list_entries(load_json(source.text), "migraines"), read_attack, find_day)


def build_attack(days: Days, pain: str, medicines: str, note: str, triggers: list[str]) -> Attack:
    """Build an attack of what both files hold. Raise BadCellError."""
    strength = grade(pain)
    return Attack(
        dict.fromkeys(days) if strength == NO_HEADACHE else days,
        strength,
        tuple(TakenMedicine(name) for name in split_names(medicines) if name.lower() not in NO_MEDICINE),
        note,
        triggers=tuple(filter(None, map(str.strip, triggers))),
    )


def parse_start(table: KnownTable, cells: list[str]) -> ParsedMoment:
    """Return the start of a row. Raise BadCellError."""
    start, clock = parse_known(table.get(cells, "date")), table.get(cells, "start time")
    return ParsedMoment(start.day, *parse_clock(clock)) if clock else start._replace(time=None)


def find_duration(table: KnownTable, cells: list[str], zone: ZoneInfo) -> timedelta | None:
    """Return the duration; past midnight the file's end lies on the wrong day. Without one, the time until the end."""
    duration = parse_duration(table.get(cells, "duration (hours)"), HOURS)
    end, start = table.get(cells, "end time"), parse_start(table, cells)
    if duration or not end or start.time is None:
        return duration
    stop = ParsedMoment(start.day, *parse_clock(end))
    if stop.time is not None and stop.time < start.time:
        stop = stop._replace(day=stop.day + ONE_DAY)
    utc = ZoneInfo("UTC")
    return to_instant(stop, zone).astimezone(utc) - to_instant(start, zone).astimezone(utc)
