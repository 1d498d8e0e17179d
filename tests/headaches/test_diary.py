"""The diary through its pages: the one tap, details, undo, months, the own list."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.context_processors import device_owner_codes
from accounts.models import Record
from headaches import actions
from headaches.models import DayChange, DiaryDay, Feature, Intake, Medicine
from headaches.snapshots import PLAIN_FIELDS, snapshot_day
from tests.conftest import NOON, TODAY, Cast, as_user, queries

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - timedelta(1)
At = Callable[[datetime], None]


def tap(client: Client, said: str, on: date = TODAY, **more: str) -> Any:
    return client.post(reverse("answer"), {"answer": said, "date": on.isoformat(), **more})


def stored(record: Record, on: date = TODAY) -> DiaryDay:
    return DiaryDay.objects.get(record=record, date=on)


class TestOneTap:
    @pytest.mark.parametrize("said", ["free", "mild", "moderate", "severe"])
    def test_records_today(self, client: Client, alice: Record, said: str) -> None:
        assert tap(client, said)["Location"] == reverse("home")
        day = stored(alice)
        assert (day.state, day.written_at) == (said, NOON)

    def test_says_what_it_saved_and_offers_undo_until_that_is_dismissed(self, client: Client, at: At) -> None:
        tap(client, "free")
        for _twice in range(2):
            page = client.get(reverse("home")).content.decode()
            assert "Saved: no headache, Wednesday 6 May" in page
            assert reverse("undo", args=[DayChange.objects.get().pk]) in page
        assert "Saved: no headache" in client.get(reverse("day", args=["2026-05-06"])).content.decode()
        assert "Saved: no headache" not in client.get(reverse("day", args=["2026-05-05"])).content.decode()
        assert client.post(reverse("dismiss_toast"), {"back": "home"})["Location"] == reverse("home")
        assert "Saved: no headache" not in client.get(reverse("home")).content.decode()

    def test_the_word_of_what_was_saved_goes_with_its_day(self, client: Client, at: At) -> None:
        tap(client, "free")
        at(NOON + timedelta(days=1))
        assert "Saved: no headache" not in client.get(reverse("home")).content.decode()

    def test_a_clear_day_counts_as_something_and_a_gap_takes_nothing_away(
        self, client: Client, alice: Record
    ) -> None:
        tap(client, "free")
        assert "A clear day, the first recorded in May 2026." in client.get(reverse("home")).content.decode()
        for back in (2, 5, 6):
            DiaryDay.objects.create(
                record=alice, date=TODAY - timedelta(back), headache=False, written_at=NOON
            )
        assert "A clear day, one of 3 recorded in May 2026." in client.get(reverse("home")).content.decode()
        tap(client, "mild")
        assert "A clear day" not in client.get(reverse("home")).content.decode()

    def test_a_second_tap_corrects_and_keeps_what_still_fits(self, client: Client, alice: Record) -> None:
        tap(client, "moderate")
        DiaryDay.objects.update(hours=Decimal("6.5"), note="storm")
        tap(client, "severe")
        assert (stored(alice).intensity, stored(alice).hours, stored(alice).note) == (
            "severe",
            Decimal("6.5"),
            "storm",
        )

    def test_no_headache_drops_what_belongs_to_a_headache_and_undo_brings_it_back(
        self, client: Client, alice: Record
    ) -> None:
        day = DiaryDay.objects.create(
            record=alice, date=TODAY, headache=True, intensity="severe", hours=Decimal(8),
            features=int(Feature.NAUSEA | Feature.LIGHT), note="bad", written_at=NOON,
        )  # fmt: skip
        Intake.objects.create(day=day, name="Sumatriptan", drug_class="triptan", doses=2, relief="partial")
        before = snapshot_day(actions.get_day(alice, TODAY))
        tap(client, "free")
        after = stored(alice)
        assert (after.state, after.hours, after.features, after.note) == ("free", None, None, "bad")
        assert after.intakes.count() == 1
        client.post(reverse("undo", args=[DayChange.objects.get().pk]))
        assert snapshot_day(actions.get_day(alice, TODAY)) == before

    def test_undo_of_a_first_answer_makes_the_day_unknown_again(self, client: Client, alice: Record) -> None:
        tap(client, "mild")
        client.post(reverse("undo", args=[DayChange.objects.get().pk]))
        assert not DiaryDay.objects.exists()

    def test_undo_can_itself_be_undone(self, client: Client, alice: Record) -> None:
        tap(client, "mild")
        client.post(reverse("undo", args=[DayChange.objects.latest("pk").pk]))
        client.post(reverse("undo", args=[DayChange.objects.latest("pk").pk]))
        assert stored(alice).state == "mild"

    def test_an_undo_that_came_too_late_changes_nothing_and_says_so(
        self, client: Client, alice: Record
    ) -> None:
        tap(client, "mild")
        first = DayChange.objects.get().pk
        tap(client, "severe")
        page = client.post(reverse("undo", args=[first]), follow=True).content.decode()
        assert "changed again" in page
        assert stored(alice).state == "severe"

    def test_a_page_opened_before_midnight_records_the_day_it_showed(
        self, client: Client, alice: Record, at: At
    ) -> None:
        at(datetime(2026, 5, 6, 22, 30, tzinfo=UTC))  # 00:30 on 7 May in Berlin
        tap(client, "mild", TODAY)
        assert stored(alice, TODAY).state == "mild"

    def test_the_day_is_the_patients_own(self, alice: Record, at: At) -> None:
        alice.user.time_zone = "Pacific/Auckland"
        alice.user.save()
        at(NOON)  # midnight has just passed in Auckland
        tap(as_user(alice.user), "free", TODAY + timedelta(1))
        assert stored(alice, date(2026, 5, 7)).state == "free"

    @pytest.mark.parametrize(
        ("said", "on", "words"),
        [
            ("mild", "2026-05-07", "has not come yet"),
            ("mild", "1899-12-31", "before 1900"),
            ("mild", "2026-02-30", "not a date"),
            ("mild", "gestern", "not a date"),
            ("dreadful", "2026-05-06", "one of the four"),
            ("", "2026-05-06", "one of the four"),
        ],
    )
    def test_bad_input_gets_a_sentence(self, client: Client, said: str, on: str, words: str) -> None:
        page = client.post(reverse("answer"), {"answer": said, "date": on}, follow=True)
        assert page.status_code == 200
        assert words in page.content.decode()
        assert not DiaryDay.objects.exists()

    def test_without_a_date_it_is_today(self, client: Client, alice: Record) -> None:
        client.post(reverse("answer"), {"answer": "mild"})
        assert stored(alice).state == "mild"


def details(**more: Any) -> dict[str, Any]:
    """A filled form of a day."""
    empty = {"intakes-TOTAL_FORMS": "2", "intakes-INITIAL_FORMS": "0", "menstruation": "unknown"}
    return {"headache": "yes", "intensity": "moderate", **empty, **more}


class TestInterruptions:
    def test_a_tap_after_the_log_in_ended_says_so_and_offers_itself_again(
        self, alice: Record, at: At
    ) -> None:
        at(NOON)
        client = Client()
        answer = client.post(reverse("answer"), {"answer": "severe", "back": "home"})
        assert answer.status_code == 302
        assert answer["Location"] == "/account/login/?next=/"  # what she tapped stands in no address
        client.force_login(alice.user)
        page = client.get("/").content.decode()
        assert "You were logged out before “Severe headache” was saved." in page
        assert "You were logged out" not in client.get("/").content.decode()

    def test_any_form_sent_after_the_log_in_ended_leads_to_a_page_not_to_a_dead_end(
        self, client: Client
    ) -> None:
        answer = Client().post(reverse("day", args=["2026-05-05"]), details())
        assert answer["Location"] == "/account/login/?next=/"

    def test_a_refused_tap_leads_back_to_the_page_and_says_why(self, client: Client) -> None:
        answer = client.post(reverse("answer"), {"answer": "mild", "date": "2027-01-01", "back": "home"})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert "has not come yet" in client.get("/").content.decode()

    def test_a_page_left_open_overnight_does_not_overwrite_yesterday(
        self, client: Client, alice: Record
    ) -> None:
        tap(client, "severe", YESTERDAY)
        page = client.post(
            reverse("answer"), {"answer": "free", "date": YESTERDAY.isoformat(), "back": "home"}, follow=True
        )
        assert "A new day has begun" in page.content.decode()
        assert stored(alice, YESTERDAY).state == "severe"

    def test_pages_answer_to_head(self, client: Client) -> None:
        for name in ("home", "progress", "sessions", "healthz", "diary", "data"):
            assert client.head(reverse(name)).status_code == 200


class TestDetails:
    def test_every_field_is_kept(self, client: Client, alice: Record) -> None:
        answer = client.post(
            reverse("day", args=["2026-05-05"]),
            details(
                hours="6.5", features=["1", "8"], lost="half", menstruation="true", triggers="storm;  short night ;",
                note="woke up with it", **{
                    "intakes-0-name": "Sumatriptan 50 mg", "intakes-0-drug_class": "triptan", "intakes-0-doses": "1.5",
                    "intakes-0-relief": "partial",
                },
            ),
        )  # fmt: skip
        assert answer.status_code == 302
        assert snapshot_day(actions.get_day(alice, YESTERDAY)) == {
            "headache": True, "intensity": "moderate", "hours": "6.5", "features": 9, "lost": "half",
            "menstruation": True, "triggers": "storm; short night", "note": "woke up with it",
            "written_at": NOON.isoformat(),
            "intakes": [["Sumatriptan 50 mg", "triptan", "1.5", "partial"]],
        }  # fmt: skip
        assert Medicine.objects.get().name == "Sumatriptan 50 mg"

    def test_nothing_but_headache_is_needed(self, client: Client, alice: Record) -> None:
        client.post(reverse("day", args=["2026-05-05"]), details(intensity=""))
        day = stored(alice, YESTERDAY)
        assert (day.state, day.hours, day.features, day.lost, day.menstruation) == (
            "headache",
            None,
            None,
            "",
            None,
        )

    def test_none_of_the_features_is_an_answer(self, client: Client, alice: Record) -> None:
        client.post(reverse("day", args=["2026-05-05"]), details(features=["0"]))
        assert stored(alice, YESTERDAY).features == 0

    def test_the_form_opens_with_what_is_kept(self, client: Client, alice: Record) -> None:
        client.post(reverse("day", args=["2026-05-05"]), details(features=["0"], hours="6.5", lost="half"))
        page = client.get(reverse("day", args=["2026-05-05"])).content.decode()
        for piece in (
            'value="6.5"',
            'value="half" id="id_lost_2" checked',
            'name="features" value="0" id="id_features_8" checked',
        ):
            assert piece in page

    def test_medicine_may_stand_on_a_day_without_headache(self, client: Client, alice: Record) -> None:
        row = {"intakes-0-name": "Paracetamol", "intakes-0-drug_class": "simple", "intakes-0-doses": "1"}
        client.post(
            reverse("day", args=["2026-05-05"]), details(headache="no", intensity="", lost="none", **row)
        )
        assert stored(alice, YESTERDAY).intakes.get().relief == ""

    def test_doses_may_have_times_and_undo_brings_them_back(self, client: Client, alice: Record) -> None:
        where = reverse("day", args=["2026-05-05"])
        row = {"intakes-0-name": "Sumatriptan", "intakes-0-drug_class": "triptan", "intakes-0-doses": "2"}
        client.post(where, details(**row, **{"intakes-0-times": "2 pm; 9.30"}))
        assert stored(alice, YESTERDAY).intakes.get().times == "09:30;14:00"
        assert 'value="9:30; 14:00"' in client.get(where).content.decode()
        asked = client.get(reverse("day_step", args=["2026-05-05", "medicine"])).content.decode()
        assert "Sumatriptan, 2 doses (9:30, 14:00)" in asked
        client.post(where, details(**row))
        assert stored(alice, YESTERDAY).intakes.get().times == ""
        client.post(reverse("undo", args=[DayChange.objects.latest("pk").pk]))
        assert stored(alice, YESTERDAY).intakes.get().times == "09:30;14:00"

    @pytest.mark.parametrize(
        ("doses", "times", "fits"),
        [("0.5", "9", True), ("0.5", "9; 10", False), ("1", "9; 10", True), ("1", "9; 10; 11", False)],
    )
    def test_a_dose_has_at_most_two_times(
        self, client: Client, alice: Record, doses: str, times: str, fits: bool
    ) -> None:
        row = {"intakes-0-name": "Aspirin", "intakes-0-drug_class": "nsaid", "intakes-0-doses": doses}
        where = reverse("day", args=["2026-05-05"])
        page = client.post(where, details(**row, **{"intakes-0-times": times}))
        assert page.status_code == (302 if fits else 422)
        assert Intake.objects.count() == fits
        if not fits:
            assert "A dose has at most two times." in page.content.decode()
            assert f'value="{times}"' in page.content.decode()

    def test_more_times_that_came_with_an_import_stay_until_they_are_changed(
        self, client: Client, alice: Record
    ) -> None:
        where = reverse("day", args=["2026-05-05"])
        row = {"intakes-0-name": "Aspirin", "intakes-0-drug_class": "nsaid", "intakes-0-doses": "1"}
        client.post(where, details(**row, **{"intakes-0-times": "9"}))
        Intake.objects.update(times="09:00;10:00;11:00")
        row |= {"intakes-0-times": "9:00; 10:00; 11:00", "intakes-INITIAL_FORMS": "1"}
        page = client.post(where, details(note="Better", **row))
        assert page.status_code == 302
        assert stored(alice, YESTERDAY).note == "Better"
        assert stored(alice, YESTERDAY).intakes.get().times == "09:00;10:00;11:00"

    def test_the_first_writing_is_kept_through_corrections(
        self, client: Client, alice: Record, at: At
    ) -> None:
        tap(client, "mild")
        at(NOON + timedelta(hours=5))
        client.post(reverse("day", args=[TODAY.isoformat()]), details(note="later"))
        assert stored(alice).written_at == NOON

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"hours": "25"}, "24 hours"),
            ({"hours": "0"}, "24 hours"),
            ({"hours": "24:30"}, "24 hours"),
            ({"hours": "-2"}, "24 hours"),
            ({"hours": "many"}, "24 hours"),
            ({"headache": "no", "intensity": "", "features": ["1"]}, "belong to a day with headache"),
            ({"headache": "no", "intensity": "mild"}, "belong to a day with headache"),
            ({"headache": "no", "intensity": "", "hours": "3"}, "belong to a day with headache"),
            ({"headache": ""}, "Nothing is chosen."),
            ({"features": ["1", "0"]}, "not both"),
            ({"features": ["512"]}, "This is not on the list."),
            ({"intensity": "dreadful"}, "This is not on the list."),
            ({"lost": "most"}, "This is not on the list."),
            ({"note": "x" * 5001}, "5000"),
            ({"note": "a\0b"}, "cannot be saved"),
            ({"intakes-0-doses": "1"}, "Which medicine"),
            ({"intakes-0-name": "X", "intakes-0-doses": "1"}, "Choose a class"),
            (
                {"intakes-0-name": "X", "intakes-0-drug_class": "other", "intakes-0-doses": "0"},
                "Enter 0.5 to 100 doses, in halves.",
            ),
            (
                {"intakes-0-name": "X", "intakes-0-drug_class": "other", "intakes-0-relief": "none"},
                "How many doses",
            ),
        ],
    )
    def test_bad_input_is_refused_in_words_and_stays_in_the_form(
        self, client: Client, values: dict[str, Any], words: str
    ) -> None:
        answer = client.post(
            reverse("day", args=["2026-05-05"]), details(**{"triggers": "kept-text", **values})
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert 'value="kept-text"' in page
        assert not DiaryDay.objects.exists()

    def test_a_form_without_its_rows_is_no_crash(self, client: Client) -> None:
        assert client.post(reverse("day", args=["2026-05-05"]), {"headache": "yes"}).status_code == 422

    @pytest.mark.parametrize(
        "on", ["2026-05-07", "1899-12-31", "2026-02-30", "yesterday", "20260505", "2026-5-5x"]
    )
    def test_a_date_that_is_no_diary_day_is_not_found(self, client: Client, on: str) -> None:
        assert client.get(f"/diary/day/{on}/").status_code == 404

    def test_a_day_can_be_cleared_and_that_be_undone(self, client: Client, alice: Record) -> None:
        tap(client, "mild")
        client.post(reverse("clear", args=[TODAY.isoformat()]), {"back": "day"})
        assert not DiaryDay.objects.exists()
        client.post(reverse("undo", args=[DayChange.objects.latest("pk").pk]))
        assert stored(alice).state == "mild"


class TestMonth:
    def test_three_kinds_of_day_are_told_apart_in_words_and_marks(
        self, client: Client, alice: Record
    ) -> None:
        tap(client, "free", date(2026, 5, 4))
        tap(client, "severe", date(2026, 5, 5))
        page = client.get(reverse("diary")).content.decode()
        for state, label in (
            ("free", "Monday 4 May, no headache"),
            ("severe", "Tuesday 5 May, severe headache"),
            ("unknown", "Wednesday 6 May, not recorded"),
        ):
            assert f'data-state="{state}"' in page
            assert f">{label}</span>" in page.replace("<span data-words>", "")
        assert "1 day without headache, 1 with, 4 not recorded." in " ".join(page.split())

    def test_days_to_come_are_no_links(self, client: Client) -> None:
        page = client.get(reverse("diary")).content.decode()
        assert reverse("day", args=["2026-05-06"]) in page
        assert reverse("day", args=["2026-05-07"]) not in page

    @pytest.mark.parametrize("month", ["2026-06", "1899-12", "2026-13", "words", "2026-05-01"])
    def test_a_month_that_is_none_is_not_found(self, client: Client, month: str) -> None:
        assert client.get(f"/diary/{month}/").status_code == 404

    def test_january_leads_to_december(self, client: Client) -> None:
        page = client.get(reverse("month", args=["2026-01"])).content.decode()
        assert reverse("month", args=["2025-12"]) in page
        assert reverse("month", args=["2026-02"]) in page

    def test_a_month_takes_as_many_queries_full_as_empty(self, client: Client, alice: Record) -> None:
        empty = queries(client, reverse("diary"))
        for offset in range(30):
            DiaryDay.objects.create(
                record=alice, date=TODAY - timedelta(offset), headache=bool(offset % 2), written_at=NOON
            )
        assert queries(client, reverse("diary")) == empty <= 10


class TestHome:
    def test_a_new_patient_is_asked_and_told_how_it_starts(self, client: Client) -> None:
        page = client.get(reverse("home")).content.decode()
        assert "How was today?" in page
        assert "No session yet" in page

    def test_the_strip_holds_seven_days_and_offers_the_latest_gap(self, client: Client) -> None:
        for back in (1, 2, 4, 5, 6):
            tap(client, "free", TODAY - timedelta(back))
        page = client.get(reverse("home")).content.decode()
        assert page.count('class="strip"') == 1
        assert "Add Sunday" in page

    def test_the_home_page_takes_as_many_queries_full_as_empty(self, client: Client, alice: Record) -> None:
        tap(client, "free")
        short = queries(client, reverse("home"))
        for offset in range(1, 40):
            day = DiaryDay.objects.create(
                record=alice, date=TODAY - timedelta(offset), headache=True, written_at=NOON
            )
            Intake.objects.create(day=day, name="X", drug_class="other")
        assert queries(client, reverse("home")) == short <= 9


class TestMedicines:
    def test_the_own_list_is_offered_on_a_day(self, client: Client, alice: Record) -> None:
        client.post(reverse("medicines"), {"name": "Sumatriptan 50 mg", "drug_class": "triptan"})
        page = client.get(reverse("day", args=["2026-05-05"]) + "?details").content.decode()
        assert "<strong>Sumatriptan 50 mg</strong>" in page

    def test_a_name_stands_once_and_needs_a_class(self, client: Client, alice: Record) -> None:
        for _again in range(2):
            answer = client.post(reverse("medicines"), {"name": "Sumatriptan", "drug_class": "triptan"})
        assert answer.status_code == 422
        assert "already on your list" in answer.content.decode()
        assert client.post(reverse("medicines"), {"name": "Y", "drug_class": "sweet"}).status_code == 422
        assert alice.medicines.count() == 1

    def test_taking_one_off_the_list_leaves_the_diary_alone(self, client: Client, alice: Record) -> None:
        row = {"intakes-0-name": "X", "intakes-0-drug_class": "other", "intakes-0-doses": "1"}
        client.post(reverse("day", args=["2026-05-05"]), details(**row))
        client.post(reverse("delete_medicine", args=[alice.medicines.get().pk]))
        assert Intake.objects.count() == 1
        assert not alice.medicines.exists()


@pytest.mark.asvs(42)
class TestTheDatabaseRefuses:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"headache": False, "intensity": "mild"},
            {"headache": False, "hours": Decimal(2)},
            {"headache": False, "features": 0},
            {"hours": Decimal("24.5")},
            {"hours": Decimal("-0.5")},
            {"hours": Decimal(0)},
            {"features": 256},
            {"intensity": "dreadful"},
            {"lost": "most"},
            {"date": date(1899, 12, 31)},
        ],
    )
    def test_nonsense_of_a_day(self, alice: Record, wrong: dict[str, Any]) -> None:
        values: dict[str, Any] = {
            "record": alice,
            "date": TODAY,
            "headache": True,
            "written_at": NOON,
            **wrong,
        }
        with pytest.raises(IntegrityError), transaction.atomic():
            DiaryDay.objects.create(**values)

    def test_a_second_row_for_one_day(self, alice: Record) -> None:
        DiaryDay.objects.create(record=alice, date=TODAY, headache=True, written_at=NOON)
        with pytest.raises(IntegrityError), transaction.atomic():
            DiaryDay.objects.create(record=alice, date=TODAY, headache=False, written_at=NOON)


def test_a_change_is_kept_as_plain_json(client: Client, alice: Record) -> None:
    tap(client, "mild")
    assert json.loads(json.dumps(DayChange.objects.get().after)) == DayChange.objects.get().after


@pytest.mark.parametrize("way", ["a form", "a device"])
def test_a_tap_reads_its_day_at_most_three_times_and_locks_the_record_once(
    way: str, client: Client, alice: Record
) -> None:
    """Before and after the change; more would be a stop that adds nothing."""
    actions.record_answer(record=alice, date=TODAY, answer="mild", today=TODAY, now=NOON)
    entry = {
        "key": str(uuid4()), "kind": "answer", "date": TODAY.isoformat(), "age": 1, "value": "free", "waited": False,
    }  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        if way == "a form":
            answer = client.post(
                reverse("answer"), {"date": TODAY.isoformat(), "answer": "free", "back": "home"}
            )
        else:
            body = {"who": device_owner_codes(alice.user)[0], "entries": [entry]}
            answer = client.post(reverse("sync"), json.dumps(body), content_type="application/json")
    assert answer.status_code in (200, 302)
    assert alice.days.get().state == "free"
    statements = [query["sql"] for query in queries]
    reads = [sql for sql in statements if sql.startswith("SELECT") and 'FROM "headaches_diaryday"' in sql]
    locks = [
        sql for sql in statements if sql.startswith('SELECT "accounts_record"."id" FROM "accounts_record"')
    ]
    assert 1 <= len(reads) <= 3
    assert len(locks) == 1


@pytest.mark.django_db(transaction=True)
def test_a_tap_takes_nine_statements(client: Client, alice: Record) -> None:
    """Of a new day and of a known one; BEGIN and COMMIT are counted."""
    client.get(reverse("home"))
    counts = []
    for answer in ("mild", "free"):
        with CaptureQueriesContext(connection) as queries:
            tap(client, answer)
        counts.append(len(queries))
    assert alice.days.get().state == "free"
    assert counts == [9, 9]


@pytest.mark.parametrize("value", ["", "x", "-1", "²", "9" * 30, "999999", "1 OR 1=1"])
def test_a_cookie_that_names_no_change_shows_no_notice(client: Client, alice: Record, value: str) -> None:
    tap(client, "mild")
    assert "Saved: mild headache" in client.get(reverse("home")).content.decode()
    client.cookies[settings.NOTICE_COOKIE_NAME] = value
    page = client.get(reverse("home"))
    assert (page.status_code, "Saved: mild headache" in page.content.decode()) == (200, False)


def test_the_notice_of_a_change_is_shown_to_its_owner_alone(cast: Cast) -> None:
    hers, another = as_user(cast.alice.user), as_user(cast.bea.user)
    tap(hers, "mild")
    another.cookies[settings.NOTICE_COOKIE_NAME] = hers.cookies[settings.NOTICE_COOKIE_NAME].value
    assert "Saved: mild headache" not in another.get(reverse("home")).content.decode()


def test_a_day_and_its_snapshot_have_the_same_fields() -> None:
    """A field that the snapshot lacks is lost by an undo, and its change gives no new revision."""
    apart = {
        "id",
        "record",
        "date",
        "hours",
        "written_at",
        "revision",
    }  # hours and written_at in a form of their own
    assert {field.name for field in DiaryDay._meta.get_fields() if field.concrete} - apart == set(
        PLAIN_FIELDS
    )
