"""Spreadsheets: cells as the sheet typed them, the sheet with dates first, damaged ones get a sentence."""

import json
from collections.abc import Callable
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from exchange.archive import RefusedError
from exchange.imports.formats.spreadsheets import find_dated_sheet, read_sheets, unpack_sheets
from exchange.imports.upload import SHEETS_FILE, unpack_upload
from tests.conftest import NOON, as_user
from tests.exchange.samples import SAMPLES
from tests.exchange.workbooks import ods, pack, xls, xlsx

MOMENT = datetime(2026, 4, 3, 8, 30)  # noqa: DTZ001  # a sheet has no time zone
CELLS: list[Any] = [
    date(2026, 4, 3),
    MOMENT,
    time(22, 15),
    7,
    3.58,
    True,
    False,
    "müde & matt",
    None,
    0.1 + 0.2,
]
TEXTS = ["2026-04-03", "2026-04-03 08:30:00", "22:15", "7", "3.58", "TRUE", "FALSE", "müde & matt", "", "0.3"]
DIARY_ROWS: list[list[Any]] = [
    ["Kopfschmerzkalender", None, None], [None, None, None], ["Datum", "Schmerz", "Dauer"],
    [date(2026, 4, 1), 7, 3.5], [date(2026, 4, 2), 0, None], [date(2026, 4, 4), 12, 1],
]  # fmt: skip


@pytest.mark.parametrize("build", [xlsx, xls, ods])
def test_cells_become_what_the_table_reader_expects(build: Callable[..., bytes]) -> None:
    (sheet,) = read_sheets(build(Diary=[[None] * 10, CELLS]))
    # LibreOffice writes a time as a duration.
    texts = [text.lstrip("0") if build is ods and text == "22:15" else text for text in TEXTS]
    assert (sheet.name, sheet.rows) == ("Diary", [(2, texts)])


@pytest.mark.parametrize("build", [xlsx, xls, ods])
def test_the_first_sheet_with_dates_is_read(build: Callable[..., bytes]) -> None:
    data = build(Notes=[["to do", "call"], ["buy", "milk"]], Diary=DIARY_ROWS, Other=DIARY_ROWS)
    sheets = unpack_sheets(unpack_upload(BytesIO(data))[SHEETS_FILE])
    assert ([sheet.name for sheet in sheets], find_dated_sheet(sheets)) == (["Notes", "Diary", "Other"], 1)
    assert find_dated_sheet(sheets[:1]) == 0


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (xlsx(Empty=[]), "The spreadsheet is empty"),
        (xlsx(A=[["x"]])[:-300], "damaged"),
        (pack({"xl/workbook.xml": "<workbook"}), "damaged or far too large"),
        (pack({"mimetype": "x", "content.xml": "<office"}), "damaged or far too large"),
        (pack({"Index/Document.iwa": "x"}), "file of Numbers"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "damaged or far too large"),
        (pack({"xl/workbook.xml": " " * (101 * 1024 * 1024)}), "larger than 100 MB"),
    ],
    ids=["empty", "cut", "no xml", "no ods", "numbers", "old and damaged", "bomb"],
)
def test_what_cannot_be_read_gets_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        unpack_upload(BytesIO(data))


def test_two_cells_that_span_billions_are_refused() -> None:
    data = xlsx(A=[["x"]])
    far = pack(
        {
            **{name: content for name, content in open_zip_texts(data).items() if "sheet1" not in name},
            "xl/worksheets/sheet1.xml": '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
            "</sheetData></worksheet>",
        }
    )
    with pytest.raises(RefusedError, match="far too large"):
        unpack_upload(BytesIO(far))


def open_zip_texts(data: bytes) -> dict[str, str]:
    from zipfile import ZipFile

    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def client(self, alice: Record, at: Any) -> Client:
        at(NOON)
        return as_user(alice.user)

    def upload(self, client: Client, data: bytes, name: str = "diary.xlsx") -> str:
        answer = client.post(reverse("data"), {"file": SimpleUploadedFile(name, data)})
        assert answer.status_code == 302, answer.content.decode()
        return str(answer["Location"])

    def test_another_sheet_can_be_chosen(self, alice: Record, client: Client) -> None:
        where = self.upload(client, xlsx(First=DIARY_ROWS, Second=[["Date", "Pain"], [date(2026, 4, 9), 2]]))
        page = client.get(f"{where}columns/")
        assert page.context["header"] == ["Datum", "Schmerz", "Dauer"]
        assert page.context["sheets"] == ["First", "Second"]
        assert (
            client.post(f"{where}columns/", {"do": "sheet", "sheet": "1"})["Location"] == f"{where}columns/"
        )
        assert client.get(f"{where}columns/").context["header"] == ["Date", "Pain"]
        for wrong in ("9", "x", ""):
            client.post(f"{where}columns/", {"do": "sheet", "sheet": wrong})
            assert client.get(f"{where}columns/").context["header"] == ["Date", "Pain"]

    def test_one_sheet_needs_no_choice(self, client: Client) -> None:
        where = self.upload(client, xlsx(First=DIARY_ROWS))
        assert "Read this sheet" not in client.get(f"{where}columns/").content.decode()

    def test_a_known_diary_saved_as_a_spreadsheet_is_still_recognised(self, client: Client) -> None:
        rows = [line.split(",") for line in SAMPLES["drip"].data.splitlines()]
        page = client.get(self.upload(client, ods(Sheet=rows), "drip.ods"))
        assert page.context["diary"].code == "drip"
        assert page.context["summary"]["headaches"] == 2

    @pytest.mark.parametrize("build", [xlsx, xls, ods])
    def test_by_command(self, alice: Record, at: Any, tmp_path: Any, capsys: Any, build: Any) -> None:
        at(NOON)
        path = tmp_path / "diary"
        path.write_bytes(build(Diary=DIARY_ROWS))
        call_command("import_diary", alice.user.email, str(path), "--json")
        found = json.loads(capsys.readouterr().out)
        assert found["format"] == "table"
        assert [(day["date"], day["intensity"], day["hours"]) for day in found["days"]] == [
            ("2026-04-01", "severe", 3.5), ("2026-04-02", None, None),
        ]  # fmt: skip
        assert [problem["line"] for problem in found["skipped"]] == [6]
