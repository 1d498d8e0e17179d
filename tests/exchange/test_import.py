"""import_record: every row is checked and every wrong one named; all of it is written, or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Record, User
from exchange.imports.record_csv import MAX_ROWS
from headaches.models import DayChange, DiaryDay, Feature, Intake, Medicine
from reminders.models import Reminder
from tests.conftest import NOON
from treatments.models import InjectionSession, Preventive

pytestmark = pytest.mark.django_db
DIARY = "date,headache,intensity,hours,features,lost,menstruation,triggers,note\n"
MEDICATIONS = "date,name,class,doses,relief,times\n"
SESSIONS = "date,product,units,injector,discomfort,note\n"
PREVENTIVES = "name,dose,started,ended,outcome,note\n"


@pytest.fixture(autouse=True)
def clock(at: Any) -> None:
    at(NOON)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path,
        diary=DIARY
        + '2026-05-01,yes,severe,6.5,one-sided;nausea,half,yes,storm;wine,"woke up, twice\nand again"\n'
        + "2026-05-02,no,,,,none,,,\n2026-05-03,yes,,,none,,,,'=SUM(A1)\n",
        medications=MEDICATIONS
        + "2026-05-01,Sumatriptan 50 mg,triptan,1.5,partial\n2026-05-02,Paracetamol,simple,,\n",
        sessions=SESSIONS + "2026-04-30,Botox,155,Dr Carl,4,\n2026-02-05,,,,,\n",
        preventives=PREVENTIVES
        + "Propranolol,80 mg,2025-01-01,2025-06-01,no effect,\nCandesartan,,2026-01-01,,,\n",
    )
    return tmp_path


def write(folder: Path, **files: str | bytes) -> None:
    for name, content in files.items():
        path = folder / f"{name}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def run(folder: Path, *more: str, email: str = "alice@example.org", capsys: Any = None) -> dict[str, Any]:
    call_command("import_record", email, str(folder), *more)
    found: dict[str, Any] = json.loads(capsys.readouterr().out) if capsys else {}
    return found


def refused(folder: Path, *more: str, capsys: Any) -> str:
    """What is said of a folder that is refused; nothing of it was written."""
    before = counts()
    with pytest.raises(CommandError) as error:
        call_command("import_record", "alice@example.org", str(folder), *more)
    assert counts() == before
    return str(capsys.readouterr().err) + str(error.value)


def counts() -> list[int]:
    return [model.objects.count() for model in (User, Record, DiaryDay, Intake, InjectionSession, Preventive)]


class TestReading:
    def test_every_field_arrives(self, alice: Record, folder: Path, capsys: Any) -> None:
        assert run(folder, capsys=capsys) == {
            "written": True,
            "diary.csv": {"new": 3, "changed": 0, "unchanged": 0},
            "sessions.csv": {"new": 2, "changed": 0, "unchanged": 0},
            "preventives.csv": {"new": 2, "changed": 0, "unchanged": 0},
        }
        first, second, third = alice.days.all()
        assert (first.state, float(first.hours or 0), first.features) == (
            "severe",
            6.5,
            Feature.ONE_SIDED | Feature.NAUSEA,
        )
        assert (first.lost, first.menstruation, first.triggers) == ("half", True, "storm;wine")
        assert first.note == "woke up, twice\nand again"
        assert (second.state, second.lost) == ("free", "none")
        assert (third.state, third.features, third.note) == ("headache", 0, "=SUM(A1)")
        assert [(row.name, float(row.doses), row.relief) for row in Intake.objects.order_by("pk")] == [
            ("Sumatriptan 50 mg", 1.5, "partial"), ("Paracetamol", 1.0, ""),
        ]  # fmt: skip
        assert [session.units for session in alice.sessions.all()] == [None, 155]
        assert alice.preventives.filter(ended=None).get().name == "Candesartan"
        assert set(Medicine.objects.values_list("name", flat=True)) == {"Sumatriptan 50 mg", "Paracetamol"}

    def test_sessions_that_arrive_plan_their_reminders(self, alice: Record, folder: Path) -> None:
        run(folder)
        assert Reminder.objects.filter(state="scheduled").count() == 5

    def test_a_dry_run_tells_and_writes_nothing(self, alice: Record, folder: Path, capsys: Any) -> None:
        before = counts()
        told = run(folder, "--dry-run", capsys=capsys)
        assert told["written"] is False
        assert told["diary.csv"]["new"] == 3
        assert counts() == before

    def test_a_second_time_nothing_changes(self, alice: Record, folder: Path, capsys: Any) -> None:
        run(folder, capsys=capsys)
        again = run(folder, capsys=capsys)
        assert again["diary.csv"] == {"new": 0, "changed": 0, "unchanged": 3}
        assert again["sessions.csv"] == {"new": 0, "changed": 0, "unchanged": 2}
        assert again["preventives.csv"] == {"new": 0, "changed": 0, "unchanged": 2}

    def test_columns_in_another_order_a_byte_mark_and_missing_ones_are_fine(
        self, alice: Record, tmp_path: Path
    ) -> None:
        write(tmp_path, diary="﻿Headache,DATE\r\nyes,2026-05-01\r\n\r\n".encode())
        run(tmp_path)
        assert alice.days.get().state == "headache"

    def test_a_missing_account_is_made_only_when_asked(self, folder: Path, capsys: Any) -> None:
        assert "no account" in refused(folder, capsys=capsys)
        run(folder, "--create")
        user = User.objects.get()
        assert not user.has_usable_password()
        assert user.record.days.count() == 3

    def test_a_made_account_is_not_left_behind_by_a_wrong_file(self, tmp_path: Path, capsys: Any) -> None:
        write(tmp_path, diary=DIARY + "2026-05-01,perhaps,,,,,,,\n")
        refused(tmp_path, "--create", capsys=capsys)
        assert not User.objects.exists()


class TestConflicts:
    def test_a_day_recorded_otherwise_is_named_and_nothing_is_written(
        self, alice: Record, folder: Path, capsys: Any
    ) -> None:
        run(folder, capsys=capsys)
        DiaryDay.objects.filter(date="2026-05-02").update(lost="full")
        write(folder, diary=(folder / "diary.csv").read_text() + "2026-05-04,no,,,,,,,\n")
        assert "diary.csv line 4: 2026-05-02 is recorded differently" in refused(folder, capsys=capsys)

    def test_replace_takes_the_files_row_and_keeps_the_old_one_in_its_history(
        self, alice: Record, folder: Path, capsys: Any
    ) -> None:
        run(folder, capsys=capsys)
        DiaryDay.objects.filter(date="2026-05-01").update(lost="full")
        assert run(folder, "--replace", capsys=capsys)["diary.csv"]["changed"] == 1
        assert alice.days.get(date="2026-05-01").lost == "half"
        change = DayChange.objects.get()
        assert (change.before["lost"], change.after["lost"]) == ("full", "half")
        assert change.after["intakes"] == [["Sumatriptan 50 mg", "triptan", "1.5", "partial"]]

    def test_a_session_and_a_preventive_recorded_otherwise_too(
        self, alice: Record, folder: Path, capsys: Any
    ) -> None:
        run(folder, capsys=capsys)
        InjectionSession.objects.update(units=165)
        Preventive.objects.update(dose="40 mg")
        said = refused(folder, capsys=capsys)
        assert "sessions.csv line 2" in said
        assert "preventives.csv line 2" in said
        run(folder, "--replace")
        assert alice.sessions.get(date="2026-04-30").units == 155


class TestBadFiles:
    @pytest.mark.parametrize(
        ("name", "row", "words"),
        [
            ("diary", "1899-12-31,yes,,,,,,,", "line 2: date: 1899-12-31 lies before 1900-01-01"),
            ("diary", "2026-05-08,yes,,,,,,,", "line 2: date: 2026-05-08 lies in the future"),
            ("diary", "06/05/2026,yes,,,,,,,", "is no date; write it like 2026-05-06"),
            ("diary", "2026-02-30,yes,,,,,,,", "is no date"),
            ("diary", ",yes,,,,,,,", "is no date"),
            ("diary", "2026-05-01,,,,,,,,", "headache: is empty"),
            ("diary", "2026-05-01,perhaps,,,,,,,", "“perhaps” is none of: yes, no"),
            ("diary", "2026-05-01,yes,awful,,,,,,", "intensity: “awful” is none of: mild, moderate, severe"),
            ("diary", "2026-05-01,yes,,25,,,,,", "hours: “25” is no number from 0.01 to 24 in steps of 0.01"),
            ("diary", "2026-05-01,yes,,0,,,,,", "hours"),
            ("diary", "2026-05-01,yes,,1.333,,,,,", "hours"),
            ("diary", "2026-05-01,yes,,NaN,,,,,", "hours"),
            ("diary", "2026-05-01,yes,,1e999,,,,,", "hours"),
            ("diary", "2026-05-01,yes,,,dizzy,,,,", "features: “dizzy” is none of"),
            ("diary", "2026-05-01,no,mild,,,,,,", "belong to a day with headache"),
            ("diary", "2026-05-01,no,,3,,,,,", "belong to a day with headache"),
            ("diary", "2026-05-01,no,,,nausea,,,,", "belong to a day with headache"),
            ("diary", "2026-05-01,yes,,,,most,,,", "lost: “most” is none of"),
            ("diary", "2026-05-01,yes,,,,,,,," + "x", "more cells than the header"),
            ("diary", "2026-05-01,yes,,,,,,," + "x" * 5001, "5001 characters; 5000 fit"),
            ("diary", '2026-05-01,yes,,,,,,,"open', "a quotation mark is missing or one too many"),
            ("medications", "2026-05-01,X,triptan,1,", "has no row in diary.csv"),
            ("sessions", "2027-01-01,Botox,155,,,", "lies in the future"),
            ("sessions", "2026-01-01,Botox,0,,,", "units"),
            ("sessions", "2026-01-01,Botox,155,,11,", "discomfort"),
            ("sessions", "1979-01-01,Botox,155,,,", "before 1980"),
            ("preventives", ",80 mg,,,,", "name: is empty"),
            ("preventives", "X,,2025-06-01,2025-01-01,,", "the end lies before the start"),
        ],
    )
    def test_a_wrong_row_is_named_by_file_line_and_reason(
        self, alice: Record, tmp_path: Path, capsys: Any, name: str, row: str, words: str
    ) -> None:
        heads = {"diary": DIARY, "medications": MEDICATIONS, "sessions": SESSIONS, "preventives": PREVENTIVES}
        write(tmp_path, **{name: heads[name] + row + "\n"})
        said = refused(tmp_path, capsys=capsys)
        assert f"{name}.csv line 2" in said
        assert words in said

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ("2026-05-01,,triptan,1,", "name: is empty"),
            ("2026-05-01,X,,1,", "class: is empty"),
            ("2026-05-01,X,sweets,1,", "class: “sweets” is none of"),
            ("2026-05-01,X,triptan,0,", "doses"),
            ("2026-05-01,X,triptan,1,great", "relief: “great” is none of"),
            ("2026-05-01,X,triptan,1,,09:30;9:30", "times: “9:30” is no time; write it like 09:30"),
        ],
    )
    def test_a_wrong_medicine_is_named(
        self, alice: Record, tmp_path: Path, capsys: Any, row: str, words: str
    ) -> None:
        write(tmp_path, diary=DIARY + "2026-05-01,yes,,,,,,,\n", medications=MEDICATIONS + row + "\n")
        assert f"medications.csv line 2: {words}" in refused(tmp_path, capsys=capsys)

    @pytest.mark.parametrize(("name", "head"), [("diary", DIARY), ("sessions", SESSIONS)])
    def test_a_second_row_for_one_date_is_refused(
        self, alice: Record, tmp_path: Path, capsys: Any, name: str, head: str
    ) -> None:
        row = "2026-05-01,yes,,,,,,,\n" if name == "diary" else "2026-05-01,Botox,155,,,\n"
        write(tmp_path, **{name: head + row + row})
        assert f"{name}.csv line 3: a second row for 2026-05-01; the first is on line 2" in refused(
            tmp_path, capsys=capsys
        )

    def test_every_wrong_row_is_named_not_the_first_alone(
        self, alice: Record, tmp_path: Path, capsys: Any
    ) -> None:
        write(
            tmp_path,
            diary=DIARY + '2026-05-01,yes,,,,,,,"two\nlines"\n2026-05-02,x,,,,,,,\n2026-05-03,yes,,99,,,,,\n',
            sessions=SESSIONS + "soon,,,,,\n",
        )
        said = refused(tmp_path, capsys=capsys)
        assert "diary.csv line 4" in said
        assert "diary.csv line 5" in said
        assert "sessions.csv line 2" in said
        assert "3 rows are wrong. Nothing was written." in said

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"day,headache\n2026-05-01,yes\n", "the header lacks: date"),
            (
                b"date,headache,intensty\n2026-05-01,yes,mild\n",
                "unknown columns, which are left out: intensty",
            ),
            (b"date,headache,date\n", "names a column twice"),
            (b"", "the header lacks"),
            (b"\x89PNG\r\n\x1a\n\x00\x00", "is not a text file in UTF-8"),
            ("date,headache\n2026-05-01,yes\n".encode("utf-16-be"), "is not a text file in UTF-8"),
            (b"date,headache,note\n2026-05-01,yes,a\x00b\n", "is not a text file in UTF-8"),
            ("date,headache,note\n2026-05-01,yes,müde\n".encode("cp1252"), "is not a text file in UTF-8"),
        ],
    )
    def test_a_wrong_file_gets_a_sentence(
        self, alice: Record, tmp_path: Path, capsys: Any, content: bytes, words: str
    ) -> None:
        write(tmp_path, diary=content)
        assert words in refused(tmp_path, capsys=capsys)

    def test_200_000_rows_are_refused(self, alice: Record, tmp_path: Path, capsys: Any) -> None:
        write(tmp_path, diary="date,headache\n" + "2026-05-01,yes\n" * 200_000)
        said = refused(tmp_path, capsys=capsys)
        assert f"more than {MAX_ROWS:,} rows" in said

    def test_more_than_20_mb_are_refused_unread(self, alice: Record, tmp_path: Path, capsys: Any) -> None:
        with (tmp_path / "diary.csv").open("wb") as file:
            file.truncate(20 * 1024 * 1024 + 1)
        assert "larger than 20 MB" in refused(tmp_path, capsys=capsys)

    def test_an_empty_folder_and_no_folder_get_a_sentence(
        self, alice: Record, tmp_path: Path, capsys: Any
    ) -> None:
        assert "contains none of diary.csv" in refused(tmp_path, capsys=capsys)
        assert "is no folder" in refused(tmp_path / "nowhere", capsys=capsys)

    def test_an_address_that_is_none_is_not_made_an_account(self, folder: Path) -> None:
        with pytest.raises(CommandError, match="no e-mail address"):
            call_command("import_record", "nobody", str(folder), "--create")
