"""The pages of a known diary's file: what was understood, what is asked, no page of columns, and the way back."""

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadhandler import StopUpload
from django.test import Client

from accounts.models import Record
from exchange.models import ImportDraft
from exchange.schema import MAX_APPLE_BYTES, MAX_BYTES
from exchange.uploads import LimitedUpload
from headaches.models import Intake
from tests.conftest import NOON, as_user, queries
from tests.exchange.samples import APPLE, BUDDY, DAYLIO, MIGRALOG, SAMPLES, buddy
from tests.exchange.test_views import confirm, said, undo, upload, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(at: Any) -> None:
    at(NOON)


@pytest.fixture
def client(alice: Record) -> Client:
    return as_user(alice.user)


def test_upload_preview_answers_import_and_undo(alice: Record, client: Client) -> None:
    where = uploaded(client, BUDDY.encode(), "MigraineBuddy.csv")
    page = said(client.get(where))
    assert "This is a file of Migraine Buddy." in page
    assert "days with headache: 5, days without: 0, from 14 April 2026 to 25 April 2026." in page
    assert "The place of an attack (Geohash) is not read." in page
    assert "line 8" in page
    assert not alice.days.exists()
    choices = {"helpful": "partial", "somewhat-helpful": "none", "unhelpful": "unanswered", "answers": "1"}
    assert client.post(where, choices)["Location"] == where
    assert client.get(where).context["answers"]["helpful"].value() == "partial"
    confirm(client, where)
    assert [(str(day.date), day.state) for day in alice.days.all()] == [
        ("2026-04-14", "severe"), ("2026-04-20", "severe"), ("2026-04-21", "severe"), ("2026-04-22", "severe"),
        ("2026-04-25", "headache"),
    ]  # fmt: skip
    assert dict(Intake.objects.values_list("name", "relief")) == {
        "Sumatriptan": "partial", "Aspirin": "partial", "Naproxen": "none", "Ibuprofen": "",
    }  # fmt: skip
    assert "Undone. Your diary is as it was before." in undo(client)
    assert not alice.days.exists()


@pytest.mark.parametrize("code", sorted(set(SAMPLES) - {"own", "table"}))
def test_each_diary_says_what_it_is_and_asks_for_no_columns(client: Client, code: str) -> None:
    sample = SAMPLES[code]
    where = uploaded(client, sample.data.encode(), sample.name)
    page = client.get(where)
    summary = page.context["summary"]
    assert page.context["diary"].code == code.removesuffix("-json")
    assert (summary["headaches"], summary["free"]) == (
        sum(day[1] for day in sample.days), sum(not day[1] for day in sample.days),
    )  # fmt: skip
    has_link = f"{where}columns/" in said(page)
    assert has_link == (code not in ("apple-health", "aidingmigraine-json", "migralog"))
    columns = client.get(f"{where}columns/")
    assert columns.status_code == 200 if has_link else columns["Location"] == where


def test_the_class_of_each_medicine_is_asked(alice: Record, client: Client) -> None:
    where = uploaded(client, BUDDY.encode(), "MigraineBuddy.csv")
    relief = {"helpful": "complete", "somewhat-helpful": "partial", "unhelpful": "none", "answers": "1"}
    answers = {"class sumatriptan": "combination", "class aspirin": "leave-out"}
    assert client.post(where, relief | answers)["Location"] == where
    assert client.get(where).context["answers"]["class sumatriptan"].value() == "combination"
    bad = client.post(where, relief | {"class aspirin": "sweets"})
    assert bad.status_code == 422
    confirm(client, where)
    # Those that the page did not send keep the guess.
    assert dict(Intake.objects.values_list("name", "drug_class")) == {
        "Sumatriptan": "combination", "Naproxen": "nsaid", "Ibuprofen": "nsaid",
    }  # fmt: skip


def test_activities_are_named_by_her(alice: Record, client: Client) -> None:
    where = uploaded(client, DAYLIO.encode(), "daylio.csv")
    form = client.get(where).context["answers"]
    assert [(name, form[name].value()) for name in form.fields] == [
        ("headache", ["headache"]), ("none", ["no headache"]), ("medicines", ["Sumatriptan"]), ("rest", "skip"),
        ("class sumatriptan", "triptan"),
    ]  # fmt: skip
    client.post(where, {"headache": ["movies"], "rest": "free", "answers": "1"})
    confirm(client, where)
    assert [day.headache for day in alice.days.all()] == [False, True, True, False]


def test_a_bad_answer_gets_a_sentence_and_nothing_is_lost(client: Client) -> None:
    where = uploaded(client, DAYLIO.encode(), "daylio.csv")
    before = ImportDraft.objects.values().get()
    for bad in ({"headache": ["dancing"], "rest": "skip"}, {"rest": "perhaps"}, {}):
        page = client.post(where, bad | {"answers": "1"})
        assert page.status_code == 422
        assert "to correct" in said(page)
    assert ImportDraft.objects.values().get() == before


def test_answers_that_were_not_previewed_are_shown_first(alice: Record, client: Client) -> None:
    where = uploaded(client, DAYLIO.encode(), "daylio.csv")
    shown = client.get(where).context["fingerprint"]
    first = {"headache": ["headache"], "none": ["no headache"], "medicines": ["Sumatriptan"], "rest": "skip"}
    for changed in ({"headache": ["movies"]}, {"rest": "perhaps"}):
        answer = client.post(f"{where}apply/", first | changed | {"shown": shown}, follow=True)
        assert "your answers changed what is read" in said(answer)
        assert not alice.days.exists()
    page = client.get(where)
    assert page.context["answers"]["headache"].value() == ["movies"]
    answers = first | {"headache": ["movies"]}
    client.post(f"{where}apply/", answers | {"shown": page.context["fingerprint"]})
    assert [day.headache for day in alice.days.all()] == [True, False]


@pytest.mark.parametrize("half", [r"\ud800", r"\udfff", r"x\uD800y"])
def test_half_a_surrogate_pair_is_shown_as_unreadable(client: Client, half: str) -> None:
    """JSON can name such a character; no page and no database can hold it."""
    for text in (MIGRALOG.replace("2026-04-05", half), MIGRALOG.replace("Sumatriptan", half)):
        assert half in text
        page = client.get(uploaded(client, text.encode(), "migralog.json"))
        assert page.status_code == 200
        assert "\ufffd" in page.content.decode()


def test_the_columns_can_be_chosen_instead(alice: Record, client: Client) -> None:
    where = uploaded(client, SAMPLES["drip"].data.encode(), "drip.csv")
    form = client.get(f"{where}columns/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    values = {name: value for name, value in values.items() if value is not None and value is not False}
    assert client.post(f"{where}columns/", values | {"do": "go"})["Location"] == where
    page = client.get(where)
    assert page.context["diary"] is None
    assert "Change the columns" in said(page)
    assert not page.context["answers"].fields


def test_a_diary_in_another_encoding_is_recognised_once_it_is_known(alice: Record, client: Client) -> None:
    text = BUDDY.replace("woke me up", "müde")
    where = uploaded(client, text.encode("cp1252"), "buddy.csv")
    client.post(where, {"encoding": client.get(where).context["offers"][0].codec})
    assert client.get(where).context["diary"].code == "migraine-buddy"
    confirm(client, where)
    assert alice.days.get(date="2026-04-14").note.startswith("müde")


def test_a_damaged_file_in_another_encoding_gets_a_sentence(client: Client) -> None:
    text = MIGRALOG[:-5].replace("bad", "müde") + "\n"
    where = uploaded(client, text.encode("cp1252"), "log.json")
    page = client.post(where, {"encoding": client.get(where).context["offers"][0].codec}, follow=True)
    assert "damaged or cut off" in said(page)


def test_it_is_opened_only_when_it_is_uploaded(client: Client) -> None:
    where = uploaded(client, BUDDY.encode(), "buddy.csv")
    ImportDraft.objects.update(content=b"")
    assert client.get(where).context["added"] == 5
    assert list(client.get(where).context["answers"].fields)[:3] == [
        "helpful",
        "somewhat-helpful",
        "unhelpful",
    ]


def test_the_preview_takes_as_many_queries_as_that_of_an_own_file(client: Client) -> None:
    own = queries(client, uploaded(client, SAMPLES["own"].data.encode(), "diary.csv"))
    known = queries(client, uploaded(client, BUDDY.encode(), "buddy.csv"))
    attack = {"Lasted": "1h", "Pain Level": "3"}
    many = buddy(
        *({"Started": f"0{month}/{day:02}/26 09:00"} | attack for month in (1, 2, 3) for day in range(1, 29))
    )
    assert own == known == queries(client, uploaded(client, many.encode(), "buddy.csv")) <= 21


def test_it_is_told_in_german(alice: Record, client: Client) -> None:
    alice.user.language = "de"
    alice.user.save()
    page = said(client.get(uploaded(client, BUDDY.encode(), "buddy.csv")))
    assert "Dies ist eine Datei von Migraine Buddy." in page
    assert "Aktualisieren" in page


class TestLargeUploads:
    def zipped(self, filler: bytes = b"") -> bytes:
        out = BytesIO()
        with ZipFile(out, "w") as archive:
            archive.writestr("apple_health_export/walk.gpx", filler)
            archive.writestr("apple_health_export/export.xml", APPLE, ZIP_DEFLATED)
        return out.getvalue()

    def test_apple_health_may_be_larger_than_20_mb(self, alice: Record, client: Client) -> None:
        where = uploaded(client, self.zipped(bytes(MAX_BYTES + 2 * 1024**2)), "export.zip")
        assert client.get(where).context["added"] == 5
        draft = ImportDraft.objects.get()
        assert len(draft.content) < 2000
        big = APPLE.replace("</HealthData>", " " * (MAX_BYTES + 1) + "</HealthData>")
        assert client.get(uploaded(client, big.encode(), "export.xml")).context["added"] == 5

    @pytest.mark.parametrize("name", ["diary.zip", "export.xml", "diary.csv"])
    def test_any_other_file_may_not(self, client: Client, name: str) -> None:
        data = b"x" * (MAX_BYTES + 1)
        if name.endswith("zip"):
            out = BytesIO()
            with ZipFile(out, "w") as archive:
                archive.writestr("diary.csv", data)
            data = out.getvalue()
        answer = upload(client, data, name)
        assert (answer.status_code, "nothing of it was read" in said(answer)) == (422, True)
        assert not ImportDraft.objects.exists()

    def test_more_than_300_mb_are_refused_by_their_declared_length(self, client: Client) -> None:
        handler = LimitedUpload()
        handler.request = None
        handler.handle_raw_input(None, {}, MAX_APPLE_BYTES)
        handler.new_file("file", "export.zip", "", 0)
        handler.handle_raw_input(None, {}, MAX_APPLE_BYTES + 2 * 1024**2)
        with pytest.raises(StopUpload):
            handler.new_file("file", "export.zip", "", 0)
