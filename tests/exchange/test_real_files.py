"""Files as people bring them: saved again by spreadsheets, with titles, stray quotes, answers in any language."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from exchange.cells import BadCellError
from exchange.imports.datetimes import DMY, HOURS, MDY, YMD, parse_duration, parse_moment
from exchange.imports.inference import (
    count_blanks,
    guess_drug_class,
    guess_mapping,
    guess_strength,
)
from exchange.imports.other_diary import (
    FREE,
    HEADACHE,
    SKIP,
    WORDS,
    Mapping,
    build_files,
    list_medicines,
    list_strengths,
    parse_yes_no,
)
from exchange.imports.record_csv import find_own_file, read_files
from exchange.imports.tables import Table, parse_table
from exchange.schema import DIARY, MEDICATIONS, RecordFiles
from tests.conftest import NOON, TODAY, as_user
from tests.headaches.test_diary import details

BERLIN = ZoneInfo("Europe/Berlin")
TODAY_OF_FILE = date(2026, 11, 29)
OWN_HEADER = "date;headache;intensity;hours;features;lost;menstruation;triggers;note"


def read_table(table: Table, **choices: Any) -> RecordFiles:
    """Read a table with the first guesses, as the page would."""
    mapping = guess_mapping(table)
    words = {word: guess_strength(word) for word in list_strengths(table, mapping.intensity)}
    classes = {name.lower(): guess_drug_class(name) for name in list_medicines(table, mapping.medicine)}
    found = {"words": words if mapping.scale == WORDS else {}, "classes": classes}
    return build_files(
        table, Mapping(**(mapping.as_json() | found | choices)), BERLIN, TODAY_OF_FILE, "other.csv"
    )


def read_other(text: str, **choices: Any) -> RecordFiles:
    return read_table(parse_table(text), **choices)


def states(found: RecordFiles) -> dict[str, str]:
    """The day of the month and what it says: no, yes, mild, moderate, severe."""
    return {
        row.key[0][-2:]: row.values["intensity"] or ("yes" if row.values["headache"] else "no")
        for row in found.rows[DIARY]
    }


def hours(found: RecordFiles) -> dict[str, str | None]:
    return {row.key[0][-2:]: row.values["hours"] for row in found.rows[DIARY]}


class TestOwnDiarySavedBySpreadsheets:
    @pytest.mark.parametrize(
        "text",
        [
            f"{OWN_HEADER}\r\n2026-10-01;no;;;;;;;\r\n2026-10-02;yes;severe;6,5;nausea;full;;;gut\r\n",
            f"{OWN_HEADER}\r\n01.10.2026;no;;;;;;;\r\n02.10.2026;yes;severe;6,5;nausea;full;;;gut\r\n",
            f"{OWN_HEADER};;\r\n01.10.2026;no;;;;;;;;;\r\n02.10.2026;yes;severe;6,5;nausea;full;;;gut;;\r\n",
            f"{OWN_HEADER};mood\r\n01.10.2026;no;;;;;;;;3\r\n02.10.2026;yes;severe;6,5;nausea;full;;;gut;2\r\n",
            f"\ufeff\ufeff{OWN_HEADER}\n2026-10-01;no;;;;;;;\n2026-10-02;yes;severe;6,5;nausea;full;;;gut\n",
            f"sep=;\n{OWN_HEADER}\n2026-10-01;no;;;;;;;\n2026-10-02;yes;severe;6,5;nausea;full;;;gut\n",
            f"{OWN_HEADER}\n2026-10-01;no;;;;;;;\n2026-10-02;yes;severe;6:30;nausea;full;;;gut\n".replace(
                ";", "\t"
            ),
            f"{OWN_HEADER}\n10/1/2026;no;;;;;;;\n10/2/2026;yes;severe;6.5;nausea;full;;;gut\n"
            "10/13/2026;no;;;;;;;\n".replace(";", ","),
        ],
        ids=["semicolons", "local", "trailing", "added", "two marks", "sep", "tabs", "american"],
    )
    def test_it_is_recognised_and_read_as_what_it_is(self, text: str) -> None:
        assert find_own_file(text) == DIARY
        found = read_files({DIARY: text.encode()}, TODAY_OF_FILE)
        first, second, *_more = found.rows[DIARY]
        assert (first.key, first.values["headache"]) == (("2026-10-01",), False)
        assert second.key == ("2026-10-02",)
        wanted = {
            "headache": True,
            "intensity": "severe",
            "hours": "6.5",
            "features": 8,
            "lost": "full",
            "note": "gut",
        }
        assert {name: second.values[name] for name in wanted} == wanted
        assert [problem.reason for problem in found.problems] == (
            ["the header has unknown columns, which are left out: mood; known are date, headache, intensity, hours, "
             "features, lost, menstruation, triggers, note, written_at"] if "mood" in text else []
        )  # fmt: skip

    def test_utf_16_with_tabs(self) -> None:
        text = f"{OWN_HEADER}\r\n01.10.2026;no;;;;;;;müde\r\n".replace(";", "\t")
        found = read_files({DIARY: text.encode("utf-16")}, TODAY_OF_FILE)
        assert (states(found), found.rows[DIARY][0].values["note"]) == ({"01": "no"}, "müde")

    @pytest.mark.parametrize(
        "header",
        [
            "Date,Headache,Severity,Meds taken",
            "date,headache",
            "date,pain.headache,note",
            "Datum;Stärke",
            "date,note,mood",
        ],
    )
    def test_the_file_of_another_diary_is_not_taken_for_it(self, header: str) -> None:
        assert find_own_file(f"{header}\n2026-10-01,TRUE\n") == (DIARY if header == "date,headache" else None)

    def test_dates_that_could_be_read_in_two_ways_are_not_guessed(self) -> None:
        text = "date,headache,note\n05/06/2026,no,\n06/06/2026,yes,\n"
        found = read_files({DIARY: text.encode()}, TODAY_OF_FILE)
        assert found.rows[DIARY] == []
        assert ["write it like 2026-05-06" in problem.reason for problem in found.problems] == [True, True]

    def test_a_day_ahead_is_read_and_a_second_one_is_not(self) -> None:
        """Written just after midnight, before a flight to the west."""
        text = "date,headache\n2026-11-30,yes\n2026-12-01,yes\n"
        found = read_files({DIARY: text.encode()}, TODAY_OF_FILE)
        assert states(found) == {"30": "yes"}
        assert found.problems[0].reason == "date: 2026-12-01 lies in the future"

    @pytest.mark.parametrize(
        "broken",
        [
            '2026-10-01,"Suma"triptan",triptan,1,',
            "2026-10-01,Suma,triptan,1,,,,,x",
            '2026-10-01,"Suma,triptan',
        ],
    )
    def test_a_day_with_a_medicine_that_cannot_be_read_is_left_out(self, broken: str) -> None:
        diary = "date,headache\n2026-10-01,yes\n2026-10-02,yes\n"
        medicines = f"date,name,class,doses,relief\n{broken}\n2026-10-02,Ibuprofen,nsaid,1,\n"
        found = read_files({DIARY: diary.encode(), MEDICATIONS: medicines.encode()}, TODAY_OF_FILE)
        assert states(found) == {"02": "yes"}
        assert [problem.line for problem in found.problems] == [2]

    def test_a_medicine_of_no_known_day_leaves_every_day_out(self) -> None:
        diary = "date,headache\n2026-10-01,yes\n2026-10-02,yes\n"
        medicines = 'date,name,class\n"20"26,Ibuprofen,nsaid\n'
        found = read_files({DIARY: diary.encode(), MEDICATIONS: medicines.encode()}, TODAY_OF_FILE)
        assert states(found) == {}

    @pytest.mark.parametrize(
        ("cell", "value"),
        [("3.9", "3.9"), ("3:54", "3.9"), ("0.58", "0.58"), ("3:59", "3.98"), ("24", "24"), ("0:20", "0.33")],
    )
    def test_hours_are_read_to_the_hundredth(self, cell: str, value: str) -> None:
        found = read_files({DIARY: f"date,headache,hours\n2026-10-01,yes,{cell}\n".encode()}, TODAY_OF_FILE)
        assert hours(found) == {"01": value}


class TestAnswers:
    @pytest.mark.parametrize(
        ("cell", "answer"),
        [
            ("yes", True), ("TRUE", True), ("Wahr", True), ("ja", True), ("x", True), ("1", True), ("2", True),
            ("no", False), ("FALSE", False), ("Falsch", False), ("Nein", False), ("0", False), ("0,0", False),
            ("Not Present", False), ("-", False), ("none", False), ("", None), (" ", None),
        ],
    )  # fmt: skip
    def test_yes_and_no_in_many_words(self, cell: str, answer: bool | None) -> None:
        assert parse_yes_no(cell) == answer

    def test_another_word_is_neither(self) -> None:
        with pytest.raises(BadCellError, match="neither yes nor no"):
            parse_yes_no("purple")

    @pytest.mark.parametrize("no", ["FALSE", "no", "0", "Not Present", "nein", "-"])
    def test_a_tick_box_that_is_not_ticked_is_no_headache(self, no: str) -> None:
        found = read_other(f"Date,Headache,Severity\n2026-10-01,TRUE,severe\n2026-10-02,{no},\n")
        assert states(found) == {"01": "severe", "02": "no"}

    @pytest.mark.parametrize("no", ["none", "Not Present", "0", "keine", "no pain", "nein"])
    def test_a_strength_that_says_none_is_no_headache(self, no: str) -> None:
        text = f"Date,Severity\n2026-10-01,severe\n2026-10-02,{no}\n"
        assert states(read_other(text)) == {"01": "severe", "02": "no"}

    def test_an_empty_cell_of_a_row_for_every_day_says_nothing_unless_she_says_what(self) -> None:
        rows = "".join(f"2026-10-{day:02},{'5' if day == 3 else ''}\n" for day in range(1, 8))
        table = parse_table(f"date,pain\n{rows}")
        mapping = guess_mapping(table)
        assert (count_blanks(table, mapping), mapping.blank) == (6, SKIP)
        assert states(read_table(table)) == {"03": "moderate"}
        assert states(read_table(table, blank=FREE)) == {
            f"{day:02}": "moderate" if day == 3 else "no" for day in range(1, 8)
        }
        assert set(states(read_table(table, blank=HEADACHE))) == {f"{day:02}" for day in range(1, 8)}

    def test_an_empty_strength_in_a_list_of_attacks_is_a_headache(self) -> None:
        table = parse_table(
            "Start,End,Pain\n2026-10-01 08:00,2026-10-01 09:00,5\n2026-10-09 08:00,2026-10-09 09:00,\n"
        )
        assert guess_mapping(table).blank == HEADACHE
        assert states(read_table(table)) == {"01": "moderate", "09": "yes"}

    def test_a_row_that_contradicts_itself_is_named(self) -> None:
        found = read_other("Date,Headache,Pain\n2026-10-01,no,7\n2026-10-02,no,0\n2026-10-03,yes,0\n")
        assert states(found) == {"02": "no", "03": "yes"}
        assert found.problems[0].reason == "says that there was no headache, and how strong it was"

    def test_a_blank_day_is_not_filled(self) -> None:
        text = "date,pain\n2026-10-01,5\n2026-10-02,\n2026-10-03,\n2026-10-05,2\n"
        assert states(read_other(text, fill=True, blank=SKIP)) == {"01": "moderate", "04": "no", "05": "mild"}


class TestFilling:
    def test_a_row_without_a_readable_date_stops_it(self) -> None:
        rows = ("2026-10-01 08:00,2026-10-01 12:00,5", "2026-10-O4 20:00,2026-10-04 23:00,8", "2026-10-09,,4")
        text = "\n".join(["Start,End,Pain", *rows])
        found = read_other(text, fill=True)
        assert states(found) == {"01": "moderate", "09": "moderate"}
        assert [problem.line for problem in found.problems] == [3, 3]
        assert "days without a row stay unrecorded" in found.problems[1].reason

    def test_every_day_an_unread_row_touches_stays_out(self) -> None:
        text = (
            "Start,End,Pain\n2026-10-01,,5\n2026-10-03 20:00,2026-10-05 23:00,11\n"
            "2026-10-04 09:00,2026-10-04 10:00,2\n2026-10-07,,5\n"
        )
        assert states(read_other(text, fill=True)) == {
            "01": "moderate",
            "02": "no",
            "06": "no",
            "07": "moderate",
        }

    def test_a_row_whose_end_is_not_known_may_touch_a_month(self) -> None:
        text = "Start,End,Pain\n2026-09-01,2026-09-01,5\n2026-09-03 20:00,later,5\n2026-10-10,2026-10-10,5\n"
        found = states(read_other(text, fill=True))
        assert "02" in found  # 2 September
        dates = [row.key[0] for row in read_other(text, fill=True).rows[DIARY]]
        assert dates == ["2026-09-01", "2026-09-02", *(f"2026-10-{day:02}" for day in range(5, 11))]

    @pytest.mark.parametrize(
        ("start", "out"),
        [
            ("2026-10-03T23:30-08:00", {"03", "04"}),
            ("2026-10-04T00:30+09:00", {"03", "04"}),
            ("2026-10-03T12:00Z", {"03"}),
        ],
    )
    def test_in_the_patients_zone_and_in_that_of_the_row(self, start: str, out: set[str]) -> None:
        text = f"Start,Hours,Pain\n2026-10-01,,5\n{start},1,11\n2026-10-07,,5\n"
        assert {"02", "03", "04", "05", "06"} - set(states(read_other(text, fill=True))) == out

    def test_a_line_with_a_stray_quote_may_be_longer_than_its_date(self) -> None:
        text = 'Date,Pain,Note\n2026-10-01,5,\n2026-10-03,4,"he said "no" to me"\n2026-10-05,5,\n'
        assert states(read_other(text, fill=True)) == {"01": "moderate", "02": "no", "05": "moderate"}


class TestTables:
    def test_titles_above_the_header_are_left_out_and_told(self) -> None:
        table = parse_table(
            "Kopfschmerzkalender 2026;;;\nName:;A. B.;;\n;;;\n"
            "Datum;Beginn;Ende;Schmerzstärke\n01.10.2026;08:00;12:30;7\n"
        )
        assert table.header == ["Datum", "Beginn", "Ende", "Schmerzstärke"]
        assert table.titles == [(1, "Kopfschmerzkalender 2026"), (2, "Name: A. B.")]
        found = read_table(table)
        assert (states(found), hours(found)) == ({"01": "severe"}, {"01": "4.5"})

    def test_a_table_above_the_table(self) -> None:
        text = (
            '"Date","Time Period","Description","Notes"\n"Nothing goes on.","","",""\n\n'
            '"#","Started","Lasted","Start UTC Offset (min)","Pain Level","Notes"\n'
            '"1","10/14/26 09:10","03h 35m","120","7",""\n'
        )
        found = read_other(text)
        assert (states(found), hours(found)) == ({"14": "severe"}, {"14": "3.58"})

    def test_a_line_that_names_the_separator(self) -> None:
        assert states(read_other("sep=;\r\nDatum;Stärke\r\n01.10.2026;7\r\n")) == {"01": "severe"}

    def test_a_file_without_a_header_keeps_its_first_day(self) -> None:
        table = parse_table("2026-10-01,08:00,12:30,7,Sumatriptan\n2026-10-03,14:00,18:00,4,Ibuprofen\n")
        assert (table.has_header, table.header[0]) == (False, "column 1")
        found = read_table(table)
        assert (states(found), hours(found)) == ({"01": "severe", "03": "moderate"}, {"01": "4.5", "03": "4"})
        assert found.rows[DIARY][0].values["intakes"] == [["Sumatriptan", "triptan", "1", ""]]

    def test_a_first_row_with_a_wrong_date_is_not_taken_for_the_header(self) -> None:
        found = read_other("Date,Pain\n2026-10-O1,5\n2026-10-02,5\n")
        assert (states(found), [problem.line for problem in found.problems]) == ({"02": "moderate"}, [2])

    def test_more_columns_than_names(self) -> None:
        table = parse_table("Date,Pain\n2026-10-01,7,x\n2026-10-02,4,y\n2026-10-03,4,z\n")
        assert (table.header, len(table.rows), table.unread) == (["Date", "Pain", "column 3"], 3, [])

    def test_a_row_with_a_comma_too_many_is_named_and_not_shifted(self) -> None:
        found = read_other(
            "Date,Pain,Note,Medication\n2026-10-01,7,woke up, sick,Sumatriptan\n"
            "2026-10-02,4,ok,Ibuprofen\n2026-10-03,5,,\n"
        )
        assert states(found) == {"02": "moderate", "03": "moderate"}
        assert (found.problems[0].line, "more cells" in found.problems[0].reason) == (2, True)

    def test_commas_at_the_end_of_a_row_are_nothing(self) -> None:
        assert states(read_other("Date,Pain\n2026-10-01,7,,\n2026-10-02,4\n")) == {
            "01": "severe",
            "02": "moderate",
        }

    def test_a_stray_quote_names_its_line_and_no_other(self) -> None:
        table = parse_table(
            'Date,Pain,Note\n2026-10-01,7,said "ouch" loudly\n2026-10-02,4,"he said "no" to me"\n'
            '2026-10-03,4,"unfinished\n2026-10-04,2,ok\n2026-10-05,2,"two\nlines"\n'
        )
        assert [line for line, _reason, _cells in table.unread] == [3, 4]
        assert [(line, cells[0]) for line, cells in table.rows] == [
            (2, "2026-10-01"),
            (5, "2026-10-04"),
            (6, "2026-10-05"),
        ]
        assert table.rows[-1][1][2] == "two\nlines"

    def test_a_second_stray_quote_swallows_no_rows_between(self) -> None:
        table = parse_table(
            'Date,Note\n2026-10-01,"open\n2026-10-02,a\n2026-10-03,b\n2026-10-04,"open\n2026-10-05,c\n'
        )
        assert [cells[0] for _line, cells in table.rows] == ["2026-10-02", "2026-10-03", "2026-10-05"]

    def test_semicolons_part_and_commas_are_decimal(self) -> None:
        found = read_other("Datum;Dauer;Stärke\n01.10.2026;3,5;7,0\n02.10.2026;1,25;2,5\n")
        assert (states(found), hours(found)) == ({"01": "severe", "02": "mild"}, {"01": "3.5", "02": "1.25"})

    @pytest.mark.parametrize(
        "name", ["Weekend", "Tenderness", "UTC Offset", "Attendance", "Pain location", "Trend"]
    )
    def test_a_part_of_a_word_is_no_hint(self, name: str) -> None:
        found = guess_mapping(
            parse_table(f"Date,{name},Severity\n2026-10-01,12:00,severe\n2026-10-02,13:00,mild\n")
        )
        assert (found.end, found.intensity, found.duration, found.medicine) == (None, 2, None, None)

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("EndTime", "end"),
            ("End Time (local)", "end"),
            ("Schmerzstärke", "intensity"),
            ("pain_level", "intensity"),
        ],
    )
    def test_a_whole_word_is_one_in_any_spelling(self, name: str, field: str) -> None:
        cell = "2026-10-01 12:00" if field == "end" else "7"
        found = guess_mapping(parse_table(f"Date,{name}\n2026-10-01 08:00,{cell}\n"))
        assert getattr(found, field) == 1

    def test_a_hint_whose_cells_do_not_fit_is_not_taken(self) -> None:
        found = guess_mapping(parse_table("Date,End,Pain\n2026-10-01,at last,5\n2026-10-02,soon,5\n"))
        assert (found.end, found.intensity) == (None, 2)


class TestMedicines:
    @pytest.mark.parametrize(
        "word",
        [
            "None",
            "No medication",
            "-",
            "N/A",
            "keine",
            "nein",
            "0",
            "null",
            "nichts",
            "TRUE",
            "FALSE",
            "aucun",
        ],
    )
    def test_a_word_for_none_is_no_medicine(self, word: str) -> None:
        found = read_other(f"Date,Pain,Medication\n2026-10-01,7,Sumatriptan\n2026-10-02,4,{word}\n")
        assert [row.values["intakes"] for row in found.rows[DIARY]] == [
            [["Sumatriptan", "triptan", "1", ""]],
            [],
        ]


class TestMoments:
    @pytest.mark.parametrize(
        ("cell", "order", "day", "at"),
        [
            ("1-Oct-26", DMY, date(2026, 10, 1), None), ("1. Okt 26", DMY, date(2026, 10, 1), None),
            ("12. März 2026", DMY, date(2026, 3, 12), None), ("9. Mrz 2026", DMY, date(2026, 3, 9), None),
            ("Do 01.10.2026", DMY, date(2026, 10, 1), None),
            ("Do, 01.10.2026 18:30 Uhr", DMY, date(2026, 10, 1), time(18, 30)),
            ("01.10.2026 9 Uhr", DMY, date(2026, 10, 1), time(9)), ("1. Dezember 2026", DMY, date(2026, 12, 1), None),
            ("1-Oct-26 9:00", YMD, date(2026, 10, 1), time(9)), ("1st Oct 2026", YMD, date(2026, 10, 1), None),
            ("Thursday, October 1, 2026 at 9:30 pm", MDY, date(2026, 10, 1), time(21, 30)),
            ("45931", YMD, date(2025, 10, 1), None), ("45931.75", YMD, date(2025, 10, 1), time(18)),
            ("45931,75", YMD, date(2025, 10, 1), time(18)), ("2026. 10. 01.", YMD, date(2026, 10, 1), None),
        ],
    )  # fmt: skip
    def test_dates_of_the_real_world(self, cell: str, order: str, day: date, at: time | None) -> None:
        found = parse_moment(cell, order)
        assert (found.day, found.time, found.zone) == (day, at, None)

    @pytest.mark.parametrize(
        ("cell", "offset"),
        [
            ("+00", 0),
            ("+0000", 0),
            ("-0800", -8),
            ("+02", 2),
            ("+02:00", 2),
            ("Z", 0),
            ("UTC", 0),
            ("GMT+2", 2),
            ("UTC-3:30", -3.5),
        ],
    )
    def test_zones(self, cell: str, offset: float) -> None:
        found = parse_moment(f"2026-10-01 08:00:00 {cell}", YMD)
        assert found.time == time(8)
        assert found.zone is not None
        assert found.zone.utcoffset(None) == timedelta(hours=offset)

    @pytest.mark.parametrize("cell", ["1790841600", "1790841600000"])
    def test_unix_times(self, cell: str) -> None:
        moment = parse_moment(cell, YMD)
        assert datetime.combine(moment.day, moment.time or time(), UTC).timestamp() == 1_790_841_600

    @pytest.mark.parametrize(
        "cell", ["7", "2026", "12345", "99999999", "Okt 26", "32. Okt 2026", "1. Foo 2026"]
    )
    def test_numbers_and_names_that_are_no_dates(self, cell: str) -> None:
        with pytest.raises(BadCellError):
            parse_moment(cell, YMD)

    @pytest.mark.parametrize(
        ("cell", "minutes"),
        [("1d 02h 15m", 26 * 60 + 15), ("03h 35m", 215), ("45 sec", 0.75), ("3,5 Std.", 210)],
    )
    def test_durations(self, cell: str, minutes: float) -> None:
        assert parse_duration(cell, HOURS) == timedelta(minutes=minutes)


STALE = (
    "Date,Pain location,Severity,Rescue med,Other meds\n2026-05-01,left temple,severe,Sumatriptan,Ibuprofen\n"
    "2026-05-02,neck,mild,Sumatriptan,Paracetamol\n2026-05-03,forehead,moderate,Rizatriptan,Ibuprofen\n"
)


@pytest.mark.django_db
class TestColumnsPage:
    @pytest.fixture
    def client(self, alice: Record, at: Any) -> Client:
        at(NOON)
        return as_user(alice.user)

    def open_columns(self, client: Client, text: str) -> tuple[str, dict[str, Any]]:
        from django.core.files.uploadedfile import SimpleUploadedFile

        answer = client.post(reverse("data"), {"file": SimpleUploadedFile("other.csv", text.encode())})
        where = f"{answer['Location']}columns/"
        form = client.get(where).context["form"]
        values = {name: form[name].value() for name in form.fields}
        return where, {
            name: value for name, value in values.items() if value is not None and value is not False
        }

    def test_answers_do_not_move_to_another_column(self, client: Client) -> None:
        where, values = self.open_columns(client, STALE)
        page = client.post(where, values | {"intensity": "1", "medicine": "4", "do": "look"})
        form = page.context["form"]
        assert [field.label for field in form.word_fields()] == ["left temple", "neck", "forehead"]
        assert [field.value() for field in form.word_fields()] == ["headache"] * 3
        assert [(field.label, field.value()) for field in form.class_fields()] == [
            ("Ibuprofen", "nsaid"), ("Paracetamol", "simple"),
        ]  # fmt: skip

    def test_an_answer_comes_back_with_its_column(self, client: Client) -> None:
        where, values = self.open_columns(client, STALE)
        form = client.get(where).context["form"]
        mild = form.words["mild"]
        page = client.post(where, values | {mild: "severe", "note": "1", "do": "look"})
        assert page.context["form"][mild].value() == "severe"

    def test_it_says_when_every_row_counts(self, client: Client) -> None:
        text = "Date,Note\n2026-05-01,a\n2026-05-02,b\n"
        where, values = self.open_columns(client, text)
        page = client.get(where).content.decode()
        assert "Every row counts as a headache" in page
        assert "A row without an answer means" not in page
        where, values = self.open_columns(client, "Date,Pain\n2026-05-01,5\n2026-05-02,4\n")
        assert "Every row counts" not in client.get(where).content.decode()
        assert (
            "Every row counts"
            in client.post(where, values | {"intensity": "", "do": "look"}).content.decode()
        )

    def test_it_asks_what_an_empty_answer_means(self, alice: Record, client: Client) -> None:
        rows = "".join(f"2026-05-{day:02},{'5' if day == 3 else ''}\n" for day in range(1, 6))
        where, values = self.open_columns(client, f"date,pain\n{rows}")
        page = client.get(where).content.decode()
        assert "4 rows do not say whether there was a headache" in page
        assert values["blank"] == SKIP
        assert "says nothing; the day stays unrecorded" in page
        client.post(where, values | {"blank": FREE, "do": "go"})
        where = where.removesuffix("columns/")
        shown = client.get(where).context["fingerprint"]
        client.post(f"{where}apply/", {"shown": shown})
        assert [day.headache for day in alice.days.all()] == [False, False, True, False, False]

    def test_it_says_what_was_skipped(self, client: Client) -> None:
        text = 'My diary,\nDate,Pain\n2026-05-01,5\n2026-05-02,"4" x\n2026-05-03,4\n'
        where, _values = self.open_columns(client, text)
        page = client.get(where).content.decode()
        assert "1 line above the header was taken for a title:" in page
        assert "<bdi>My diary</bdi>" in page
        assert "line 4: a quotation mark is missing" in page

    @pytest.mark.parametrize("cell", ["3:35", "3.58", "3,58", "3.589"])
    def test_hours_of_a_day_are_kept_to_the_hundredth(self, alice: Record, client: Client, cell: str) -> None:
        client.post(reverse("day", args=[TODAY.isoformat()]), details(hours=cell))
        assert alice.days.get().hours == Decimal("3.58")
