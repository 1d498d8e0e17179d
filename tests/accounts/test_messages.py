"""What forms say about a wrong value: what is wrong, then what to enter; never the framework's own sentences."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.forms import InviteForm, ProfileForm, RecordForm, SignupDetails
from accounts.models import Record
from core.fields import ERROR_MESSAGES, HalvesField
from headaches import times
from headaches.forms import DayForm, IntakeForm, MedicineForm
from headaches.models import DiaryDay, Intake, Medicine
from progress.details.compare import RangesForm
from tests.conftest import NOON, TODAY, as_user
from treatments.forms import BookingForm, PreventiveForm
from treatments.models import InjectionSession, Preventive
from treatments.session_forms import SessionForm

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]
STOCK = (
    "This field",
    "Ensure",
    "valid",
    "available choices",
    "Enter a whole number",
    "Null characters",
    "sorry",
)
WRONG = ["", "many", "-1", "1e9", "0.123", "123456.78", "05/01/2026", "2026-02-30", "a\0b", "x" * 6000]


def every_form(record: Record) -> Iterator[Callable[[dict[str, Any]], forms.BaseForm]]:
    yield SignupDetails
    yield lambda data: ProfileForm(data, instance=record.user)
    yield lambda data: RecordForm(data, instance=record)
    yield InviteForm
    yield lambda data: DayForm(data, instance=DiaryDay(record=record, date=TODAY, written_at=NOON))
    yield IntakeForm
    yield lambda data: MedicineForm(data, instance=Medicine(record=record))
    yield lambda data: SessionForm(data, instance=InjectionSession(record=record), today=TODAY)
    yield lambda data: BookingForm(data, record=record, today=TODAY)
    yield lambda data: PreventiveForm(data, instance=Preventive(record=record))
    yield lambda data: RangesForm(data, today=TODAY)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda text: repr(text[:12]))
def test_no_form_speaks_in_stock_sentences(alice: Record, wrong: str) -> None:
    said = [
        f"{type(form).__name__}.{name}: {sentence}"
        for make in every_form(alice)
        for form in [make(dict.fromkeys(make({}).fields, wrong))]
        for name, sentences in form.errors.items()
        for sentence in sentences
    ]
    assert said
    assert [line for line in said if any(word in line for word in STOCK)] == []


def test_every_sentence_of_the_table_is_whole() -> None:
    for words in ERROR_MESSAGES.values():
        for sentence in words.values():
            text = sentence % {"max": 1, "show_value": 2, "limit_value": 3}
            assert text.endswith(".")
            assert text.count(". ") == 1


def test_limits_are_said_with_their_numbers(alice: Record) -> None:
    values = {"date": "2026-05-05", "product": "x" * 121, "units": "5000", "discomfort": "11"}
    session = InjectionSession(record=alice)
    assert SessionForm(values, instance=session, today=TODAY).errors == {
        "product": ["This has 121 characters. Shorten it to 120."],
        "units": ["This number is too large. Enter 2000 or less."],
        "discomfort": ["This number is too large. Enter 10 or less."],
    }
    form = SessionForm({**values, "units": "1.25", "discomfort": "-1"}, instance=session, today=TODAY)
    assert form.errors["units"] == ["This number is too exact. Enter at most 1 digit after the point."]
    assert form.errors["discomfort"] == ["This number is too small. Enter 0 or more."]


def test_a_sentence_that_a_form_wrote_itself_stays() -> None:
    assert "can only be stored if you agree" in SignupDetails({}).errors["consent"][0]


@pytest.mark.parametrize("days", ["0", "-1", "366", "40000"])
def test_one_mistake_in_the_interval_is_one_sentence(alice: Record, days: str) -> None:
    form = RecordForm({"rhythm": "daily", "criterion": "any", "interval_days": days}, instance=alice)
    assert form.errors == {"interval_days": ["Enter between 1 and 365 days."]}


@pytest.mark.parametrize(
    "hours",
    [
        "0",
        "0.004",
        "24.5",
        "24:01",
        "3:60",
        "-2",
        "many",
        "1.2.3",
        "1000",
        "NaN",
        "sNaN",
        "Infinity",
        "1e999999",
    ],
)
def test_every_wrong_number_of_hours_gets_one_sentence(alice: Record, hours: str) -> None:
    day = DiaryDay(record=alice, date=TODAY, written_at=NOON)
    form = DayForm({"headache": "yes", "hours": hours, "menstruation": "unknown"}, instance=day)
    assert form.errors == {"hours": ["A day has 24 hours. Enter up to 24, such as 3.5 or 3:35."]}


class TestDoses:
    @pytest.mark.parametrize("doses", ["0.7", "0", "-1", "100.5", "1.25", "1e400", "two"])
    def test_only_halves_are_taken(self, doses: str) -> None:
        form = IntakeForm({"name": "X", "drug_class": "other", "doses": doses})
        assert form.errors == {"doses": ["Enter 0.5 to 100 doses, in halves."]}

    @given(st.integers(1, 200))
    def test_every_half_up_to_100_is_taken(self, halves: int) -> None:
        field = HalvesField(highest=100, sentence="")
        assert field.clean(str(Decimal(halves) / 2)) == Decimal(halves) / 2


class TestTimes:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("", ""), ("9:30; 14:00", "09:30;14:00"), ("14, 9.30", "09:30;14:00"), ("2 pm; 12 am", "00:00;14:00"),
            ("14h05", "14:05"), ("12 p.m.", "12:00"), ("9 Uhr;9:00; ", "09:00"), ("23:59", "23:59"),
        ],
    )  # fmt: skip
    def test_are_read_as_people_write_them(self, typed: str, kept: str) -> None:
        assert times.parse_times(typed) == kept

    @pytest.mark.parametrize(
        "typed", ["24:00", "9:60", "13 pm", "0 am", "noon", "930", "-1", "9:3", "9:30 x", "١٢"]
    )
    def test_what_is_no_time_gets_one_sentence(self, typed: str) -> None:
        form = IntakeForm({"name": "X", "drug_class": "other", "doses": "1", "times": typed})
        assert form.errors == {
            "times": [f"“{typed.lower()}” is no time of day. Write times like 9:30; 14:00."]
        }

    def test_twenty_are_enough_for_a_day(self) -> None:
        typed = [f"{hour}:{minute:02}" for hour in range(7) for minute in (1, 2, 3)]
        form = IntakeForm({"name": "X", "drug_class": "other", "doses": "21", "times": ";".join(typed)})
        assert form.errors == {"times": ["At most 20 times."]}

    @given(st.lists(st.times(), max_size=20))
    def test_what_a_form_shows_it_reads_again(self, taken: list[time]) -> None:
        kept = ";".join(sorted({f"{one:%H:%M}" for one in taken}))
        assert times.parse_times(times.format_times(kept, "; ")) == kept


class TestMedicineWithoutDoses:
    @pytest.fixture
    def client(self, alice: Record, at: At) -> Client:
        at(NOON)
        Medicine.objects.create(record=alice, name="Sumatriptan", drug_class="triptan")
        return as_user(alice.user)

    def send(self, client: Client, **free: str) -> Any:
        own = {"intakes-0-name": "Sumatriptan", "intakes-0-drug_class": "triptan", "intakes-0-doses": ""}
        data = {"headache": "yes", "intakes-TOTAL_FORMS": "2", "intakes-INITIAL_FORMS": "1", **own}
        row = {f"intakes-1-{name}": value for name, value in free.items()}
        return client.post(reverse("day", args=["2026-05-05"]), {**data, **row})

    @pytest.mark.parametrize("free", [{"name": "Ibuprofen"}, {"drug_class": "nsaid"}, {"relief": "none"}])
    def test_a_medicine_written_down_without_doses_is_asked_about(
        self, client: Client, free: dict[str, str]
    ) -> None:
        answer = self.send(client, **free)
        assert answer.status_code == 422
        assert answer.content.decode().count("How many doses did you take?") >= 1
        assert not DiaryDay.objects.exists()

    def test_the_own_list_without_doses_was_not_taken(self, client: Client) -> None:
        assert self.send(client).status_code == 302
        assert not Intake.objects.exists()

    def test_with_doses_it_is_kept(self, client: Client) -> None:
        assert self.send(client, name="Ibuprofen", drug_class="nsaid", doses="2").status_code == 302
        assert Intake.objects.get().name == "Ibuprofen"


class TestDates:
    @pytest.mark.parametrize("text", ["05/01/2026", "5/1/26", "May 1 2026", "1 May, 2026", "20260501"])
    def test_a_date_is_read_in_one_way_only(self, alice: Record, text: str) -> None:
        session = SessionForm({"date": text}, instance=InjectionSession(record=alice), today=TODAY)
        preventive = PreventiveForm({"started": text}, instance=Preventive(record=alice))
        for errors in (
            session.errors["date"],
            preventive.errors["started"],
            BookingForm({"date": text}, record=alice, today=TODAY).errors["date"],
            RangesForm({"a_to": text}, today=TODAY).errors["a_to"],
        ):
            assert errors == ["This is not a date. Write the date like 2026-05-06."]

    @pytest.mark.parametrize(
        ("values", "field", "sentence"),
        [
            ({"started": "0001-01-01"}, "started", "The date lies before 1900. Check the year."),
            ({"ended": "1899-12-31"}, "ended", "The date lies before 1900. Check the year."),
            ({"started": "2027-05-08"}, "started", "The start lies more than a year ahead. Check the year."),
            ({"started": "9999-12-31"}, "started", "The start lies more than a year ahead. Check the year."),
            ({"ended": "2076-05-08"}, "ended", "The end lies more than 50 years ahead. Check the year."),
            ({"ended": "9999-12-31"}, "ended", "The end lies more than 50 years ahead. Check the year."),
        ],
    )
    def test_a_preventive_of_no_sensible_year_is_refused(
        self, alice: Record, at: At, values: dict[str, str], field: str, sentence: str
    ) -> None:
        at(NOON)
        form = PreventiveForm({"name": "Propranolol", **values}, instance=Preventive(record=alice))
        assert form.errors == {field: [sentence]}

    def test_the_outermost_sensible_dates_are_kept(self, alice: Record, at: At) -> None:
        at(NOON)
        for started, ended in (("1900-01-01", "2076-05-06"), ("2027-05-06", ""), ("", "")):
            values = {"name": "Propranolol", "started": started, "ended": ended}
            form = PreventiveForm(values, instance=Preventive(record=alice))
            assert form.errors == {}
            form.save()
        assert alice.preventives.filter(started=date(2027, 5, 6)).exists()
