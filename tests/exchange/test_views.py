"""Your data: a look before anything is written, a choice, a day to take it back; hostile files get a sentence."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from exchange.archive import pack_files, unpack_zip
from exchange.imports import draft as drafts
from exchange.imports.encodings import offer_encodings
from exchange.models import ImportDraft, ImportMapping
from exchange.schema import DIARY, MAX_BYTES
from headaches.models import DayChange, DiaryDay, Intake, Medicine
from reminders.models import Reminder
from tests.conftest import NOON, PASSWORD, as_user, make_patient, queries
from treatments.models import (
    Booking,
    EffectCheck,
    Goal,
    InjectionSession,
    InjectionSite,
    Preventive,
    Score,
    SideEffect,
)

pytestmark = pytest.mark.django_db
HEAD = "date,headache,intensity,hours,features,lost,menstruation,triggers,note\n"


@pytest.fixture(autouse=True)
def clock(at: Any) -> None:
    at(NOON)


@pytest.fixture
def client(alice: Record) -> Client:
    return as_user(alice.user)


def record_zip(diary: str = "", **more: str) -> bytes:
    return pack_files(
        {DIARY: (HEAD + diary).encode(), **{f"{name}.csv": text.encode() for name, text in more.items()}}
    )


def upload(client: Client, data: bytes, name: str = "diary.zip") -> Any:
    return client.post(reverse("data"), {"file": SimpleUploadedFile(name, data)})


def uploaded(client: Client, data: bytes, name: str = "diary.zip") -> str:
    """The address of the look at an upload."""
    answer = upload(client, data, name)
    assert answer.status_code == 302, said(answer)
    return str(answer["Location"])


def said(answer: HttpResponse) -> str:
    return answer.content.decode()


def confirm(client: Client, where: str, **choices: str) -> HttpResponse:
    page = client.get(where)
    return client.post(f"{where}apply/", {"shown": page.context["fingerprint"], **choices})


def undo(client: Client) -> str:
    draft = ImportDraft.objects.get()
    return said(client.post(reverse("undo_import", args=[draft.pk]), follow=True))


def everything() -> list[Any]:
    models = [
        Record, DiaryDay, Intake, DayChange, Medicine, InjectionSession, InjectionSite, SideEffect, Preventive, Score,
        EffectCheck, Goal, Booking,
    ]  # fmt: skip
    return [list(model.objects.order_by("pk").values()) for model in models]


def keep_day(record: Record, on: str = "2026-05-01", **fields: Any) -> DiaryDay:
    values: dict[str, Any] = {"headache": True, "intensity": "mild"} | fields
    return DiaryDay.objects.create(record=record, date=date.fromisoformat(on), written_at=NOON, **values)


class TestLook:
    def test_nothing_is_written_before_it_is_confirmed(self, alice: Record, client: Client) -> None:
        keep_day(alice)
        keep_day(alice, "2026-05-03", headache=False, intensity="")
        before = everything()
        where = uploaded(
            client,
            record_zip(
                "2026-05-01,yes,severe,,,,,,\n2026-05-02,yes,,,,,,,\n2026-05-03,no,,,,,,,\nsoon,no,,,,,,,\n"
            ),
        )
        page = client.get(where)
        assert page.context["counts"] == [("Days", {"new": 1, "changed": 1, "unchanged": 1})]
        assert [(row.title, row.uses_imported) for row in page.context["rows"]] == [("1 May 2026", False)]
        (difference,) = page.context["rows"][0].differences
        assert (difference.label, difference.current, difference.imported) == (
            "Worst of the day",
            "mild",
            "severe",
        )
        assert "“soon” is no date" in said(page)
        assert "diary.csv, line 5" in said(page)
        assert everything() == before

    def test_every_kind_of_row_is_shown_in_words(self, alice: Record, client: Client) -> None:
        files = {
            "sessions": "date,product,units\n2026-02-01,Botox,155\n",
            "injections": "session_date,muscle,side,sites\n2026-02-01,procerus,midline,1\n",
            "side_effects": "session_date,effect,severity,started,ended\n2026-02-01,sore neck,mild,2026-02-02,\n",
            "preventives": "name,dose,started\nPropranolol,80 mg,2025-01-01\n",
            "scores": "date,instrument,scale,score\n2026-02-01,hit6,,60\n",
        }
        first = record_zip(
            "2026-05-01,yes,,,nausea,,,,\n", medications="date,name,class\n2026-05-01,X,nsaid\n", **files
        )
        confirm(client, uploaded(client, first))
        assert [model.objects.count() for model in (InjectionSite, SideEffect, Preventive, Score)] == [
            1,
            1,
            1,
            1,
        ]
        changed = {
            "sessions": files["sessions"].replace("155", "165"),
            "injections": files["injections"].replace(",1\n", ",2\n"),
            "side_effects": files["side_effects"].replace("02-02,", "02-02,2026-02-09"),
            "preventives": files["preventives"].replace("80", "40"),
            "scores": files["scores"].replace(",60", ",66"),
        }
        contents = unpack_zip(record_zip("2026-05-01,yes,,,none,,yes,,\n", **changed))
        where = uploaded(client, pack_files(contents | {"profile.json": b'{"criterion": "4h"}'}))
        rows = {row.title: row.differences for row in client.get(where).context["rows"]}
        assert {title: (found[0].current, found[0].imported) for title, found in rows.items()} == {
            "1 May 2026": ("nausea", "none of these"),
            "Session of 1 February 2026": ("155", "165"),
            "procerus midline, session of 1 February 2026": ("1", "2"),
            "sore neck, session of 1 February 2026": ("empty", "9 February 2026"),
            "Propranolol": ("80 mg", "40 mg"),
            "HIT-6 of 1 February 2026": ("60", "66"),
            "Settings of the record": ("any headache", "headache of 4 hours or more"),
        }
        assert [one.current for one in rows["1 May 2026"]] == [
            "nausea",
            "not answered",
            "X (ibuprofen and the like (NSAID)) × 1",
        ]

    def test_the_look_takes_as_many_queries_for_a_year_as_for_a_day(
        self, alice: Record, client: Client
    ) -> None:
        days = [date(2025, 5, 1) + timedelta(step) for step in range(300)]
        for on in days:
            keep_day(alice, on.isoformat())
        short = queries(client, uploaded(client, record_zip("2026-05-01,yes,,,,,,,\n")))
        long = queries(
            client, uploaded(client, record_zip("".join(f"{on},yes,severe,,,,,,\n" for on in days)))
        )
        assert short == long
        assert long <= 21

    def test_changed_days_and_wrong_rows_come_in_pages(self, alice: Record, client: Client) -> None:
        days = [date(2026, 1, 1) + timedelta(step) for step in range(45)]
        for on in days:
            keep_day(alice, on.isoformat())
        rows = "".join(f"{on},yes,severe,,,,,,\n" for on in days)
        where = uploaded(client, record_zip(rows + "wrong,yes,,,,,,,\n" * 120))
        page = client.get(f"{where}?page=3&wrong=2")
        assert len(page.context["rows"]) == 5
        assert len(page.context["problems"]) == 50
        assert "Page 3 of 3" in said(page)

    def test_your_data_takes_few_queries_however_many_imports(self, alice: Record, client: Client) -> None:
        few = queries(client, reverse("data"))
        for number in range(5):
            confirm(client, uploaded(client, record_zip(f"2026-05-0{number + 1},no,,,,,,,\n")))
        assert queries(client, reverse("data")) == few <= 12


class TestChoice:
    def test_mine_stays_unless_the_files_is_chosen(self, alice: Record, client: Client) -> None:
        keep_day(alice)
        where = uploaded(client, record_zip("2026-05-01,yes,severe,,,,,,\n2026-05-02,yes,severe,,,,,,\n"))
        confirm(client, where)
        assert [day.intensity for day in alice.days.all()] == ["mild", "severe"]
        assert not DayChange.objects.exists()

    def test_one_day_takes_the_files_row_and_keeps_its_history(self, alice: Record, client: Client) -> None:
        for on in ("2026-05-01", "2026-05-02"):
            keep_day(alice, on)
        where = uploaded(client, record_zip("2026-05-01,yes,severe,,,,,,\n2026-05-02,yes,severe,,,,,,\n"))
        code = client.get(where).context["rows"][0].code
        confirm(client, where, **{f"row_{code}": "file"})
        assert [day.intensity for day in alice.days.all()] == ["severe", "mild"]
        change = DayChange.objects.get()
        assert (change.before["intensity"], change.after["intensity"]) == ("mild", "severe")

    def test_choices_are_kept_from_page_to_page_and_for_all(self, alice: Record, client: Client) -> None:
        days = [date(2026, 1, 1) + timedelta(step) for step in range(25)]
        for on in days:
            keep_day(alice, on.isoformat())
        where = uploaded(client, record_zip("".join(f"{on},yes,severe,,,,,,\n" for on in days)))
        client.post(where, {"all": "file"})
        code = client.get(f"{where}?page=2").context["rows"][0].code
        answer = client.post(f"{where}?page=2", {f"row_{code}": "mine"})
        assert answer["Location"].endswith("?page=2")
        assert client.get(where).context["replaced"] == 24
        confirm(client, where)
        assert alice.days.filter(intensity="mild").count() == 1

    def test_a_made_up_choice_is_not_kept(self, alice: Record, client: Client) -> None:
        keep_day(alice)
        where = uploaded(client, record_zip("2026-05-01,yes,severe,,,,,,\n"))
        client.post(where, {"row_x": "file", "row_0123456789abcdef": "everything", "all": "yours"})
        assert ImportDraft.objects.get().choices == {"all": "mine", "rows": {}}

    def test_a_day_with_a_medicine_that_cannot_be_read_is_left_out_whole(
        self, alice: Record, client: Client
    ) -> None:
        keep_day(alice)
        where = uploaded(
            client,
            record_zip("2026-05-01,yes,severe,,,,,,\n", medications="date,name,class\n2026-05-01,X,sweets\n"),
        )
        assert client.get(where).context["counts"] == []
        assert "There is nothing to bring in" in said(client.get(where))

    def test_what_hangs_on_a_wrong_session_is_left_out_with_it(self, alice: Record, client: Client) -> None:
        data = record_zip(
            "2026-05-01,no,,,,,,,\n",
            sessions="date,units\n2026-02-01,0\n",
            injections="session_date,muscle\n2026-02-01,procerus\n",
        )
        confirm(client, uploaded(client, data))
        assert not InjectionSession.objects.exists()
        assert alice.days.count() == 1

    def test_a_diary_that_changed_after_the_look_is_looked_at_again(
        self, alice: Record, client: Client
    ) -> None:
        where = uploaded(client, record_zip("2026-05-01,yes,severe,,,,,,\n"))
        fingerprint = client.get(where).context["fingerprint"]
        keep_day(alice)
        answer = client.post(f"{where}apply/", {"shown": fingerprint}, follow=True)
        assert "the diary has changed in the meantime" in said(answer)
        assert alice.days.get().intensity == "mild"

    def test_sessions_that_come_in_plan_their_reminders(self, alice: Record, client: Client) -> None:
        confirm(client, uploaded(client, record_zip(sessions="date\n2026-04-30\n")))
        assert Reminder.objects.filter(state="scheduled").exists()

    def test_a_second_confirmation_finds_nothing_left(self, alice: Record, client: Client) -> None:
        where = uploaded(client, record_zip("2026-05-01,no,,,,,,,\n"))
        confirm(client, where)
        assert client.post(f"{where}apply/").status_code == 404
        assert client.get(where).status_code == 404


FULL = {
    "medications": "date,name,class\n2026-05-01,X,nsaid\n",
    "sessions": "date,product,units\n2026-02-01,Botox,155\n2025-11-01,Botox,165\n",
    "injections": "session_date,muscle,side,sites\n2026-02-01,procerus,midline,1\n",
    "side_effects": "session_date,effect\n2025-11-01,sore neck\n",
    "preventives": "name,dose,started\nPropranolol,80 mg,2025-01-01\n",
    "scores": "date,instrument,scale,score\n2026-02-01,hit6,,60\n",
    "effect_checks": "session_date,day,answer\n2026-02-01,3,something\n",
    "goals": "session_date,number,goal,outcome\n2026-02-01,1,dance,partly\n",
    "appointment": "date,time,place\n2026-06-04,09:30,West\n",
}


class TestUndo:
    def test_everything_becomes_what_it_was(self, alice: Record, client: Client) -> None:
        day = keep_day(alice, hours=5, note="mine")
        Intake.objects.create(day=day, name="Old", drug_class="triptan", relief="partial")
        InjectionSession.objects.create(record=alice, date="2025-11-01", units=100)
        contents = unpack_zip(record_zip("2026-05-01,yes,severe,,,,,,\n2026-05-02,no,,,,,,,\n", **FULL))
        where = uploaded(
            client, pack_files(contents | {"profile.json": b'{"criterion": "4h", "time_zone": "UTC"}'})
        )
        before = [rows for rows in everything() if rows]
        client.post(where, {"all": "file"})
        confirm(client, where)
        alice.refresh_from_db()
        assert (alice.criterion, alice.sessions.count(), alice.days.count()) == ("4h", 2, 2)
        assert "Undone. Your diary is as it was before." in undo(client)
        Medicine.objects.all().delete()  # the own list keeps what was offered
        DayChange.objects.all().delete()
        after = [rows for rows in everything() if rows]
        for rows in (*before, *after):
            for row in rows:
                row.pop("id", None)
                row.pop("revision", None)  # of a version, not of what it holds
        assert after == before
        alice.user.refresh_from_db()
        assert alice.user.time_zone == "Europe/Berlin"

    def test_a_row_that_was_changed_since_stays_and_is_named(self, alice: Record, client: Client) -> None:
        confirm(client, uploaded(client, record_zip("2026-05-01,no,,,,,,,\n2026-05-02,no,,,,,,,\n", **FULL)))
        alice.days.filter(date="2026-05-02").update(lost="full")
        alice.preventives.update(dose="40 mg")
        page = undo(client)
        assert [str(day.date) for day in alice.days.all()] == ["2026-05-02"]
        assert alice.preventives.get().dose == "40 mg"
        assert not alice.sessions.exists()
        assert "2 rows that were changed since" in page
        assert "Propranolol; 2 May 2026" in page

    def test_a_session_that_something_new_hangs_on_stays(self, alice: Record, client: Client) -> None:
        confirm(client, uploaded(client, record_zip("", **FULL | {"medications": "date,name,class\n"})))
        SideEffect.objects.create(session=alice.sessions.get(date="2026-02-01"), effect="headache")
        assert "Session of 1 February 2026" in undo(client)
        assert [str(session.date) for session in alice.sessions.all()] == ["2026-02-01"]

    def test_an_appointment_that_differs_is_asked_about_and_taken_back(
        self, alice: Record, client: Client
    ) -> None:
        Booking.objects.create(record=alice, date="2026-05-20", place="East")
        where = uploaded(
            client, record_zip("2026-05-01,no,,,,,,,\n", appointment="date,time\n2026-06-04,09:30\n")
        )
        (row,) = client.get(where).context["rows"]
        found = [(one.label, one.current, one.imported) for one in row.differences]
        assert (row.title, found) == (
            "Next appointment",
            [
                ("Booked date", "20 May 2026", "4 June 2026"), ("Time", "empty", "09:30"), ("Place", "East", "empty"),
            ],
        )  # fmt: skip
        client.post(where, {"all": "file"})
        confirm(client, where)
        assert str(Booking.objects.get().date) == "2026-06-04"
        undo(client)
        assert (str(Booking.objects.get().date), Booking.objects.get().place) == ("2026-05-20", "East")

    def test_a_row_that_was_deleted_since_is_no_hindrance_unless_it_was_hers(
        self, alice: Record, client: Client
    ) -> None:
        keep_day(alice)
        where = uploaded(client, record_zip("2026-05-01,yes,severe,,,,,,\n2026-05-02,no,,,,,,,\n"))
        client.post(where, {"all": "file"})
        confirm(client, where)
        alice.days.all().delete()
        page = undo(client)
        assert "1 May 2026" in page
        assert "2 May 2026" not in page
        assert not alice.days.exists()

    def test_after_a_day_it_is_too_late_and_the_upload_is_gone(
        self, alice: Record, client: Client, at: Any
    ) -> None:
        where = uploaded(client, record_zip("2026-05-01,no,,,,,,,\n"))
        confirm(client, where)
        draft = ImportDraft.objects.get()
        at(NOON + timedelta(hours=24))
        fresh = as_user(alice.user)
        page = said(fresh.post(reverse("undo_import", args=[draft.pk]), follow=True))
        assert "can no longer be undone" in page
        assert alice.days.count() == 1
        drafts.delete_expired(NOON + timedelta(hours=24))
        assert not ImportDraft.objects.exists()

    def test_an_undo_is_done_once(self, alice: Record, client: Client) -> None:
        confirm(client, uploaded(client, record_zip("2026-05-01,no,,,,,,,\n")))
        undo(client)
        keep_day(alice)
        assert "can no longer be undone" in undo(client)
        assert alice.days.count() == 1

    def test_an_upload_that_was_not_decided_on_goes_after_a_day_or_with_the_next(
        self, alice: Record, client: Client, at: Any
    ) -> None:
        first = uploaded(client, record_zip("2026-05-01,no,,,,,,,\n"))
        second = uploaded(client, record_zip("2026-05-01,no,,,,,,,\n"))
        assert client.get(first).status_code == 404
        assert client.get(second).status_code == 200
        at(NOON + timedelta(hours=24))
        assert as_user(alice.user).get(second).status_code == 404
        drafts.delete_expired(NOON + timedelta(hours=24))
        assert not ImportDraft.objects.exists()

    def test_an_upload_can_be_thrown_away(self, alice: Record, client: Client) -> None:
        where = uploaded(client, record_zip("2026-05-01,no,,,,,,,\n"))
        assert "Nothing from it was saved" in said(client.post(f"{where}discard/", follow=True))
        assert not ImportDraft.objects.exists()


class TestExport:
    def test_the_password_is_asked_first_and_then_the_zip_comes(self, alice: Record, client: Client) -> None:
        keep_day(alice)
        where = reverse("export_data")
        assert "reauthenticate" in client.get(where)["Location"]
        assert "reauthenticate" in client.post(where)["Location"]
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        assert "It has no password" in said(client.get(where))
        answer = client.post(where)
        assert answer["Content-Disposition"] == 'attachment; filename="diary-2026-05-06.zip"'
        assert b"2026-05-01,yes,mild" in unpack_zip(answer.content)[DIARY]

    def test_what_went_out_comes_in_as_nothing_new(self, alice: Record, client: Client) -> None:
        keep_day(alice, note="=1\n'2")
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        where = uploaded(client, client.post(reverse("export_data")).content)
        assert client.get(where).context["counts"] == [
            ("Days", {"new": 0, "changed": 0, "unchanged": 1}),
            ("Settings", {"new": 0, "changed": 0, "unchanged": 1}),
        ]


def member(name: str, content: bytes = b"", **fields: Any) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        info = ZipInfo(name)
        for key, value in fields.items():
            setattr(info, key, value)
        archive.writestr(info, content)
    return out.getvalue()


def bomb() -> bytes:
    return member(DIARY, b"\n" * (15 * 1024 * 1024), compress_type=ZIP_DEFLATED)


def lying_bomb() -> bytes:
    """Announces ten bytes, unpacks to 15 MB."""
    data = bytearray(bomb())
    size = (15 * 1024 * 1024).to_bytes(4, "little")
    while size in data:
        at = data.index(size)
        data[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(data)


def twice() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr(DIARY, b"a")
        archive.writestr("diary.cs_", b"b")
    return out.getvalue().replace(b"diary.cs_", DIARY.encode())


def encrypted() -> bytes:
    data = bytearray(member(DIARY, b"abc"))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def many() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for number in range(2000):
            archive.writestr(f"{number}.csv", b"")
    return out.getvalue()


def hostile() -> Iterator[tuple[str, bytes, str]]:
    good = record_zip("2026-05-01,no,,,,,,,\n")
    yield "bomb", bomb(), "far larger than a diary"
    yield "lying bomb", lying_bomb(), "damaged"
    yield "large", member(DIARY, b"x" * (MAX_BYTES + 1), compress_type=ZIP_DEFLATED), "larger than 20 MB"
    yield "up", member("../diary.csv"), "in one folder at most"
    yield "root", member("/diary.csv"), "in one folder at most"
    yield "drive", member("C:\\diary.csv"), "in one folder at most"
    yield "other", member("notes.txt"), "The zip contains “notes.txt”"
    yield "case", member("Diary.csv"), "in one folder at most"
    yield "spreadsheet", member("xl/workbook.xml"), "Save it as CSV"
    yield "twice", twice(), "a file twice"
    yield "encrypted", encrypted(), "has a password"
    yield "lzma", member(DIARY, b"abc", compress_type=ZIP_LZMA), "unusual way"
    yield "many", many(), "far too many files"
    yield "empty zip", b"PK\x05\x06" + bytes(18), "The zip is empty"
    yield "cut", good[: len(good) // 2], "damaged"
    yield "no end", b"PK\x03\x04" + bytes(100), "damaged"
    yield "beginning lost", good[:4] + good[104:], "damaged"
    yield "garbled", good[:40] + b"\xff\xff\xff" + good[43:], "damaged"
    yield "picture", b"\x89PNG\r\n\x1a\n" + bytes(50) + b"\x01\xff", "no text file"
    yield "nothing", b"", "The file is empty"
    yield "blank", b"\n \n", "The file is empty"


HOSTILE = {name: (data, words) for name, data, words in hostile()}


@pytest.mark.asvs(46, 47)
class TestHostileFiles:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_file_gets_a_sentence_and_is_not_kept(self, client: Client, name: str) -> None:
        data, words = HOSTILE[name]
        answer = upload(client, data)
        assert answer.status_code == 422
        assert words in said(answer)
        assert not ImportDraft.objects.exists()

    def test_nothing_chosen_gets_a_sentence(self, client: Client) -> None:
        answer = client.post(reverse("data"))
        assert (answer.status_code, "Choose a file first." in said(answer)) == (422, True)

    def test_more_than_20_mb_are_refused_unread(self, client: Client) -> None:
        answer = upload(client, b"x" * (MAX_BYTES + 1), "diary.csv")
        assert (answer.status_code, "larger than 20 MB" in said(answer)) == (422, True)
        answer = upload(client, b"x" * (MAX_BYTES + 2 * 1024 * 1024), "diary.csv")
        assert (answer.status_code, "nothing of it was read" in said(answer)) == (422, True)

    def test_a_large_upload_without_the_form_token_is_refused_too(self, alice: Record) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(alice.user)
        assert upload(strict, b"x" * (MAX_BYTES + 2 * 1024 * 1024)).status_code == 403

    def test_more_than_100_000_rows_are_refused(self, client: Client) -> None:
        where = uploaded(client, ("date,headache\n" + "2026-05-01,no\n" * 100_001).encode(), "diary.csv")
        page = said(client.get(where))
        assert "more than 100,000 rows; it was not read" in page
        assert "There is nothing to bring in" in page

    def test_a_name_that_is_markup_is_shown_as_text(self, client: Client) -> None:
        uploaded(client, record_zip("2026-05-01,no,,,,,,,\n"), "<b>x</b>.zip")
        assert "<b>x</b>" not in said(client.get(reverse("data")))


class TestEncodings:
    @pytest.mark.parametrize(
        ("codec", "label"),
        [("cp1252", "Windows-1252"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16")],
    )
    def test_a_file_that_is_no_utf_8_is_asked_about(
        self, alice: Record, client: Client, codec: str, label: str
    ) -> None:
        text = HEAD + "2026-05-01,yes,,,,,,Föhn,müde – “sehr” später Käse\n"
        where = uploaded(client, text.encode(codec), "diary.csv")
        page = client.get(where)
        first = page.context["offers"][0]
        assert (first.label, "müde" in first.sample) == (label, True)
        assert client.post(where, {"encoding": "ebcdic"}).status_code == 422
        client.post(where, {"encoding": first.codec})
        confirm(client, where)
        assert alice.days.get().note == "müde – “sehr” später Käse"

    def test_a_file_with_the_mark_of_utf_16_is_read_without_a_question(
        self, alice: Record, client: Client
    ) -> None:
        text = HEAD.replace(",", "\t") + "2026-05-01\tyes\t\t\t\t\t\t\tmüde\n"
        confirm(client, uploaded(client, text.encode("utf-16"), "diary.txt"))
        assert alice.days.get().note == "müde"

    def test_a_byte_mark_is_no_letter(self, alice: Record, client: Client) -> None:
        confirm(client, uploaded(client, (HEAD + "2026-05-01,no,,,,,,,\n").encode("utf-8-sig"), "diary.csv"))
        assert alice.days.count() == 1

    def test_bytes_that_are_no_text_are_not_offered_at_all(self) -> None:
        assert offer_encodings(b"\x89PNG\r\n\x1a\n\x01\x02") == []
        assert offer_encodings(b"a\x81b") == []

    @pytest.mark.parametrize("note", [b"a\0b", b"a\0bc", b"\0"])
    def test_utf_8_with_a_nul_is_not_offered_as_another_encoding(self, note: bytes) -> None:
        assert offer_encodings(b"date,headache,note\r\n2026-01-01,yes," + note + b"\r\n") == []


OTHER = (
    "Date;Start;End;Pain;Medication;Notes\n"
    "01.05.2026;22:30;01:30;7;Sumatriptan 50 mg;storm\n"
    "03.05.2026;;;0;;\n"
    "04.05.2026;;;4;Tea;\n"
)


class TestOtherDiaries:
    def columns(self, client: Client, data: str = OTHER) -> tuple[str, dict[str, Any]]:
        where = uploaded(client, data.encode(), "other.csv")
        answer = client.get(where)
        assert answer["Location"] == f"{where}columns/"
        form = client.get(f"{where}columns/").context["form"]
        found = {name: form[name].value() for name in form.fields}
        values = {name: value for name, value in found.items() if value is not None and value is not False}
        return where, values

    def test_the_guess_is_shown_read_and_brought_in(self, alice: Record, client: Client) -> None:
        where, values = self.columns(client)
        page = client.get(f"{where}columns/")
        assert [row[2] for row in page.context["rows"]] == [
            "1 May 2026: severe, 1.5 hours; 2 May 2026: severe, 1.5 hours; Sumatriptan 50 mg",
            "3 May 2026: no headache",
            "4 May 2026: moderate; Tea",
        ]
        assert "day and month could be swapped" in said(page)
        assert not alice.days.exists()
        assert client.post(f"{where}columns/", values | {"do": "go"})["Location"] == where
        confirm(client, where)
        assert [(str(day.date), day.state, day.note) for day in alice.days.all()] == [
            ("2026-05-01", "severe", "storm"), ("2026-05-02", "severe", ""),
            ("2026-05-03", "free", ""), ("2026-05-04", "moderate", ""),
        ]  # fmt: skip
        assert [(row.name, row.drug_class) for row in Intake.objects.all()] == [
            ("Sumatriptan 50 mg", "triptan"), ("Tea", "other"),
        ]  # fmt: skip

    def test_a_medicine_may_be_left_out_and_days_filled(self, alice: Record, client: Client) -> None:
        where, values = self.columns(client)
        data = OTHER.replace("03.05.2026;;;0;;\n", "")
        where, values = self.columns(client, data)
        tea = next(name for name, value in values.items() if value == "other")
        client.post(f"{where}columns/", values | {tea: "", "fill": "on", "do": "go"})
        confirm(client, where)
        assert [day.state for day in alice.days.all()] == ["severe", "severe", "free", "moderate"]
        assert Intake.objects.count() == 1

    def test_other_columns_are_read_anew_without_going_on(self, client: Client) -> None:
        where, values = self.columns(client)
        page = client.post(f"{where}columns/", values | {"end": "", "order": "mdy", "do": "look"})
        assert page.status_code == 200
        assert page.context["rows"][0][2] == "5 January 2026: severe; Sumatriptan 50 mg"
        assert ImportDraft.objects.get().mapping is None

    def test_names_that_were_not_on_the_page_are_asked_about_first(self, client: Client) -> None:
        where, values = self.columns(client)
        values = {name: value for name, value in values.items() if not name.startswith("medicine_")}
        page = client.post(f"{where}columns/", values | {"medicine": "5", "do": "go"})
        assert (page.status_code, page.context["has_new_names"]) == (422, True)
        assert page.context["form"].class_fields()[0].label == "storm"
        assert ImportDraft.objects.get().mapping is None

    def test_words_for_the_intensity_are_asked_about(self, alice: Record, client: Client) -> None:
        where, values = self.columns(client, "Date,Pain\n2026-05-01,awful\n2026-05-02,mild\n")
        assert values["scale"] == "words"
        [awful, mild] = [name for name in values if name.startswith("intensity_")]
        assert (values[awful], values[mild]) == ("headache", "mild")
        client.post(f"{where}columns/", values | {awful: "severe", "do": "go"})
        confirm(client, where)
        assert [day.state for day in alice.days.all()] == ["severe", "mild"]

    def test_what_was_said_of_such_a_file_is_remembered(self, alice: Record, client: Client) -> None:
        where, values = self.columns(client)
        client.post(f"{where}columns/", values | {"note": "", "fill": "on", "do": "go"})
        _where, again = self.columns(client, OTHER + "05.05.2026;;;3;Tea;\n")
        assert "note" not in again
        assert again["fill"] is True
        assert ImportMapping.objects.get().record == alice
        _where, other = self.columns(as_user(make_patient("bea@example.org").user))
        assert other["note"] == 5

    def test_wrong_columns_get_a_sentence_and_what_was_typed_stays(self, client: Client) -> None:
        where, values = self.columns(client)
        page = client.post(f"{where}columns/", values | {"date": "99", "scale": "0-3", "do": "go"})
        assert page.status_code == 422
        assert page.context["form"]["scale"].value() == "0-3"

    def test_a_column_of_notes_is_no_column_of_medicines(self, client: Client) -> None:
        rows = "".join(f"2026-05-01,note {number}\n" for number in range(70))
        where, values = self.columns(client, f"Date,Medicine\n{rows}")
        page = client.post(f"{where}columns/", values | {"do": "go"})
        assert "more than 60 different entries" in said(page)

    def test_what_is_no_table_gets_a_sentence(self, client: Client) -> None:
        where = uploaded(client, b"just a letter to somebody", "letter.txt")
        page = client.get(f"{where}columns/")
        assert (page.status_code, "has no rows below a header" in said(page)) == (422, True)

    @pytest.mark.parametrize("header", ["Date,Pain level,Medication\n", "date,headache\n", HEAD])
    def test_a_file_of_a_header_only_says_so(self, client: Client, header: str) -> None:
        page = client.post(
            reverse("data"), {"file": SimpleUploadedFile("x.csv", header.encode())}, follow=True
        )
        assert "has a header only and no entry below it" in said(page)
        assert "can be read" not in said(page)

    def test_an_own_record_has_no_columns_to_choose(self, client: Client) -> None:
        where = uploaded(client, record_zip("2026-05-01,no,,,,,,,\n"))
        assert client.get(f"{where}columns/")["Location"] == where


class TestOwners:
    @pytest.mark.parametrize(
        "name", ["import_draft", "import_columns", "apply_import", "undo_import", "discard_import"]
    )
    def test_another_patient_finds_no_import(self, alice: Record, client: Client, name: str) -> None:
        uploaded(client, record_zip("2026-05-01,no,,,,,,,\n"))
        bea = as_user(make_patient("bea@example.org").user)
        where = reverse(name, args=[ImportDraft.objects.get().pk])
        assert bea.post(where).status_code == 404
        assert ImportDraft.objects.exists()

    def test_an_import_goes_with_its_account(self, alice: Record, client: Client) -> None:
        uploaded(client, record_zip("2026-05-01,no,,,,,,,\n"))
        alice.user.delete()
        assert not ImportDraft.objects.exists()

    def test_the_decision_is_checked_under_the_lock(self, alice: Record) -> None:
        assert drafts.apply_import(alice, 1, "", NOON) is False
        assert drafts.undo_import(alice, 1, NOON) is None
