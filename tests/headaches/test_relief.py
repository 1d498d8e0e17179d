"""An hour after a dose the home page asks once whether it helped: one tap, also from a device that had no network."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from headaches import actions
from headaches.actions import IntakeData
from headaches.models import DiaryDay, Intake, Medicine
from headaches.relief import find_relief_question
from tests.conftest import NOON, TODAY, as_user
from tests.headaches.test_sync import entry, outcomes

pytestmark = [pytest.mark.django_db, pytest.mark.database]
At = Callable[[datetime], None]
HOUR = timedelta(hours=1)
SUMA = "Sumatriptan 50 mg"


@pytest.fixture
def client(alice: Record, at: At) -> Client:
    at(NOON)
    return as_user(alice.user)


def take(record: Record, name: str = SUMA, now: datetime = NOON, on: date = TODAY) -> None:
    """A day with headache and one tap on a medicine."""
    if not record.days.filter(date=on).exists():
        actions.record_answer(record=record, date=on, answer="severe", today=on, now=now)
    medicine, _made = Medicine.objects.get_or_create(record=record, name=name, drug_class="triptan")
    actions.add_dose(record=record, date=on, medicine=medicine, now=now)


def find_question(record: Record, now: datetime, on: date = TODAY) -> tuple[str, str] | None:
    found = find_relief_question(record, actions.get_day(record, on), now)
    return (found.dose.name, found.time) if found else None


class TestWhen:
    def test_from_an_hour_to_twelve_after_the_tap(self, alice: Record) -> None:
        take(alice)
        minute = timedelta(minutes=1)
        times = [NOON, NOON + HOUR - minute, NOON + HOUR, NOON + 9 * HOUR]
        assert [find_question(alice, now) for now in times] == [None, None, (SUMA, "14:00"), (SUMA, "14:00")]
        assert find_question(alice, NOON + 12 * HOUR + minute, TODAY) is None

    def test_a_second_dose_asks_an_hour_after_itself(self, alice: Record) -> None:
        take(alice)
        take(alice, now=NOON + 2 * HOUR)
        assert find_question(alice, NOON + 2.5 * HOUR) is None
        assert find_question(alice, NOON + 3 * HOUR) == (SUMA, "16:00")

    def test_what_is_answered_undone_or_put_away_is_not_asked(self, alice: Record) -> None:
        take(alice)
        take(alice, "Ibuprofen", NOON + timedelta(minutes=20))
        assert find_question(alice, NOON + 2 * HOUR) == (SUMA, "14:00")
        actions.set_relief(record=alice, date=TODAY, name=SUMA, relief="partial", now=NOON + 2 * HOUR)
        assert find_question(alice, NOON + 2 * HOUR) == ("Ibuprofen", "14:20")
        actions.dismiss_relief_question(record=alice, taken_at=NOON + timedelta(minutes=20))
        assert find_question(alice, NOON + 2 * HOUR) is None
        take(alice, "Naproxen", NOON + 3 * HOUR)
        actions.set_intakes(record=alice, date=TODAY, intakes=[], now=NOON + 3 * HOUR)
        assert find_question(alice, NOON + 5 * HOUR) is None

    def test_the_evenings_dose_is_asked_about_in_the_morning_and_not_at_noon(self, alice: Record) -> None:
        evening = datetime(2026, 5, 5, 21, 30, tzinfo=UTC)  # 23:30 in Berlin
        take(alice, now=evening, on=TODAY - timedelta(1))
        assert find_question(alice, datetime(2026, 5, 6, 5, tzinfo=UTC)) == (SUMA, "23:30")
        assert find_question(alice, NOON) is None

    def test_a_typed_time_counts_instead_of_the_tap(self, alice: Record) -> None:
        day = DiaryDay(date=TODAY, headache=True)
        intake = IntakeData(SUMA, "triptan", 1, "", "08:00;10:40")  # type: ignore[arg-type]  # a whole number
        actions.save_details(record=alice, filled=day, intakes=[intake], now=NOON)
        assert find_question(alice, NOON + timedelta(minutes=1)) == (SUMA, "10:40")

    def test_what_is_entered_for_an_earlier_day_is_not_asked(self, alice: Record) -> None:
        take(alice, on=TODAY - timedelta(1))
        assert find_question(alice, datetime(2026, 5, 6, 9, tzinfo=UTC)) is None

    def test_without_a_medicine_to_ask_about_there_is_no_query(
        self, alice: Record, django_assert_num_queries: Any
    ) -> None:
        actions.record_answer(record=alice, date=TODAY, answer="mild", today=TODAY, now=NOON)
        day = actions.get_day(alice, TODAY)
        with django_assert_num_queries(0):
            assert find_relief_question(alice, day, NOON) is None


class TestTap:
    def test_relief_takes_one_tap_on_the_home_page(self, client: Client, alice: Record, at: At) -> None:
        take(alice)
        assert "Did it help?" not in client.get(reverse("home")).content.decode()
        at(NOON + HOUR)
        page = client.get(reverse("home")).content.decode()
        assert f"{SUMA}, taken at 14:00" in page
        answer = client.post(
            reverse("relieve"), {"date": TODAY.isoformat(), "name": SUMA, "relief": "complete"}, follow=True
        )
        assert Intake.objects.get().relief == "complete"
        page = answer.content.decode()
        assert f"Saved: {SUMA}, full relief" in page
        assert "Did it help?" not in page

    def test_not_now_is_the_last_word_about_that_dose(self, client: Client, alice: Record, at: At) -> None:
        take(alice)
        at(NOON + HOUR)
        client.post(reverse("relieve"), {"later": ""})
        assert "Did it help?" not in client.get(reverse("home")).content.decode()
        assert Intake.objects.get().relief == ""
        client.post(reverse("relieve"), {"later": ""})  # pressed twice
        at(NOON + 2 * HOUR)
        take(alice, "Ibuprofen", NOON + 2 * HOUR)
        at(NOON + 3 * HOUR)
        assert "Ibuprofen, taken at 16:00" in client.get(reverse("home")).content.decode()

    @pytest.mark.parametrize(
        ("posted", "words"),
        [
            ({"date": "soon", "name": SUMA, "relief": "none"}, "This is not a date."),
            ({"date": "2026-05-06", "name": SUMA, "relief": "much"}, "Choose one of the three answers."),
            ({"date": "2026-05-06", "name": "X", "relief": "none"}, "X is no longer recorded on that day."),
            ({"date": "2026-05-06", "relief": "none"}, "The medicine is no longer recorded on that day."),
            ({"date": "2026-05-01", "name": SUMA, "relief": "none"}, "is no longer recorded on that day."),
        ],
    )
    def test_nonsense_gets_a_sentence_and_changes_nothing(
        self, client: Client, alice: Record, posted: dict[str, str], words: str
    ) -> None:
        take(alice)
        assert words in client.post(reverse("relieve"), posted, follow=True).content.decode()
        assert Intake.objects.get().relief == ""

    def test_pain_mode_asks_too_for_it_lasts_all_day(self, client: Client, alice: Record, at: At) -> None:
        take(alice)
        client.post(reverse("pain"), {"pain": "on"})
        assert "Did it help?" not in client.get(reverse("home")).content.decode()
        at(NOON + 2 * HOUR)
        assert "Did it help?" in client.get(reverse("home")).content.decode()

    def test_the_weekly_home_page_asks_too(self, client: Client, alice: Record, at: At) -> None:
        Record.objects.update(rhythm="weekly")
        take(alice)
        at(NOON + HOUR)
        assert "Did it help?" in client.get(reverse("home")).content.decode()
        assert "Did it help?" not in client.get(reverse("catch_up")).content.decode()


class TestQueue:
    def relief(self, value: str = "partial", name: str = SUMA) -> dict[str, Any]:
        return entry(value, kind="relief", name=name)

    def test_a_tap_without_a_network_is_applied_once(self, client: Client, alice: Record) -> None:
        take(alice)
        tapped = self.relief()
        assert outcomes(client, alice, tapped, tapped) == ["done", "done"]
        assert Intake.objects.get().relief == "partial"
        assert alice.day_changes.count() == 3

    def test_it_does_not_overwrite_an_answer_it_did_not_know(self, client: Client, alice: Record) -> None:
        take(alice)
        actions.set_relief(record=alice, date=TODAY, name=SUMA, relief="none", now=NOON)
        assert outcomes(client, alice, self.relief("complete")) == ["done"]
        assert Intake.objects.get().relief == "none"

    def test_it_is_undone_by_its_key(self, client: Client, alice: Record) -> None:
        take(alice)
        tapped = self.relief()
        assert outcomes(client, alice, tapped, entry(tapped["key"], kind="undo")) == ["done", "done"]
        assert Intake.objects.get().relief == ""

    def test_a_medicine_that_is_gone_or_an_unknown_relief_is_refused(
        self, client: Client, alice: Record
    ) -> None:
        take(alice)
        entries = [self.relief(name="X"), self.relief("much"), self.relief(name="x" * 121)]
        assert outcomes(client, alice, *entries) == ["refused"] * 3

    def test_a_dose_that_waited_is_asked_about_an_hour_after_its_tap(
        self, client: Client, alice: Record
    ) -> None:
        medicine = Medicine.objects.create(record=alice, name=SUMA, drug_class="triptan")
        outcomes(client, alice, entry("severe"), entry(str(medicine.pk), kind="take"))  # an hour old
        assert find_question(alice, NOON) == (SUMA, "13:00")
