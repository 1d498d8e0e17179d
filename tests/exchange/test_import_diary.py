"""manage.py import_diary: the browser's own reader and its first guesses, for every kind of file."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Record
from exchange.models import ImportDraft
from headaches.models import Intake
from tests.conftest import NOON, as_user
from tests.exchange.samples import BUDDY, DAYLIO, SAMPLES, TABLE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(at: Any) -> None:
    at(NOON)


def put(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def run(record: Record, path: Path, capsys: Any, *options: Any) -> dict[str, Any]:
    capsys.readouterr()
    call_command("import_diary", record.user.email, str(path), "--json", *map(str, options))
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("code", SAMPLES)
def test_every_kind_of_file_is_read_as_what_it_is(
    alice: Record, tmp_path: Path, capsys: Any, code: str
) -> None:
    sample = SAMPLES[code]
    found = run(alice, put(tmp_path, sample.name, sample.data), capsys)
    assert found["format"] == code.removesuffix("-json")
    names = ("date", "headache", "intensity", "hours", "medications")
    assert found["days"] == [dict(zip(names, day, strict=True)) for day in sample.days]
    assert [problem["line"] for problem in found["skipped"]] == sample.skipped
    assert all(problem["reason"] for problem in found["skipped"])
    assert [str(day.date) for day in alice.days.all()] == [day[0] for day in sample.days]


def test_a_dry_run_writes_nothing(alice: Record, tmp_path: Path, capsys: Any) -> None:
    assert len(run(alice, put(tmp_path, "b.csv", BUDDY), capsys, "--dry-run")["days"]) == 5
    assert not alice.days.exists()
    assert not ImportDraft.objects.exists()


def test_it_can_be_undone_in_the_browser(alice: Record, tmp_path: Path, capsys: Any) -> None:
    run(alice, put(tmp_path, "b.csv", BUDDY), capsys)
    as_user(alice.user).post(reverse("undo_import", args=[ImportDraft.objects.get().pk]))
    assert not alice.days.exists()


def test_recorded_days_stay_as_they_are(alice: Record, tmp_path: Path, capsys: Any) -> None:
    alice.days.create(date="2026-04-14", headache=False, written_at=NOON)
    run(alice, put(tmp_path, "b.csv", BUDDY), capsys)
    assert alice.days.get(date="2026-04-14").headache is False


def test_answers_are_taken(alice: Record, tmp_path: Path, capsys: Any) -> None:
    answers = put(tmp_path, "answers.json", json.dumps({"headache": ["movies"], "none": ["work"]}))
    found = run(alice, put(tmp_path, "d.csv", DAYLIO), capsys, "--answers", answers)
    assert [(day["date"][-2:], day["headache"]) for day in found["days"]] == [
        ("01", False), ("02", True), ("03", True),
    ]  # fmt: skip


def test_answers_about_relief_are_taken(alice: Record, tmp_path: Path, capsys: Any) -> None:
    answers = put(tmp_path, "answers.json", json.dumps({"helpful": "partial", "unhelpful": "unanswered"}))
    run(alice, put(tmp_path, "b.csv", BUDDY), capsys, "--answers", answers)
    assert dict(Intake.objects.values_list("name", "relief")) == {
        "Sumatriptan": "partial", "Aspirin": "partial", "Naproxen": "partial", "Ibuprofen": "",
    }  # fmt: skip


def test_answers_about_columns_are_taken(alice: Record, tmp_path: Path, capsys: Any) -> None:
    answers = put(tmp_path, "answers.json", json.dumps({"medicine": "", "scale": "0-10"}))
    found = run(alice, put(tmp_path, "t.csv", TABLE), capsys, "--answers", answers)
    assert [day["medications"] for day in found["days"]] == [[], []]


@pytest.mark.parametrize(
    ("data", "answers", "sentence"),
    [
        (BUDDY, '{"helpful": "wonderful"}', "helpful"),
        (BUDDY, '{"mood": "good"}', "Not asked about this file: mood"),
        (BUDDY, "[]", "must hold an object"),
        (BUDDY, "{", "is no JSON"),
        (TABLE, '{"date": "99"}', "date"),
        ("just a letter", "{}", "has no rows below a header"),
        ("", "{}", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n\x01\x02", "{}", "no text file"),
        ('{"appVersion": 1, "migraines": [', "{}", "damaged or cut off"),
    ],
)
def test_a_refused_file_or_answer_gets_a_sentence(
    alice: Record, tmp_path: Path, data: str | bytes, answers: str, sentence: str
) -> None:
    paths = put(tmp_path, "file", data), put(tmp_path, "answers.json", answers)
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("import_diary", alice.user.email, str(paths[0]), "--answers", str(paths[1]))
    assert refused.value.returncode == 1
    assert not alice.days.exists()
    assert not ImportDraft.objects.exists()


def test_a_missing_file_or_record_is_named(alice: Record, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_diary", alice.user.email, str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="There is no record for"):
        call_command("import_diary", "nobody@example.org", str(tmp_path / "none.csv"))


def test_without_json_it_says_a_sentence(alice: Record, tmp_path: Path, capsys: Any) -> None:
    call_command("import_diary", alice.user.email, str(put(tmp_path, "b.csv", BUDDY)), "--dry-run")
    said = capsys.readouterr()
    assert said.out == "migraine-buddy: 5 days read, 5 new ones would be brought in.\n"
    assert said.err == "line 8: “soon” is no date in this order\n"


def test_a_file_in_another_encoding_is_read_by_the_best_guess(
    alice: Record, tmp_path: Path, capsys: Any
) -> None:
    text = BUDDY.replace("woke me up", "müde")
    run(alice, put(tmp_path, "b.csv", text.encode("cp1252")), capsys)
    assert alice.days.get(date="2026-04-14").note.splitlines()[0] == "müde"


def test_what_a_table_leaves_open_is_asked_and_answered(alice: Record, tmp_path: Path, capsys: Any) -> None:
    rows = "".join(f"2026-04-{day:02},{'5' if day == 3 else ''}\n" for day in range(1, 6) if day != 4)
    path = put(tmp_path, "t.csv", f"date,pain\n{rows}")
    found = run(alice, path, capsys, "--dry-run")
    assert [(one["code"], one["default"]) for one in found["questions"]] == [("blank", "skip"), ("fill", "")]
    assert [day["date"][-2:] for day in found["days"]] == ["03"]
    answers = put(tmp_path, "answers.json", '{"blank": "free", "fill": "on"}')
    filled = run(alice, path, capsys, "--answers", answers)["days"]
    assert [(day["date"][-2:], day["headache"]) for day in filled] == [
        ("01", False), ("02", False), ("03", True), ("04", False), ("05", False),
    ]  # fmt: skip
