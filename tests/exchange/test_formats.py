"""Known diaries, corner by corner: nothing is filled, nothing is guessed in secret, hostile files get a sentence."""

import json
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest

from exchange.archive import RefusedError
from exchange.imports.formats.apple_stream import extract_records
from exchange.imports.formats.base import Source, read_diary
from exchange.imports.formats.registry import BY_KEY, recognise
from exchange.imports.upload import OTHER_DIARY_FILE, unpack_upload
from exchange.schema import DIARY, Answer, RecordFiles
from tests.conftest import TODAY
from tests.exchange.samples import APPLE, APPLE_DTD, MIGRALOG, SAMPLES, apple, buddy

BERLIN = ZoneInfo("Europe/Berlin")


def read(data: str | bytes, zone: ZoneInfo = BERLIN, today: date = TODAY, **answers: Answer) -> RecordFiles:
    content = data if isinstance(data, bytes) else data.encode()
    source = Source(unpack_upload(BytesIO(content))[OTHER_DIARY_FILE].decode())
    key = recognise(source)
    assert key is not None
    return read_diary(BY_KEY[key], source, answers, zone, today, "file")


def states(found: RecordFiles) -> dict[str, str]:
    """The month and day, and what it says: no, yes, mild, moderate, severe."""
    return {
        row.key[0][5:]: row.values["intensity"] or ("yes" if row.values["headache"] else "no")
        for row in found.rows[DIARY]
    }


def values(found: RecordFiles, name: str) -> list[Any]:
    return [row.values[name] for row in found.rows[DIARY]]


def reasons(found: RecordFiles) -> list[str]:
    return [problem.reason for problem in found.problems]


class TestRecognition:
    @pytest.mark.parametrize(("code", "sample"), SAMPLES.items())
    def test_each_file_is_recognised_alone(self, code: str, sample: Any) -> None:
        key = recognise(Source(sample.data.lstrip("\ufeff"))) if code not in ("apple-health", "own") else code
        assert key == (None if code == "table" else code)

    @pytest.mark.parametrize(
        "text",
        [
            "Date,Headache,Severity\n2026-05-01,TRUE,severe\n",
            "Date,Headache\n2026-05-01,Mild\n",
            "Date,Headache Severity\n2026-05-01 00:00:00,7\n",
            "Date,Started,Lasted\n2026-05-01,08:00,2h\n",
            '{"episodes": []}',
            "{",
            "",
            "date,mood\n2026-05-01,good\n",
        ],
    )
    def test_a_table_of_her_own_is_not_taken_for_one(self, text: str) -> None:
        assert recognise(Source(text)) is None

    def test_other_line_ends_delimiters_and_columns(self) -> None:
        text = SAMPLES["drip"].data.replace(",", ";").replace("\n", "\r\n").replace("note.value", "mood.sad")
        assert states(read(text)) == {"04-02": "yes", "04-03": "no", "04-04": "yes"}


class TestMigraineBuddy:
    def test_what_has_no_place_is_kept_in_the_note_and_the_place_is_not(self) -> None:
        found = read(SAMPLES["migraine-buddy"].data)
        assert values(found, "note")[0] == "woke me up\nSymptoms: Nausea"
        assert values(found, "triggers")[0] == "Weather; Stress"
        assert "u0yjjd" not in str(found)
        assert values(found, "intakes")[:2] == [
            [["Sumatriptan", "triptan", "1", "complete"], ["Aspirin", "nsaid", "1", "complete"]],
            [["Naproxen", "nsaid", "1", "partial"], ["Ibuprofen", "nsaid", "1", "none"]],
        ]

    def test_saved_again_by_a_german_spreadsheet(self) -> None:
        text = "#;Started;Lasted;Pain Level\n1;14.04.2026 09:10;03h 30m;7\n"
        found = read(text)
        assert (states(found), values(found, "hours")) == ({"04-14": "severe"}, ["3.5"])

    def test_relief_is_asked_only_about_columns_that_name_a_medicine(self) -> None:
        found = read(SAMPLES["migraine-buddy"].data)
        assert [(one.code, one.default) for one in found.questions] == [
            ("helpful", "complete"), ("somewhat-helpful", "partial"), ("unhelpful", "none"),
            ("class sumatriptan", "triptan"), ("class aspirin", "nsaid"), ("class naproxen", "nsaid"),
            ("class ibuprofen", "nsaid"),
        ]  # fmt: skip

    def test_what_still_goes_on_is_named_and_not_taken(self) -> None:
        attack = {"Started": "04/14/26 09:10", "Lasted": "1h", "Pain Level": "0"}
        found = read(buddy(attack, ongoing="05/06/26"))
        assert states(found) == {"04-14": "no"}
        assert [(problem.line, problem.reason) for problem in found.problems] == [
            (2, "still went on when the file was made, so it was left out; enter it by hand: 05/06/26")
        ]

    def test_the_offset_says_which_day_it_was(self) -> None:
        attack = {
            "Started": "04/14/26 22:00",
            "Lasted": "1h",
            "Pain Level": "5",
            "Start UTC Offset (min)": "-240",
        }
        assert states(read(buddy(attack))) == {"04-15": "moderate"}

    @pytest.mark.parametrize("offset", ["east", "999999", "nan", "1e400"])
    def test_an_offset_that_is_none_is_named(self, offset: str) -> None:
        attack = {"Started": "04/14/26 22:00", "Lasted": "1h", "Start UTC Offset (min)": offset}
        assert reasons(read(buddy(attack))) == [f"“{offset}” is no offset in minutes"]

    @pytest.mark.parametrize(
        ("name", "cell", "reason"),
        [
            ("Pain Level", "11", "is no number from 0 to 10"), ("Lasted", "long", "is no duration"),
            ("Started", "04/14/36 09:00", "lies in the future"), ("Lasted", "40d 00h 00m", "lasts longer than 31 days"),
            ("Started", "13/14/26 09:00", "is no date"), ("Potential Triggers", "x" * 501, "more than 500 characters"),
            ("Notes", "x" * 5001, "more than 5000 characters"),
        ],
    )  # fmt: skip
    def test_a_row_that_cannot_be_read_is_named_and_its_day_left_out(
        self, name: str, cell: str, reason: str
    ) -> None:
        attack = {"Started": "04/14/26 09:00", "Lasted": "1h", "Pain Level": "5"}
        found = read(buddy(attack | {name: cell}, {"Started": "04/20/26 09:00", "Pain Level": "5"}))
        assert (states(found), [problem.line for problem in found.problems]) == ({"04-20": "moderate"}, [5])
        assert reason in reasons(found)[0]

    def test_a_comma_too_many_is_named_and_not_shifted(self) -> None:
        text = buddy({"Started": "04/14/26 09:00", "Pain Level": "5"})
        found = read(text.rstrip("\n") + ',"x"\n')
        assert states(found) == {}
        assert "has more cells than the header" in reasons(found)[0]


class TestAppleHealth:
    def test_menstruation_stands_with_days_that_say_something(self) -> None:
        found = read(APPLE)
        assert values(found, "menstruation") == [None, None, True, None, None]
        assert reasons(found) == [
            "1 day stays unrecorded: the file does not say whether there was a headache",
            "“HKCategoryValueSeverityPurple” is no value of Apple Health",
        ]

    @pytest.mark.parametrize(
        ("value", "state"), [("0", "yes"), ("1", "no"), ("2", "mild"), ("3", "moderate"), ("4", "severe")]
    )
    def test_raw_numbers_are_those_of_healthkit(self, value: str, state: str) -> None:
        moment = "2026-04-01 08:00:00 +0200"
        assert states(read(apple(("Headache", moment, moment, value)))) == {"04-01": state}

    def test_not_present_says_nothing_of_a_day_it_only_touches(self) -> None:
        entry = ("Headache", "2026-04-01 20:00:00 +0200", "2026-04-03 02:00:00 +0200", "1")
        assert states(read(apple(entry))) == {"04-01": "no", "04-02": "no"}

    def test_a_file_that_only_claims_to_be_one_is_no_harm(self) -> None:
        text = "apple health line,type,startDate,endDate,value\r\nx,1\r\n1,2,3\r\n,,,,\r\n"
        assert read(text).rows[DIARY] == []

    def test_no_flow_is_an_answer(self) -> None:
        moment = "2026-04-01 08:00:00 +0200"
        found = read(apple(("Headache", moment, moment, "1"), ("MenstrualFlow", moment, moment, "5")))
        assert values(found, "menstruation") == [False]

    @pytest.mark.parametrize("name", ["apple_health_export/export.xml", "apple_health_export/导出.xml"])
    def test_in_its_zip_among_other_files(self, name: str) -> None:
        out = BytesIO()
        with ZipFile(out, "w", ZIP_DEFLATED) as archive:
            archive.writestr("apple_health_export/export_cda.xml", "<ClinicalDocument/>")
            for walk in range(3000):
                archive.writestr(f"apple_health_export/workout-routes/route_{walk}.gpx", "<gpx/>")
            archive.writestr(name, APPLE)
        assert [day[5:] for day, *_more in SAMPLES["apple-health"].days] == list(states(read(out.getvalue())))

    def test_an_end_before_its_start_is_named(self) -> None:
        found = read(apple(("Headache", "2026-04-02 08:00:00 +0200", "2026-04-01 08:00:00 +0200", "4")))
        assert reasons(found) == ["the end does not lie within 31 days after the start"]

    def test_a_file_without_entries_is_what_it_is(self) -> None:
        assert read(apple()).rows[DIARY] == []


class Endless:
    """A file that begins in one way and goes on in another for a given number of bytes."""

    def __init__(self, head: bytes, body: bytes, size: int) -> None:
        self.head, self.body, self.left = head, body, size

    def read(self, size: int) -> bytes:
        head, self.head = self.head, b""
        if head or self.left <= 0:
            return head
        self.left -= size
        return self.body * (size // len(self.body))


def hostile_xml() -> Iterator[tuple[str, Any]]:
    bomb = '<!DOCTYPE HealthData [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><HealthData>&b;</HealthData>'
    yield "nested entities", BytesIO(bomb.encode())
    yield "a long entity", BytesIO(f'<!DOCTYPE HealthData [<!ENTITY a "{"h" * 101}">]><HealthData/>'.encode())
    yield (
        "another file",
        BytesIO(b'<!DOCTYPE HealthData [<!ENTITY a SYSTEM "file:///etc/passwd">]><HealthData/>'),
    )
    yield "a parameter entity", BytesIO(b'<!DOCTYPE HealthData [<!ENTITY % a "ha">]><HealthData/>')
    yield "unknown encoding", BytesIO(APPLE.replace("UTF-8", "UTF-T").encode())
    yield "multi-byte encoding", BytesIO(APPLE.replace("UTF-8", "shift_jis").encode())
    yield "cut off", BytesIO(APPLE[:-20].encode())
    yield "no xml", BytesIO(b"<HealthData>" + b"\0" * 100)
    yield "a tag without end", Endless(b'<HealthData><Record type="', b"a", 10_000_000)
    yield "a comment without end", Endless(b"<HealthData><!-- ", b"a", 10_000_000)
    yield "tags in tags", Endless(b"<HealthData>", b"<a>", 10_000_000)
    yield "many names", BytesIO(b"<HealthData>" + b"".join(b"<a%d/>" % number for number in range(60_000)))
    yield "many entries", BytesIO(
        apple(*[("Headache", "2026-04-01 08:00:00 +0200", "", "1")]).replace("</HealthData>", "").encode()
        + b'<Record type="HKCategoryTypeIdentifierHeadache"/>' * 100_000 + b"</HealthData>"
    )  # fmt: skip


@pytest.mark.asvs(47)
class TestHostileXml:
    @pytest.mark.parametrize(("file", "_name"), [(file, name) for name, file in hostile_xml()])
    def test_it_gets_a_sentence(self, file: IO[bytes], _name: str) -> None:
        with pytest.raises(RefusedError):
            extract_records(file)

    def test_a_small_entity_is_no_harm(self) -> None:
        text = APPLE.replace("<!ELEMENT", '<!ENTITY name "Watch">\n<!ELEMENT', 1)
        assert len(extract_records(BytesIO(text.encode())).splitlines()) == 9

    def test_a_longer_file_than_allowed_is_refused(self) -> None:
        with pytest.raises(RefusedError, match="larger than 1 MB"):
            extract_records(Endless(b"<HealthData>", b" " * 64, 10_000_000), limit=1024**2)  # type: ignore[arg-type]

    @pytest.mark.slow
    def test_progress_is_told(self) -> None:
        told: list[tuple[int, int]] = []
        with pytest.raises(RefusedError):
            extract_records(
                Endless(APPLE_DTD.encode(), b"\n", 140_000_000),  # type: ignore[arg-type]
                lambda read, found: told.append((read, found)),
            )
        assert [read // 1_000_000 for read, _found in told] == [67, 134]


class TestBearable:
    def test_the_worst_of_a_day_counts_and_notes_stay(self) -> None:
        found = read(SAMPLES["bearable"].data)
        assert (states(found), values(found, "note")) == ({"04-02": "severe"}, ["after work"])
        assert reasons(found) == [
            "2 days stay unrecorded: the file does not say whether there was a headache",
            "2026-04-04 has a medicine, but nothing says whether there was a headache",
            "“9” is no number from 0 to 4",
        ]

    def test_she_says_what_is_a_headache_and_what_other_days_mean(self) -> None:
        found = read(SAMPLES["bearable"].data, symptoms=["Nausea"], rest="free", medicines=["Magnesium"])
        assert states(found) == {
            "04-01": "no",
            "04-02": "no",
            "04-03": "moderate",
            "04-04": "no",
            "04-05": "no",
        }
        assert [[intake[:2] for intake in day] for day in values(found, "intakes")] == [
            [], [["Magnesium", "other"]], [], [], [],
        ]  # fmt: skip

    def test_dates_of_older_files(self) -> None:
        text = "date,weekday,time of day,category,rating/amount,detail,notes\n8th Dec 2025,x,am,Symptom,4,Headache,\n"
        assert states(read(text)) == {"12-08": "severe"}


class TestDaylio:
    def test_a_contradiction_is_named(self) -> None:
        found = read(SAMPLES["daylio"].data)
        assert values(found, "note") == ["Storm\nall day", ""]
        assert "says both" in reasons(found)[1]

    def test_german_activities_are_guessed(self) -> None:
        text = "full_date,mood,activities\n2026-04-01,gut,Kopfschmerzen\n2026-04-02,gut,keine Kopfschmerzen\n"
        found = read(text)
        assert [one.default for one in found.questions[:2]] == [["Kopfschmerzen"], ["keine Kopfschmerzen"]]
        assert states(found) == {"04-01": "yes", "04-02": "no"}

    def test_the_last_day_of_all_calendars_is_named(self) -> None:
        text = "full_date,mood,activities\n9999-12-31,gut,migraine\n2026-04-01,gut,migraine\n"
        found = read(text)
        assert (states(found), reasons(found)) == ({"04-01": "yes"}, ["9999-12-31 lies in the future"])

    def test_the_worst_entry_of_a_day_counts(self) -> None:
        text = "full_date,mood,activities\n2026-04-01,gut,migraine\n2026-04-01,gut,migraine free\n"
        assert states(read(text)) == {"04-01": "yes"}


class TestDrip:
    def test_bleeding_is_menstruation_and_spotting_is_not(self) -> None:
        found = read(SAMPLES["drip"].data)
        assert values(found, "menstruation") == [True, None, None]
        assert values(found, "note")[2] == "migraine\nleft side\ntired"

    def test_days_without_a_tick_are_clear_only_if_she_says_so(self) -> None:
        assert states(read(SAMPLES["drip"].data, rest="free"))["04-01"] == "no"


class TestMigraLog:
    def test_doses_notes_and_triggers(self) -> None:
        found = read(MIGRALOG)
        assert values(found, "intakes")[0] == [["Sumatriptan", "triptan", "2", ""]]
        assert values(found, "triggers")[0] == "wine"
        assert values(found, "note")[0].splitlines() == [
            "Symptoms: nausea", "Locations: left_eye", "Sumatriptan: relief after 45 min",
        ]  # fmt: skip

    @pytest.mark.parametrize(("yellow", "state"), [("skip", None), ("headache", "yes"), ("free", "no")])
    def test_a_yellow_day_is_asked_about(self, yellow: str, state: str | None) -> None:
        assert states(read(MIGRALOG, yellow=yellow)).get("04-04") == state

    @pytest.mark.parametrize(
        ("key", "entry", "reason"),
        [
            ("episodes", {"id": "x", "startTime": "soon"}, "startTime is no time"),
            ("episodes", {"id": "x"}, "startTime is missing"),
            ("episodes", "nonsense", "startTime is missing"),
            ("episodes", {"startTime": 10**30}, "startTime is no time"),
            ("episodes", {"startTime": True}, "startTime is no time"),
            ("episodes", {"startTime": 2, "endTime": 1}, "the end does not lie within"),
            ("episodes", {"startTime": 1_775_000_000_000, "symptoms": [{"name": {}}]}, "name is no text"),
            (
                "intensityReadings",
                {"episodeId": "e1", "timestamp": 1_775_000_000_000, "intensity": 12},
                "0 to 10",
            ),
            ("dailyStatusLogs", {"status": "green"}, "is no date"),
            ("medicationDoses", {"timestamp": 1_775_000_000_000}, "that the file does not name"),
            (
                "medicationDoses",
                {"timestamp": 1_775_000_000_000, "medicationId": "m1", "quantity": -1},
                "no number",
            ),
            (
                "medicationDoses",
                {"timestamp": 1_775_000_000_000, "medicationId": "m1", "quantity": []},
                "no text",
            ),
        ],
    )
    def test_an_entry_that_cannot_be_read_is_named(self, key: str, entry: Any, reason: str) -> None:
        loaded = {name: [] for name in json.loads(MIGRALOG)} | {"medications": [{"id": "m1", "name": "X"}]}
        assert reason in " ".join(reasons(read(json.dumps(loaded | {key: [entry]}))))

    @pytest.mark.parametrize("text", [MIGRALOG[:-5], "[" * 100_000, '["episodes", "intensityReadings"]'])
    def test_a_file_that_is_no_object_is_refused_or_not_recognised(self, text: str) -> None:
        source = Source(text)
        key = recognise(source)
        if key:
            with pytest.raises(RefusedError, match="damaged"):
                read(text)


class TestHealthAutoExport:
    def test_several_in_a_cell_the_worst_counts(self) -> None:
        text = 'Date,Headache\n2026-04-01 00:00:00,"Mild, Moderate"\n2026-04-02 00:00:00,Not Present\n'
        assert states(read(text)) == {"04-01": "moderate", "04-02": "no"}

    def test_menstrual_flow(self) -> None:
        assert values(read(SAMPLES["health-auto-export"].data), "menstruation") == [None, True, None]

    def test_a_word_below_the_head_that_is_none_is_named(self) -> None:
        text = "Date,Headache\n" + "2026-04-01 00:00:00,Mild\n" * 60 + "2026-04-02 00:00:00,Purple\n"
        assert reasons(read(text)) == ["“purple” is no strength of Apple Health"]


class TestAidingMigraine:
    def test_past_midnight_the_duration_counts(self) -> None:
        assert values(read(SAMPLES["aidingmigraine"].data), "hours") == ["2", "2", None, "1.5"]

    def test_an_hour_that_the_clock_skips_is_no_duration(self) -> None:
        head = SAMPLES["aidingmigraine"].data.splitlines()[0]
        found = read(f"{head}\n2026-03-29,02:30,03:05,,5,,,,,,,,,,,,\n")
        assert (states(found), values(found, "hours")) == ({"03-29": "moderate"}, [None])

    def test_what_has_no_place_is_kept_in_the_note(self) -> None:
        found = read(SAMPLES["aidingmigraine"].data)
        assert values(found, "note")[0] == "stress\nResolution: Slept\nSymptoms: Nausea\nPain Location: left"
        assert values(found, "triggers")[0] == "Wine"

    def test_the_older_file_of_eleven_columns(self) -> None:
        lines = SAMPLES["aidingmigraine"].data.splitlines()
        text = "\n".join(",".join(line.split(",")[:11]) for line in lines)
        assert states(read(text)) == {
            "04-01": "severe",
            "04-02": "severe",
            "04-03": "severe",
            "04-05": "mild",
        }


class TestZips:
    @pytest.mark.parametrize("folder", ["", "export/", "a/b/"])
    def test_a_file_of_another_diary_in_a_zip(self, folder: str) -> None:
        out = BytesIO()
        with ZipFile(out, "w") as archive:
            archive.mkdir(folder) if folder == "export/" else None
            archive.writestr(f"{folder}drip.csv", SAMPLES["drip"].data)
            archive.writestr(f"__MACOSX/{folder}._drip.csv", b"\0\1")
            archive.writestr(f"{folder}.DS_Store", b"\0\1")
        assert list(states(read(out.getvalue()))) == ["04-02", "04-03", "04-04"]

    def test_a_record_in_a_folder_with_what_macos_adds(self) -> None:
        out = BytesIO()
        with ZipFile(out, "w") as archive:
            archive.writestr("diary-2026/diary.csv", SAMPLES["own"].data)
            archive.writestr("__MACOSX/diary-2026/._diary.csv", b"\0\1")
        assert list(unpack_upload(BytesIO(out.getvalue()))) == [DIARY]

    def test_a_zip_in_a_zip_is_refused(self) -> None:
        inner, outer = BytesIO(), BytesIO()
        with ZipFile(inner, "w") as archive:
            archive.writestr("drip.csv", SAMPLES["drip"].data)
        with ZipFile(outer, "w") as archive:
            archive.writestr("drip.xlsx", inner.getvalue())
        with pytest.raises(RefusedError, match="another zip"):
            unpack_upload(BytesIO(outer.getvalue()))
