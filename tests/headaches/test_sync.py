"""What devices recorded without a network: made once, over nothing they did not know, and asked about side by side."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.context_processors import device_owner_codes
from accounts.models import Record, User
from headaches import actions, sync
from headaches.models import DayChange, DeviceChange, DiaryDay, Intake, Medicine
from headaches.snapshots import get_revision
from tests.conftest import NOON, TODAY, as_user, make_patient

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]
YESTERDAY = TODAY - timedelta(1)


@pytest.fixture
def client(alice: Record, at: At) -> Client:
    at(NOON)
    return as_user(alice.user)


def entry(value: str, **more: Any) -> dict[str, Any]:
    return {
        "key": str(uuid4()), "kind": "answer", "date": TODAY.isoformat(), "age": 3600, "waited": True, "value": value,
        "base": "", "after": "", **more,
    }  # fmt: skip


def send(client: Client, record: Record, *entries: Any, **more: Any) -> Any:
    body = {"who": device_owner_codes(record.user)[0], "entries": list(entries), **more}
    return client.post(reverse("sync"), json.dumps(body), content_type="application/json")


def outcomes(client: Client, record: Record, *entries: Any) -> list[str]:
    answer = send(client, record, *entries)
    assert answer.status_code == 200
    return [result["outcome"] for result in answer.json()["results"]]


def elsewhere(record: Record, said: str, on: Any = TODAY) -> DayChange:
    return actions.record_answer(record=record, date=on, answer=said, today=TODAY, now=NOON).change


def state(record: Record, on: Any = TODAY) -> str | None:
    day = actions.get_day(record, on)
    return day.state if day else None


class TestOnce:
    def test_an_answer_is_recorded_as_written_when_it_was_tapped(self, client: Client, alice: Record) -> None:
        answer = send(client, alice, entry("moderate"))
        day = DiaryDay.objects.get()
        assert (day.state, day.written_at) == ("moderate", NOON - timedelta(hours=1))
        revision = get_revision(actions.get_day(alice, TODAY))
        key = str(DeviceChange.objects.get().key)
        said = {"key": key, "outcome": "done", "revision": revision, "state": "moderate", "other": ""}
        assert answer.json() == {"results": [said], "left": None}

    def test_sent_again_it_is_not_made_again(self, client: Client, alice: Record) -> None:
        tapped = entry("mild")
        assert outcomes(client, alice, tapped) == ["done"]
        elsewhere(alice, "severe")
        results = send(client, alice, tapped, tapped).json()["results"]
        known = [(result["outcome"], result["state"], result["other"]) for result in results]
        assert known == [("done", "severe", "yes")] * 2
        assert (state(alice), DayChange.objects.count(), DeviceChange.objects.count()) == ("severe", 2, 1)

    def test_several_days_go_up_in_their_order(self, client: Client, alice: Record) -> None:
        days = [(TODAY - timedelta(back)).isoformat() for back in (2, 1, 0)]
        entries = [entry(said, date=on) for said, on in zip(("free", "mild", "severe"), days, strict=True)]
        assert outcomes(client, alice, *entries) == ["done"] * 3
        assert [day.state for day in DiaryDay.objects.all()] == ["free", "mild", "severe"]

    def test_a_correction_of_what_still_waited_asks_nothing(self, client: Client, alice: Record) -> None:
        first = entry("mild")
        assert outcomes(client, alice, first, entry("severe", after=first["key"])) == ["done", "done"]
        assert state(alice) == "severe"

    def test_a_dose_counts_once(self, client: Client, alice: Record) -> None:
        medicine = Medicine.objects.create(record=alice, name="Sumatriptan", drug_class="triptan")
        dose = entry(str(medicine.pk), kind="take")
        assert outcomes(client, alice, entry("mild"), dose, dose) == ["done"] * 3
        assert outcomes(client, alice, dose) == ["done"]
        assert Intake.objects.get().doses == 1

    def test_an_undo_takes_the_devices_own_change_back(self, client: Client, alice: Record) -> None:
        tapped = entry("mild")
        back = entry(tapped["key"], kind="undo", after=tapped["key"])
        assert outcomes(client, alice, tapped, back) == ["done", "done"]
        assert state(alice) is None
        assert outcomes(client, alice, entry(back["key"], kind="undo", after=back["key"])) == ["done"]
        assert state(alice) == "mild"

    def test_an_undo_after_somebody_else_changed_the_day_comes_too_late(
        self, client: Client, alice: Record
    ) -> None:
        tapped = entry("mild")
        outcomes(client, alice, tapped)
        elsewhere(alice, "severe")
        answer = send(client, alice, entry(tapped["key"], kind="undo")).json()["results"][0]
        assert (answer["outcome"], state(alice)) == ("late", "severe")
        assert "changed again" in answer["words"]

    @pytest.mark.parametrize("age", [5 * 86_400, 400 * 86_400])
    def test_a_clock_that_says_it_was_before_the_day_is_not_believed(
        self, client: Client, alice: Record, age: int
    ) -> None:
        outcomes(client, alice, entry("mild", age=age))
        assert DiaryDay.objects.get().written_at == NOON


class TestTwoEntries:
    def test_what_was_changed_elsewhere_meanwhile_stands_and_is_asked_about(
        self, client: Client, alice: Record
    ) -> None:
        elsewhere(alice, "severe")
        answer = send(client, alice, entry("free")).json()["results"][0]
        assert (answer["outcome"], answer["state"]) == ("asked", "severe")
        page = client.get(reverse("home")).content.decode()
        assert "Two entries for Wednesday 6 May" in page
        assert "tapped 6 May, 13:00" in page
        assert state(alice) == "severe"

    def test_details_added_elsewhere_count_as_a_change(self, client: Client, alice: Record) -> None:
        elsewhere(alice, "mild")
        knew = get_revision(actions.get_day(alice, TODAY))
        actions.save_fields(record=alice, date=TODAY, values={"note": "storm"}, now=NOON)
        assert outcomes(client, alice, entry("free", base=knew)) == ["asked"]
        assert outcomes(client, alice, entry("free", base=get_revision(actions.get_day(alice, TODAY)))) == [
            "done"
        ]

    def test_a_day_changed_elsewhere_and_back_counts_as_changed(self, client: Client, alice: Record) -> None:
        elsewhere(alice, "mild")
        base = get_revision(actions.get_day(alice, TODAY))
        elsewhere(alice, "severe")
        elsewhere(alice, "mild")
        assert outcomes(client, alice, entry("free", base=base)) == ["asked"]
        assert state(alice) == "mild"

    def test_a_change_made_elsewhere_and_undone_counts_as_changed(
        self, client: Client, alice: Record
    ) -> None:
        elsewhere(alice, "mild")
        base = get_revision(actions.get_day(alice, TODAY))
        actions.undo_change(change=elsewhere(alice, "severe"), now=NOON)
        assert outcomes(client, alice, entry("free", base=base)) == ["asked"]

    def test_an_undo_of_a_day_changed_elsewhere_and_back_comes_too_late(
        self, client: Client, alice: Record
    ) -> None:
        tapped = entry("mild")
        outcomes(client, alice, tapped)
        elsewhere(alice, "severe")
        elsewhere(alice, "mild")
        assert outcomes(client, alice, entry(tapped["key"], kind="undo")) == ["late"]
        assert state(alice) == "mild"

    def test_saving_a_day_unchanged_is_no_change(self, client: Client, alice: Record) -> None:
        elsewhere(alice, "mild")
        base = get_revision(actions.get_day(alice, TODAY))
        elsewhere(alice, "mild")
        assert outcomes(client, alice, entry("free", base=base)) == ["done"]

    def test_the_same_answer_twice_is_no_question(self, client: Client, alice: Record) -> None:
        elsewhere(alice, "severe")
        assert outcomes(client, alice, entry("severe")) == ["done"]
        assert DayChange.objects.count() == 1

    def test_the_same_answer_does_not_make_the_next_one_blind(self, client: Client, alice: Record) -> None:
        elsewhere(alice, "severe")
        first = entry("severe")
        assert outcomes(client, alice, first, entry("free", after=first["key"])) == ["done", "asked"]
        assert state(alice) == "severe"

    def test_a_day_that_was_cleared_elsewhere_is_asked_about_too(self, client: Client, alice: Record) -> None:
        elsewhere(alice, "mild")
        knew = get_revision(actions.get_day(alice, TODAY))
        actions.clear_day(record=alice, date=TODAY, now=NOON)
        assert outcomes(client, alice, entry("severe", base=knew)) == ["asked"]
        assert "not recorded" in client.get(reverse("home")).content.decode()

    def test_what_goes_up_at_once_is_her_latest_word(self, client: Client, alice: Record) -> None:
        elsewhere(alice, "severe")
        assert outcomes(client, alice, entry("mild", waited=False, age=0)) == ["done"]
        assert state(alice) == "mild"

    @pytest.mark.parametrize(("keep", "holds"), [("free", "free"), ("", "severe")])
    def test_she_chooses_once(self, client: Client, alice: Record, keep: str, holds: str) -> None:
        elsewhere(alice, "severe")
        outcomes(client, alice, entry("free"))
        where = reverse("choose", args=[TODAY.isoformat()])
        assert client.post(where, {"keep": keep})["Location"] == reverse("home")
        assert state(alice) == holds
        page = client.get(reverse("home")).content.decode()
        assert "Two entries" not in page
        assert DeviceChange.objects.get().outcome == "settled"

    @pytest.mark.parametrize("keep", ["mild", "dreadful"])
    def test_a_choice_that_is_not_offered_is_refused(self, client: Client, alice: Record, keep: str) -> None:
        elsewhere(alice, "severe")
        outcomes(client, alice, entry("free"))
        page = client.post(reverse("choose", args=[TODAY.isoformat()]), {"keep": keep}, follow=True)
        assert "already answered" in page.content.decode()
        assert (state(alice), DeviceChange.objects.get().outcome) == ("severe", "asked")

    def test_a_later_word_of_the_device_replaces_its_earlier_one(self, client: Client, alice: Record) -> None:
        elsewhere(alice, "severe")
        first = entry("free")
        second = entry("mild", after=first["key"])
        assert outcomes(client, alice, first, second) == ["asked", "asked"]
        assert [conflict.entries[0].answer for conflict in sync.open_conflicts(alice)] == ["mild"]
        assert outcomes(client, alice, entry(second["key"], kind="undo", after=second["key"])) == ["done"]
        assert [conflict.entries[0].answer for conflict in sync.open_conflicts(alice)] == ["free"]

    def test_two_devices_and_a_third_entry_are_asked_about_together(
        self, client: Client, alice: Record
    ) -> None:
        elsewhere(alice, "severe")
        outcomes(client, alice, entry("free"))
        outcomes(client, alice, entry("mild"))
        (two,) = sync.open_conflicts(alice)
        assert (two.date, two.recorded and two.recorded.state) == (TODAY, "severe")
        assert [entry.answer for entry in two.entries] == ["free", "mild"]


class TestRefused:
    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"date": (TODAY + timedelta(1)).isoformat()}, "has not come yet"),
            ({"date": "1899-12-31"}, "before 1900"),
            ({"value": "dreadful"}, "one of the four"),
            ({"kind": "take", "value": "77"}, "from your list"),
            ({"date": "yesterday"}, "cannot be read"),
            ({"key": "1"}, "cannot be read"),
            ({"kind": "undo", "value": "1"}, "cannot be read"),
            ({"kind": "erase"}, "cannot be read"),
            ({"age": -1}, "cannot be read"),
            ({"age": "nan"}, "cannot be read"),
            ({"after": "x"}, "cannot be read"),
            ({"value": "a\0b"}, "cannot be read"),
            ({"date": 5}, "cannot be read"),
            ({"date": ["2026-05-05"]}, "cannot be read"),
        ],
    )
    def test_an_entry_that_can_never_be_made_gets_a_sentence_and_the_others_go_on(
        self, client: Client, alice: Record, more: dict[str, Any], words: str
    ) -> None:
        bad, good = entry("mild") | more, entry("free", date=YESTERDAY.isoformat())
        first, second = send(client, alice, bad, good).json()["results"]
        assert (first["key"], first["outcome"], second["outcome"]) == (bad["key"], "refused", "done")
        assert words in first["words"]
        assert [day.date for day in DiaryDay.objects.all()] == [YESTERDAY]

    @pytest.mark.parametrize("bad", [None, 1, "x", [], {}, {"key": None}])
    def test_what_is_no_entry_is_refused_alone(self, client: Client, alice: Record, bad: Any) -> None:
        assert outcomes(client, alice, bad, entry("mild")) == ["refused", "done"]

    @pytest.mark.parametrize(
        "body", ["", "{", "[]", "1", "null", '{"who": "x"}', '{"entries": []}', "\xff", "[" * 5000]
    )
    def test_what_is_no_list_of_entries_is_refused_as_a_whole(self, client: Client, body: str) -> None:
        answer = client.post(reverse("sync"), body, content_type="application/json")
        assert (answer.status_code, answer.json()) == (400, {"problem": "This entry cannot be read."})

    def test_too_many_at_once_are_refused(self, client: Client, alice: Record) -> None:
        assert send(client, alice, *[entry("mild")] * 201).status_code == 400

    def test_nobody_sends_what_another_person_left_on_the_device(self, client: Client, alice: Record) -> None:
        bea = make_patient("bea@example.org")
        assert send(as_user(bea.user), alice, entry("mild")).status_code == 409
        assert not DiaryDay.objects.exists()

    def test_another_ones_medicine_is_not_taken(self, client: Client, alice: Record) -> None:
        bea = make_patient("bea@example.org")
        medicine = Medicine.objects.create(record=bea, name="X", drug_class="other")
        assert outcomes(client, alice, entry("mild"), entry(str(medicine.pk), kind="take")) == [
            "done", "refused",
        ]  # fmt: skip

    def test_keys_of_two_people_do_not_meet(self, client: Client, alice: Record) -> None:
        bea = make_patient("bea@example.org")
        tapped = entry("mild")
        outcomes(client, alice, tapped)
        back = entry(tapped["key"], kind="undo")
        assert outcomes(as_user(bea.user), bea, tapped, back) == ["done", "done"]
        assert (state(alice), state(bea)) == ("mild", None)


@pytest.mark.parametrize("name", ["key", "kind", "date", "age", "value", "base", "after", "waited"])
@pytest.mark.parametrize("value", [True, False, 1, 1.5, [], {}, "\0", [True], {"a": 1}])
def test_a_value_of_the_wrong_kind_is_refused_or_read_and_never_an_error(
    client: Client, alice: Record, name: str, value: Any
) -> None:
    answer = send(client, alice, entry("mild") | {name: value})
    assert answer.status_code == 200
    assert answer.json()["results"][0]["outcome"] in ("done", "refused", "asked")


def test_a_tap_that_waited_while_the_site_got_a_new_key_is_hers(
    client: Client, alice: Record, settings: Any
) -> None:
    [old] = device_owner_codes(alice.user)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [settings.SECRET_KEY]
    client = as_user(alice.user)
    new = device_owner_codes(alice.user)[0]
    assert new != old
    page = client.get(reverse("home")).content.decode()
    assert f'data-who="{new}"' in page
    assert f'data-formerly="{old}"' in page
    assert send(client, alice, entry("mild"), who=old).status_code == 200
    assert state(alice) == "mild"
    bea = make_patient("bea@example.org")
    assert send(client, alice, entry("free"), who=device_owner_codes(bea.user)[1]).status_code == 409


class TestFacts:
    def test_a_device_knows_sixty_days_and_the_own_medicines(self, client: Client, alice: Record) -> None:
        for back in (0, 59, 60):
            elsewhere(alice, "mild", TODAY - timedelta(back))
        medicine = Medicine.objects.create(record=alice, name="Sumatriptan", drug_class="triptan")
        facts = client.get(reverse("device_facts")).json()
        days = {
            on.isoformat(): ["mild", get_revision(actions.get_day(alice, on))]
            for on in (TODAY, TODAY - timedelta(59))
        }
        assert facts.pop("token")
        assert facts == {
            "who": device_owner_codes(alice.user)[0], "zone": "Europe/Berlin", "days": days, "left": None,
            "medicines": [[medicine.pk, "Sumatriptan"]], "took": [],
        }  # fmt: skip

    @pytest.mark.parametrize(("lasts", "age"), [(True, 30 * 86_400), (False, "")])
    def test_what_is_kept_is_shown_as_long_as_the_log_in_lasts(
        self, client: Client, alice: Record, lasts: bool, age: int | str
    ) -> None:
        session = client.session
        session.set_expiry(None if lasts else 0)
        session.save()
        User.objects.filter(pk=alice.user.pk).update(idle_minutes=60)
        answer = client.get(reverse("device_facts"))
        assert 3595 <= answer.json()["left"] <= 3600
        cookie = answer.cookies[settings.DEVICE_COOKIE_NAME]
        assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("on", age, "Lax")
        client.post(reverse("account_logout"))
        assert client.cookies[settings.DEVICE_COOKIE_NAME].value == ""

    @pytest.mark.asvs(38)
    def test_the_page_without_a_network_holds_nothing_of_anybody(self, client: Client, alice: Record) -> None:
        Medicine.objects.create(record=alice, name="Sumatriptan", drug_class="triptan")
        User.objects.filter(pk=alice.user.pk).update(idle_minutes=60)
        elsewhere(alice, "severe")
        page = client.get(reverse("offline")).content.decode()
        for word in (
            "Sumatriptan",
            "Alice",
            "alice@",
            "data-idle",
            "csrf",
            device_owner_codes(alice.user)[0],
        ):
            assert word not in page.replace(f'data-who="{device_owner_codes(alice.user)[0]}"', "")
        assert device_owner_codes(alice.user)[0] not in Client().get(reverse("offline")).content.decode()

    def test_the_worker_brings_its_files_and_the_manifest_its_pictures(self, client: Client) -> None:
        worker = client.get(reverse("service_worker"))
        assert worker["Content-Type"].startswith("text/javascript")
        for line in worker.content.decode().splitlines()[:2]:
            for path in json.loads(line.partition("= ")[2].rstrip(";").join(("[", "]"))):
                for one in path if isinstance(path, list) else [path]:
                    assert client.get(one).status_code == 200, one
        again = client.get(reverse("service_worker"), headers={"If-None-Match": worker["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        manifest = client.get(reverse("manifest"))
        assert manifest["Content-Type"] == "application/manifest+json"
        content = manifest.json()
        assert {icon["purpose"] for icon in content["icons"]} == {"any", "maskable"}
        assert [(one["name"], one["url"]) for one in content["shortcuts"]] == [
            ("Today", "/"), ("I’m in pain", "/?pain")
        ]  # fmt: skip
        for icon in content["icons"]:
            assert client.get(icon["src"]).status_code == 200

    def test_the_worker_stores_every_file_of_the_page_without_a_network(self, client: Client) -> None:
        page = client.get(reverse("offline")).content.decode()
        needed = set(re.findall(r'(?:src|href)="(/static/(?!img/apple)[^"]+)"', page))
        unread = {address for address in needed if address.endswith(".js")}
        assert unread
        while unread:
            script = unread.pop()
            code = b"".join(client.get(script)).decode()
            imported = {urljoin(script, address) for address in re.findall(r'from\s*"([^"]+)"', code)}
            unread |= imported - needed
            needed |= imported
        worker = client.get(reverse("service_worker")).content.decode()
        stored = set(json.loads(worker.splitlines()[1].partition("= ")[2].rstrip(";")))
        assert needed - stored == set()

    def test_the_worker_is_one_classic_script_that_declares_each_name_once(self, client: Client) -> None:
        worker = client.get(reverse("service_worker")).content.decode()
        assert re.findall(r"^\s*(?:import|export)\b.*", worker, re.MULTILINE) == []
        names = re.findall(r"^(?:const|let|class|function|async function) (\w+)", worker, re.MULTILINE)
        assert {"sendQueue", "fetchFacts", "Database", "respondWithPage"} <= set(names)
        assert [name for name, times in Counter(names).items() if times > 1] == []

    @pytest.mark.asvs(52)
    def test_logging_out_tells_the_browser_to_keep_nothing(self, client: Client) -> None:
        assert "Clear-Site-Data" not in client.get(reverse("home")).headers
        assert client.post(reverse("account_logout"))["Clear-Site-Data"] == '"storage"'

    def test_the_question_comes_back_with_what_was_made_of_the_tap(
        self, client: Client, alice: Record
    ) -> None:
        html = send(client, alice, entry("mild"), part="home").json()["html"]
        assert "Today is recorded" in html
        assert "Saved: mild headache, Wednesday 6 May" in html
        assert f'data-undo="{DeviceChange.objects.get().key}"' in html
        assert "<html" not in html

    def test_a_week_comes_back_whole(self, client: Client, alice: Record) -> None:
        html = send(client, alice, entry("mild"), part="week").json()["html"]
        assert html.count("<form data-date=") == 7
        assert "6 of them are not recorded." in html
        assert 'data-part="week"' in html
        assert "html" not in send(client, alice, entry("free"), part="elsewhere").json()

    @pytest.mark.parametrize(
        ("part", "page"), [("week", "catch_up"), ("weekly", "home"), ("home", "home"), ("pain", "home")]
    )
    def test_a_plain_form_of_what_came_back_leads_to_the_page_it_stands_on(
        self, client: Client, alice: Record, part: str, page: str
    ) -> None:
        html = send(client, alice, entry("mild"), part=part).json()["html"]
        backs = set(re.findall(r'name="back" value="(\w+)"', html))
        assert len(backs) == 1
        answer = client.post(
            reverse("answer"), {"date": TODAY.isoformat(), "answer": "free", "back": backs.pop()}
        )
        assert answer["Location"] == reverse(page)


TAPS = st.lists(
    st.tuples(
        st.sampled_from(["tap", "undo", "elsewhere", "send", "lost"]), st.sampled_from(actions.ANSWERS)
    ),
    min_size=1,
    max_size=8,
)


class TestAnyOrder(TestCase):
    @given(taps=TAPS)
    def test_nothing_is_lost_doubled_or_overwritten_unknowingly(self, taps: list[tuple[str, str]]) -> None:
        """A day tapped on a device without a network and elsewhere, in any order, with answers that get lost."""
        record = make_patient("law@example.org")
        waiting: list[sync.DeviceEntry] = []
        last: UUID | None = None

        def up(keep: bool) -> None:
            for sent in waiting:
                sync.receive_entry(record=record, entry=sent, today=TODAY, now=NOON)
            if not keep:
                waiting.clear()

        stands: str | None = None  # what was said elsewhere after all the device has sent
        for what, said in taps:
            if what == "tap" or (what == "undo" and last):
                kind, value = ("answer", said) if what == "tap" else ("undo", str(last))
                sent = sync.DeviceEntry(uuid4(), kind, TODAY, NOON, value, after=last)
                waiting.append(sent)
                last = sent.key
            elif what == "elsewhere":
                stands = said if state(record) != said else stands  # the same again changes nothing
                elsewhere(record, said)
            elif what in ("send", "lost"):
                unsent = [sent for sent in waiting if not DeviceChange.objects.filter(key=sent.key).exists()]
                up(keep=what == "lost")
                if unsent and stands:
                    assert state(record) == stands
                elif unsent:
                    stands = None
        up(keep=True)
        before = list(DayChange.objects.values()), list(DeviceChange.objects.values())
        up(keep=False)
        assert (list(DayChange.objects.values()), list(DeviceChange.objects.values())) == before
        offered = [entry.answer for conflict in sync.open_conflicts(record) for entry in conflict.entries]
        assert len(offered) == len({*offered, state(record)} - {None}) - (state(record) is not None)
