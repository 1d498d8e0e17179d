"""The parsed files of an upload: used instead of the upload, and only as long as nothing they depend on changes."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import Record
from exchange.imports.other_diary import Table
from exchange.imports.parsed import pack_parsed_files, pack_table, unpack_parsed_files, unpack_table
from exchange.imports.record_csv import read_files
from exchange.models import ImportDraft
from tests.conftest import NOON, as_user
from tests.exchange.test_views import HEAD, OTHER, confirm, record_zip, uploaded

pytestmark = pytest.mark.django_db
FEATURES = "2026-05-01,yes,severe,3.5,nausea;light,full,no,wine,Föhn\n"


@pytest.fixture(autouse=True)
def clock(at: Any) -> None:
    at(NOON)


@pytest.fixture
def client(alice: Record) -> Client:
    return as_user(alice.user)


def column_values(client: Client, where: str) -> dict[str, Any]:
    form = client.get(f"{where}columns/").context["form"]
    found = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in found.items() if value is not None and value is not False}


def lose_upload() -> None:
    """A page that unpacks the upload again fails on this."""
    ImportDraft.objects.update(content=b"")


def test_packed_files_are_equal_to_those_read() -> None:
    medicines = "date,name,class,doses,relief,times\n2026-05-01,Sumatriptan,triptan,1.5,,08:00;14:30\n"
    files = read_files(
        {
            "diary.csv": (HEAD + FEATURES + "2026-13-01,no,,,,,,,\n").encode(),
            "medications.csv": medicines.encode(),
            "profile.json": b'{"time_zone": "Europe/Berlin", "recalled_baseline": 18.5}',
        },
        date(2026, 5, 6),
    )
    assert [sorted(files.rows), len(files.problems)] == [["diary.csv", "profile.json"], 1]
    assert unpack_parsed_files(pack_parsed_files(["a"], files), ["a"]) == files
    table = Table(["Date", "Föhn"], [(2, ["2026-05-01", ""]), (4, ["", "x\ny"])])
    assert unpack_table(pack_table(["a"], table), ["a"]) == table


def test_another_guard_gets_nothing() -> None:
    packed = pack_table(["de", {"date": 1}], Table([], [], "empty"))
    assert unpack_table(packed, ["en", {"date": 1}]) is None
    assert unpack_table(packed, ["de", {"date": 2}]) is None
    assert unpack_table(None, []) is None


def test_an_export_is_opened_only_when_it_is_uploaded(alice: Record, client: Client) -> None:
    where = uploaded(client, record_zip(FEATURES))
    lose_upload()
    assert client.get(where).context["added"] == 1
    confirm(client, where)
    assert [(str(day.date), day.state, day.note) for day in alice.days.all()] == [
        ("2026-05-01", "severe", "Föhn")
    ]
    draft = ImportDraft.objects.get()
    assert (draft.state, draft.parsed_files, draft.parsed_table) == ("applied", None, None)


def test_another_diary_is_opened_only_when_it_is_uploaded(alice: Record, client: Client) -> None:
    where = uploaded(client, OTHER.encode(), "other.csv")
    lose_upload()
    values = column_values(client, where)
    client.post(f"{where}columns/", values | {"do": "go"})
    assert client.get(where).context["added"] == 4
    client.post(f"{where}columns/", values | {"note": "", "do": "go"})
    confirm(client, where)
    assert [(str(day.date), day.note) for day in alice.days.all()] == [
        ("2026-05-01", ""), ("2026-05-02", ""), ("2026-05-03", ""), ("2026-05-04", ""),
    ]  # fmt: skip


def test_a_chosen_encoding_is_read_at_once(client: Client) -> None:
    where = uploaded(client, (HEAD + FEATURES).encode("cp1252"), "diary.csv")
    client.post(where, {"encoding": client.get(where).context["offers"][0].codec})
    lose_upload()
    assert client.get(where).context["added"] == 1


def test_a_day_that_was_to_come_is_read_on_the_day(client: Client, at: Any) -> None:
    where = uploaded(client, record_zip("2026-05-08,no,,,,,,,\n"))
    assert client.get(where).context["added"] == 0
    at(datetime(2026, 5, 7, 10, tzinfo=UTC))
    assert client.get(where).context["added"] == 1


def test_problems_are_told_in_the_language_of_the_page(alice: Record, client: Client) -> None:
    where = uploaded(client, record_zip("2026-05-01,maybe,,,,,,,\n"))
    english = client.get(where).context["problems"][0].reason
    alice.user.language = "de"
    alice.user.save()
    german = client.get(where).context["problems"][0].reason
    assert (english, german) == (
        "headache: “maybe” is none of: yes, no", "headache: „maybe“ ist nichts von: yes, no",
    )  # fmt: skip


def test_a_page_of_an_import_writes_nothing(client: Client) -> None:
    where = uploaded(client, record_zip(FEATURES))
    before = ImportDraft.objects.values().get()
    client.get(where)
    client.get(where, headers={"accept-language": "de"})
    assert ImportDraft.objects.values().get() == before
