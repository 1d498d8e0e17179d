"""Another diary's file: no hour is lost between two instants, nothing is guessed in secret, nothing is invented."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.cells import BadCellError
from exchange.imports.datetimes import (
    DMY,
    HOURS,
    MDY,
    MINUTES,
    YMD,
    format_hours,
    parse_clock,
    parse_duration,
    parse_moment,
    split_by_day,
)
from exchange.imports.days import Attack
from exchange.imports.inference import guess_drug_class, guess_mapping, guess_strength, has_ambiguous_dates
from exchange.imports.other_diary import (
    TEN,
    THREE,
    WORDS,
    Mapping,
    build_files,
    list_medicines,
    list_strengths,
    parse_attack,
    parse_strength,
    split_names,
)
from exchange.imports.tables import Table, detect_delimiter, parse_table, split_lines
from exchange.schema import DIARY, RecordFiles
from tests.conftest import TODAY

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = sorted(zone for zone in available_timezones() if "/" in zone)
HOUR = timedelta(hours=1)


def table(*rows: str, header: str = "Date,End,Pain,Hours,Medicine") -> Table:
    return parse_table("\n".join([header, *rows]) + "\n")


MAPPING = Mapping(
    date=0,
    order=YMD,
    end=1,
    intensity=2,
    scale=TEN,
    duration=3,
    medicine=4,
    classes={"sumatriptan": "triptan", "ibuprofen": "nsaid"},
)


def days(found: RecordFiles) -> dict[str, tuple[bool, str, str | None]]:
    """Headache, intensity and hours of each day."""
    return {
        row.key[0]: (row.values["headache"], row.values["intensity"], row.values["hours"])
        for row in found.rows[DIARY]
    }


def read_rows(*rows: str, mapping: Mapping = MAPPING, zone: ZoneInfo = BERLIN) -> RecordFiles:
    return build_files(table(*rows), mapping, zone, TODAY, "other.csv")


class TestSplitting:
    @given(
        zone=st.sampled_from(ZONES),
        start=st.datetimes(datetime(1972, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  a zone follows
        minutes=st.integers(0, 31 * 24 * 60),
    )
    @example("Europe/Berlin", datetime(2026, 3, 28, 20), 12 * 60)  # noqa: DTZ001  spring
    @example("Europe/Berlin", datetime(2025, 10, 25, 20), 12 * 60)  # noqa: DTZ001  autumn
    @example("America/Sao_Paulo", datetime(2018, 11, 3, 20), 600)  # noqa: DTZ001  no midnight
    @example("America/Havana", datetime(2025, 11, 1, 20), 600)  # noqa: DTZ001  midnight twice
    @example("Pacific/Apia", datetime(2011, 12, 29, 20), 3000)  # noqa: DTZ001  a day that was left out
    @example("America/Toronto", datetime(2005, 10, 29, 20), 3000)  # noqa: DTZ001
    def test_the_parts_add_up_to_the_time_that_passed(self, zone: str, start: datetime, minutes: int) -> None:
        where = ZoneInfo(zone)
        begun = start.replace(tzinfo=where)
        ended = begun.astimezone(UTC) + timedelta(minutes=minutes)
        parts = split_by_day(begun, ended, where)
        assert sum(parts.values(), timedelta()) == timedelta(minutes=minutes)
        assert all(timedelta() < part <= 26 * HOUR for part in parts.values())
        assert list(parts) == sorted(parts)
        if parts:
            assert min(parts) == begun.astimezone(UTC).astimezone(where).date()
            assert max(parts) >= (ended - timedelta(seconds=1)).astimezone(where).date()

    @pytest.mark.parametrize(
        ("start", "end", "hours"),
        [
            ("2026-03-28 22:00", "2026-03-29 06:00", {28: 2, 29: 5}),  # 2:00 to 3:00 did not happen
            ("2025-10-25 22:00", "2025-10-26 06:00", {25: 2, 26: 7}),  # 2:00 to 3:00 happened twice
            ("2025-10-26 00:00", "2025-10-27 00:00", {26: 25}),
            ("2026-03-29 00:00", "2026-03-30 00:00", {29: 23}),
            ("2026-05-01 22:30", "2026-05-03 01:00", {1: 1.5, 2: 24, 3: 1}),
        ],
    )
    def test_days_on_which_clocks_change(self, start: str, end: str, hours: dict[int, float]) -> None:
        begun, ended = (datetime.fromisoformat(text).replace(tzinfo=BERLIN) for text in (start, end))
        found = {on.day: part / HOUR for on, part in split_by_day(begun, ended, BERLIN).items()}
        assert found == hours

    @given(st.integers(1, 25 * 3600))
    def test_hours_are_cut_to_the_hundredth_and_end_at_24(self, seconds: int) -> None:
        found = Decimal(format_hours(timedelta(seconds=seconds)))
        assert 100 * found == int(100 * found)
        assert (
            found == 24
            or (seconds < 36 and found == Decimal("0.01"))
            or (0 <= Decimal(seconds) / 3600 - found < Decimal("0.01"))
        )

    @pytest.mark.parametrize(
        ("minutes", "hours"),
        [(215, "3.58"), (239, "3.98"), (239.99, "3.99"), (240, "4"), (35, "0.58"), (0.2, "0.01")],
    )
    def test_less_than_four_hours_are_never_four(self, minutes: float, hours: str) -> None:
        assert Decimal(format_hours(timedelta(minutes=minutes))) == Decimal(hours)
        found = read_rows(f"2026-05-01 08:00,,5,{minutes / 60:.6f},")
        assert Decimal(found.rows[DIARY][0].values["hours"]) == Decimal(hours)

    def test_the_hour_a_clock_shows_twice_is_the_second_one_when_only_that_fits(self) -> None:
        found = read_rows("2025-10-26 02:40,2025-10-26 02:10,5,,")
        assert days(found) == {"2025-10-26": (True, "moderate", "0.5")}


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "order", "day", "at"),
        [
            ("2026-05-06", YMD, date(2026, 5, 6), None),
            ("2026/5/6", YMD, date(2026, 5, 6), None),
            ("20260506", YMD, date(2026, 5, 6), None),
            ("06.05.2026", DMY, date(2026, 5, 6), None),
            ("5/6/26", MDY, date(2026, 5, 6), None),
            ("5/6/98", MDY, date(1998, 5, 6), None),
            ("6 May 2026", MDY, date(2026, 5, 6), None),
            ("Wed, 6 May 2026 7:05 pm", YMD, date(2026, 5, 6), time(19, 5)),
            ("May 6, 2026", YMD, date(2026, 5, 6), None),
            ("2026-05-06T23:59:59.5", YMD, date(2026, 5, 6), time(23, 59, 59)),
            ("2026-05-06 12:30 AM", YMD, date(2026, 5, 6), time(0, 30)),
            ("06.05.2026 7.30", DMY, date(2026, 5, 6), time(7, 30)),
            ("5/6/2026 7 pm", MDY, date(2026, 5, 6), time(19)),
        ],
    )
    def test_dates_as_people_write_them(self, cell: str, order: str, day: date, at: time | None) -> None:
        found = parse_moment(cell, order)
        assert (found.day, found.time, found.zone) == (day, at, None)

    @pytest.mark.parametrize(
        "cell",
        ["", "soon", "2026-13-01", "2026-02-30", "06.05.2026", "2026-05-06 25:00", "2026-05-06 13 pm", "2026-05-06 x",
         "2026-05.06", "0000-00-00", "2026-05-06T10:00+99:99"],
    )  # fmt: skip
    def test_what_is_no_date_in_the_order_is_refused(self, cell: str) -> None:
        with pytest.raises(BadCellError):
            parse_moment(cell, YMD)

    @given(st.dates(date(1900, 1, 1), date(2060, 1, 1)), st.sampled_from([".", "/", "-", " "]))
    def test_every_date_reads_in_its_order(self, on: date, mark: str) -> None:
        parts = {"y": f"{on.year}", "m": f"{on.month:02}", "d": f"{on.day}"}
        for order in (YMD, DMY, MDY):
            assert parse_moment(mark.join(parts[part] for part in order), order).day == on

    @pytest.mark.parametrize(
        ("cell", "unit", "minutes"),
        [
            ("2h 30m", HOURS, 150), ("2 hours, 30 minutes", HOURS, 150), ("2:30", HOURS, 150), ("2.5", HOURS, 150),
            ("2,5", HOURS, 150), ("150", MINUTES, 150), ("150 min", HOURS, 150), ("1d 2h", HOURS, 26 * 60),
            ("2:30:30", HOURS, 150.5), ("0", HOURS, 0), ("2 Std. 30 Min.", HOURS, 150),
        ],
    )  # fmt: skip
    def test_durations_as_people_write_them(self, cell: str, unit: str, minutes: float) -> None:
        assert parse_duration(cell, unit) == timedelta(minutes=minutes)

    def test_durations_that_are_none(self) -> None:
        assert parse_duration(" ", HOURS) is None
        for cell in ("long", "-2", "2h 3x", "NaN"):
            with pytest.raises(BadCellError, match="no duration"):
                parse_duration(cell, HOURS)
        with pytest.raises(BadCellError, match="longer than 31 days"):
            parse_duration("5000", HOURS)

    def test_a_time_with_its_zone(self) -> None:
        at, zone = parse_clock("T10:00:00-03:30")
        assert (at, zone and zone.utcoffset(None)) == (time(10), timedelta(hours=-3.5))
        assert parse_clock("10:00Z")[1] == UTC

    @pytest.mark.parametrize(
        ("cell", "scale", "said"),
        [
            ("0", THREE, "none"), ("1", THREE, "mild"), ("2", THREE, "moderate"), ("3", THREE, "severe"),
            ("0", TEN, "none"), ("1", TEN, "mild"), ("3", TEN, "mild"), ("4", TEN, "moderate"), ("6", TEN, "moderate"),
            ("7", TEN, "severe"), ("10", TEN, "severe"), ("7/10", TEN, "severe"), ("3,5", TEN, "mild"), ("", TEN, ""),
            ("stark", WORDS, "severe"), ("da", WORDS, ""), ("nein", WORDS, "none"),
        ],
    )  # fmt: skip
    def test_scales(self, cell: str, scale: str, said: str) -> None:
        words = {"stark": "severe", "da": "headache", "nein": "none"}
        assert parse_strength(cell, Mapping(date=0, scale=scale, words=words)) == said

    @pytest.mark.parametrize(
        ("cell", "scale"), [("4", THREE), ("11", TEN), ("x", TEN), ("-1", TEN), ("odd", WORDS)]
    )
    def test_what_is_not_on_the_scale_is_refused(self, cell: str, scale: str) -> None:
        with pytest.raises(BadCellError):
            parse_strength(cell, Mapping(date=0, scale=scale))

    def test_several_medicines_in_a_cell(self) -> None:
        assert split_names("Ibuprofen 1,5 g; Sumatriptan  50 mg\nParacetamol, Aspirin") == (
            "Ibuprofen 1,5 g", "Sumatriptan 50 mg", "Paracetamol", "Aspirin",
        )  # fmt: skip


class TestDays:
    def test_an_attack_over_midnight_counts_on_both_days_its_medicine_on_the_first(self) -> None:
        found = read_rows("2026-05-01 22:15,2026-05-02 01:30,8,,Sumatriptan")
        assert days(found) == {"2026-05-01": (True, "severe", "1.75"), "2026-05-02": (True, "severe", "1.5")}
        assert [row.values["intakes"] for row in found.rows[DIARY]] == [
            [["Sumatriptan", "triptan", "1", ""]], [],
        ]  # fmt: skip

    def test_the_worst_stands_the_hours_add_up_and_doses_too(self) -> None:
        found = read_rows("2026-05-01,,2,1.2,Ibuprofen", "2026-05-01,,7,1.2,Ibuprofen; Sumatriptan")
        assert days(found) == {"2026-05-01": (True, "severe", "2.4")}
        assert found.rows[DIARY][0].values["intakes"] == [
            ["Ibuprofen", "nsaid", "2", ""], ["Sumatriptan", "triptan", "1", ""],
        ]  # fmt: skip

    def test_an_unknown_time_makes_the_hours_of_the_day_unknown(self) -> None:
        assert days(read_rows("2026-05-01,,2,1,", "2026-05-01,,2,,")) == {"2026-05-01": (True, "mild", None)}

    def test_more_than_24_hours_from_a_date_alone_go_on_into_the_next_day(self) -> None:
        assert days(read_rows("2026-05-01,,5,30,")) == {
            "2026-05-01": (True, "moderate", "24"), "2026-05-02": (True, "moderate", "6"),
        }  # fmt: skip

    def test_two_attacks_that_overlap_end_at_24_hours(self) -> None:
        assert days(read_rows("2026-05-01,,5,20,", "2026-05-01,,5,20,"))["2026-05-01"][2] == "24"

    def test_zero_is_a_day_without_headache_unless_another_row_has_one(self) -> None:
        assert days(read_rows("2026-05-01,,0,,")) == {"2026-05-01": (False, "", None)}
        assert days(read_rows("2026-05-01,,0,,", "2026-05-01,,3,,")) == {"2026-05-01": (True, "mild", None)}

    def test_an_end_without_a_time_makes_every_day_to_it_one_with_headache(self) -> None:
        found = read_rows("2026-05-01,2026-05-03,,,")
        assert days(found) == {f"2026-05-0{day}": (True, "", None) for day in (1, 2, 3)}

    def test_an_end_that_is_a_time_alone_may_lie_after_midnight(self) -> None:
        assert days(read_rows("2026-05-01 22:00,02:00,5,,")) == {
            "2026-05-01": (True, "moderate", "2"), "2026-05-02": (True, "moderate", "2"),
        }  # fmt: skip

    def test_a_start_written_with_its_zone_is_moved_into_the_patients(self) -> None:
        assert list(days(read_rows("2026-05-01T23:30Z,,5,1,"))) == ["2026-05-02"]

    def test_days_between_are_not_invented(self) -> None:
        rows = ("2026-05-01,,5,,", "2026-05-04,,5,,")
        assert list(days(read_rows(*rows))) == ["2026-05-01", "2026-05-04"]
        filled = Mapping(**(MAPPING.as_json() | {"fill": True}))
        assert days(read_rows(*rows, mapping=filled)) == {
            "2026-05-01": (True, "moderate", None), "2026-05-02": (False, "", None),
            "2026-05-03": (False, "", None), "2026-05-04": (True, "moderate", None),
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ("2026-05-08,,5,,", "lies in the future"),
            ("9999-12-31,,5,,", "lies in the future"),
            ("1899-12-31,,5,,", "lies before 1900"),
            ("0001-01-01,,5,,", "lies before 1900"),
            ("2026-05-07 20:00,,5,10,", "lies in the future"),
            ("2026-05-01 20:00,2026-05-01 10:00,5,,", "within 31 days after"),
            ("2026-05-01,9999-12-31,5,,", "within 31 days after"),
            ("2026-05-01,2026-04-01,5,,", "within 31 days after"),
            ("2026-05-01,,12,,", "no number from 0 to 10"),
            ("tomorrow,,5,,", "no date in this order"),
            ("2026-05-01,,5,ages,", "no duration"),
        ],
    )
    def test_a_wrong_row_is_named_and_its_day_left_out(self, row: str, words: str) -> None:
        found = read_rows("2026-05-02,,5,,", row, row.split(",")[0] + ",,1,,")
        (problem, *_more) = found.problems
        assert (problem.file, problem.line) == ("other.csv", 3)
        assert words in problem.reason
        assert list(days(found)) == ["2026-05-02"]

    def test_too_many_doses_leave_the_day_out(self) -> None:
        found = read_rows(*["2026-05-01,,5,,Ibuprofen"] * 101)
        assert days(found) == {}
        assert "more than 100 doses" in found.problems[0].reason

    @given(
        st.lists(
            st.tuples(
                st.dates(date(2025, 1, 1), date(2026, 4, 1)), st.integers(0, 23), st.integers(1, 40 * 60)
            ),
            max_size=8,
            unique_by=lambda row: row[0],
        )
    )
    def test_what_is_read_fits_the_diary(self, rows: list[tuple[date, int, int]]) -> None:
        found = (
            read_rows(*(f"{on} {hour:02}:00,,5,{minutes} min,Ibuprofen" for on, hour, minutes in rows))
            if rows
            else None
        )
        for row in found.rows[DIARY] if found else ():
            hours = Decimal(row.values["hours"])
            assert 0 < hours <= 24
            assert 100 * hours == int(100 * hours)

    def test_a_row_as_it_is_shown(self) -> None:
        assert parse_attack(["2026-05-01", "", "0", "3"], MAPPING, BERLIN, TODAY) == Attack(
            {date(2026, 5, 1): None}, "none"
        )


class TestTables:
    @pytest.mark.parametrize("mark", [",", ";", "\t"])
    def test_the_delimiter_is_found(self, mark: str) -> None:
        text = f'Date{mark}"Pain, worst{mark}"{mark}Hours\n2026-05-01{mark}5{mark}1\n'
        assert detect_delimiter(split_lines(text)) == mark
        assert len(parse_table(text).header) == 3

    def test_what_is_no_table_says_why(self) -> None:
        assert parse_table("Date,Pain\n").problem == "has a header only and no entry below it"
        assert parse_table("a letter to somebody\n").problem == "has no rows below a header"
        assert parse_table('Date,Pain\n2026-05-01,"2\n').problem
        assert "100,000 rows" in parse_table("Date\n" + "2026-05-01\n" * 100_001).problem

    def test_a_file_of_the_same_make_is_known_by_its_header(self) -> None:
        assert table("x").key == table("y").key != table("x", header="Date,End").key

    def test_guesses_are_made_from_names_and_cells(self) -> None:
        found = guess_mapping(
            parse_table(
                "Day;Start time;End;Pain level;Duration (min);Medication;Notes\n"
                "13.05.2025;10:00;12:00;7;120;Sumatriptan;x\n14.05.2025;10:00;;2;;;\n"
            )
        )
        assert found == Mapping(
            date=0, order=DMY, time=1, end=2, intensity=3, scale=TEN, duration=4, unit=MINUTES, medicine=5, note=6
        )  # fmt: skip

    def test_day_and_month_that_could_be_either_are_said_to_be(self) -> None:
        either = table("05/06/2025,,,,", "07/08/2025,,,,")
        assert has_ambiguous_dates(either, guess_mapping(either))
        sure = table("13/06/2025,,,,")
        assert not has_ambiguous_dates(sure, guess_mapping(sure))

    def test_names_are_asked_once_the_commonest_first(self) -> None:
        found = table("1,,Mild,,A; B", "2,,severe,,B", "3,,mild,,")
        assert list_medicines(found, 4) == ["B", "A"]
        assert list_strengths(found, 2) == ["mild", "severe"]
        assert list_medicines(found, None) == []

    @pytest.mark.parametrize(
        ("name", "kind"),
        [("Sumatriptan 50 mg", "triptan"), ("Ibuprofen", "nsaid"), ("Tylenol", "simple"), ("Rimegepant", "gepant"),
         ("Excedrin", "combination"), ("Tramadol", "opioid"), ("Herbal tea", "other"), ("Ergotamine", "ergot")],
    )  # fmt: skip
    def test_a_medicines_class_is_guessed_by_its_name(self, name: str, kind: str) -> None:
        assert guess_drug_class(name) == kind

    def test_words_for_the_intensity_are_guessed(self) -> None:
        assert [guess_strength(word) for word in ("Mild", "stark", "none", "purple")] == [
            "mild", "severe", "none", "headache",
        ]  # fmt: skip
