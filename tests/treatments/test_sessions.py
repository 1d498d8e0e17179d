"""Sessions, bookings, other preventives."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Record
from tests.conftest import NOON, TODAY, queries
from treatments import actions
from treatments.domain.schedule import compute_next_session, due_date
from treatments.models import Booking, InjectionSession, Preventive

At = Callable[[datetime], None]
DATES = st.dates(date(1980, 1, 1), date(2100, 1, 1))


def coming(last: date = date(2026, 2, 24), today: date = TODAY, booked: date | None = None) -> Any:
    return compute_next_session(sessions=[last], interval_days=84, booked=booked, today=today)


class TestSchedule:
    def test_due_is_84_calendar_days_later(self) -> None:
        assert due_date(date(2026, 2, 24), 84) == date(2026, 5, 19)

    @given(DATES, st.integers(84, 365))
    def test_due_is_so_many_days_whatever_the_clocks_do(self, last: date, interval: int) -> None:
        assert (due_date(last, interval) - last).days == interval

    def test_before_the_first_session_nothing_is_due(self) -> None:
        assert compute_next_session(sessions=[], interval_days=84, booked=None, today=TODAY) is None

    def test_a_booked_date_replaces_the_due_date(self) -> None:
        found = coming(booked=date(2026, 5, 21))
        assert (found.due, found.target, found.days_left) == (date(2026, 5, 19), date(2026, 5, 21), 15)

    def test_the_usual_window_is_seven_days_around_due(self) -> None:
        assert coming().window == (date(2026, 5, 12), date(2026, 5, 26))

    @pytest.mark.parametrize(("today", "late"), [(date(2026, 5, 25), False), (date(2026, 5, 26), True)])
    def test_from_seven_days_after_due_it_is_late(self, today: date, late: bool) -> None:
        assert coming(today=today).is_late is late

    def test_the_session_day_is_day_and_week_one(self) -> None:
        found = coming(last=TODAY)
        assert (found.day_of_cycle, found.week_of_cycle, found.number) == (1, 1, 2)

    def test_two_sessions_on_one_date_are_one_and_later_ones_do_not_count(self) -> None:
        found = compute_next_session(
            sessions=[TODAY, TODAY, TODAY + timedelta(3)], interval_days=84, booked=None, today=TODAY
        )
        assert found is not None
        assert found.number == 2


def filled(**more: str) -> dict[str, str]:
    return {"date": "2026-05-05", "product": "Botox (onabotulinumtoxinA)", "units": "155", **more}


@pytest.mark.django_db
class TestSessions:
    def test_today_is_offered_and_no_dose(self, client: Client) -> None:
        page = client.get(reverse("add_session")).content.decode()
        assert 'value="155"' not in page
        assert 'name="known" value="nothing"' in page
        assert 'value="2026-05-06"' in page
        assert "swallowing, speaking or breathing" in page

    def test_a_session_is_kept_corrected_and_deleted(self, client: Client, alice: Record) -> None:
        client.post(reverse("add_session"), filled(injector="Dr Carl", discomfort="4", note="sore"))
        session = alice.sessions.get()
        assert (session.units, session.injector, session.discomfort) == (Decimal(155), "Dr Carl", 4)
        client.post(reverse("session", args=[session.pk]), filled(date="2026-05-04", units="165"))
        session.refresh_from_db()
        assert (session.date, session.units) == (date(2026, 5, 4), Decimal(165))
        assert client.get(reverse("delete_session", args=[session.pk])).status_code == 200
        assert alice.sessions.exists()
        client.post(reverse("delete_session", args=[session.pk]))
        assert not alice.sessions.exists()

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"date": "2026-05-07"}, "lies in the future"),
            ({"date": "2027-05-07"}, "lies in the future"),
            ({"date": "1979-12-31"}, "before 1980"),
            ({"date": "2026-02-30"}, "This is not a date."),
            ({"date": ""}, "Enter a date."),
            ({"units": "0"}, "0.5"),
            ({"units": "5000"}, "2000"),
            ({"units": "many"}, "number"),
            ({"discomfort": "11"}, "10"),
            ({"discomfort": "-1"}, "0"),
            ({"product": ""}, "This is empty."),
            ({"note": "x" * 5001}, "5000"),
        ],
    )
    def test_bad_input_is_refused_in_words_and_stays_in_the_form(
        self, client: Client, values: dict[str, str], words: str
    ) -> None:
        answer = client.post(reverse("add_session"), filled(**{"injector": "kept-text", **values}))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert 'value="kept-text"' in page
        assert not InjectionSession.objects.exists()

    def test_a_second_session_on_one_date_is_refused_in_words(self, client: Client, alice: Record) -> None:
        client.post(reverse("add_session"), filled())
        answer = client.post(reverse("add_session"), filled(units="100"))
        assert answer.status_code == 422
        assert "A session on this date is recorded already." in answer.content.decode()
        assert alice.sessions.get().units == Decimal(155)

    def test_moving_a_session_onto_another_is_refused(self, client: Client, alice: Record) -> None:
        client.post(reverse("add_session"), filled())
        client.post(reverse("add_session"), filled(date="2026-02-01"))
        first = alice.sessions.get(date=date(2026, 2, 1))
        assert client.post(reverse("session", args=[first.pk]), filled()).status_code == 422
        assert (
            client.post(
                reverse("session", args=[first.pk]), filled(date="2026-02-01", units="160")
            ).status_code
            == 302
        )

    def test_a_session_beyond_a_booked_date_is_refused_too(self, client: Client, alice: Record) -> None:
        client.post(reverse("booking"), {"date": "2026-05-08"})
        assert client.post(reverse("add_session"), filled(date="2026-05-09")).status_code == 422
        assert Booking.objects.count() == 1

    def test_the_list_takes_as_many_queries_long_as_short(self, client: Client, alice: Record) -> None:
        InjectionSession.objects.create(record=alice, date=TODAY)
        short = queries(client, reverse("sessions"))
        for number in range(1, 30):
            InjectionSession.objects.create(record=alice, date=TODAY - timedelta(84 * number))
        assert queries(client, reverse("sessions")) == short <= 14
        assert client.get(reverse("sessions")).content.decode().count("Edit the session of") == 30

    def test_the_database_refuses_nonsense(self, alice: Record) -> None:
        wrong = ({"units": -5}, {"discomfort": 11}, {"date": date(1900, 1, 1)})
        for values in wrong:
            with pytest.raises(IntegrityError), transaction.atomic():
                InjectionSession.objects.create(**{"record": alice, "date": TODAY, **values})


@pytest.mark.django_db
class TestBooking:
    def test_it_replaces_the_due_date_everywhere(self, client: Client, alice: Record) -> None:
        client.post(reverse("add_session"), filled(date="2026-02-24"))
        assert "Due Tuesday 19 May" in client.get(reverse("home")).content.decode()
        client.post(reverse("booking"), {"date": "2026-05-21"})
        for page in ("home", "sessions", "progress"):
            assert "Booked for Thursday 21 May" in client.get(reverse(page)).content.decode()
        client.post(reverse("cancel_booking"))
        assert "Due Tuesday 19 May" in client.get(reverse("home")).content.decode()

    @pytest.mark.parametrize(
        ("on", "words"),
        [
            ("2026-05-05", "has passed"),
            ("2028-01-01", "more than a year"),
            ("", "Enter a date."),
            ("soon", "Write the date like 2026-05-06."),
        ],
    )
    def test_bad_input_gets_a_sentence(self, client: Client, on: str, words: str) -> None:
        answer = client.post(reverse("booking"), {"date": on})
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Booking.objects.exists()

    BOOKED = date(2026, 5, 8)

    def book(self, record: Record) -> None:
        actions.save_booking(
            record=record,
            date=self.BOOKED,
            now=NOON,
            time=time(9, 30),
            place="Clinic West",
            note="bring the list",
        )

    @pytest.mark.parametrize(
        "session", [date(2026, 5, 1), date(2026, 5, 5), date(2026, 5, 8), date(2026, 5, 15)]
    )
    def test_a_session_within_a_week_of_it_fulfils_it(self, alice: Record, session: date) -> None:
        self.book(alice)
        assert actions.save_session(record=alice, session=InjectionSession(date=session), now=NOON) is True
        assert not Booking.objects.exists()

    @pytest.mark.parametrize(
        "session", [date(2026, 4, 10), date(2026, 4, 25), date(2026, 4, 30), date(2026, 5, 16)]
    )
    def test_at_a_greater_distance_she_is_asked(self, alice: Record, session: date) -> None:
        self.book(alice)
        assert actions.save_session(record=alice, session=InjectionSession(date=session), now=NOON) is False
        assert Booking.objects.get().asked_session == alice.sessions.get()

    def test_farther_ahead_it_is_another_appointment(self, alice: Record) -> None:
        self.book(alice)
        actions.save_session(record=alice, session=InjectionSession(date=date(2026, 4, 9)), now=NOON)
        assert Booking.objects.get().asked_session is None

    @pytest.mark.parametrize(("answer", "stays"), [("yes", False), ("no", True)])
    def test_her_answer_decides_and_is_asked_for_once(
        self, client: Client, alice: Record, answer: str, stays: bool
    ) -> None:
        self.book(alice)
        client.post(reverse("add_session"), filled(date="2026-04-25"))
        question = "Was the session of 25 April 2026 your appointment of 8 May 2026?"
        assert question in client.get(reverse("sessions")).content.decode()
        for _twice in range(2):
            page = client.post(reverse("answer_booking"), {"answer": answer}, follow=True).content.decode()
            assert question not in page
        assert Booking.objects.exists() is stays
        if stays:
            assert Booking.objects.get().place == "Clinic West"

    @pytest.mark.parametrize("way", ["undo", "delete the session"])
    def test_a_closed_one_comes_back_whole(self, client: Client, alice: Record, way: str) -> None:
        self.book(alice)
        client.post(reverse("add_session"), filled(date="2026-05-05"))
        session = alice.sessions.get()
        page = client.get(reverse("sessions")).content.decode()
        assert "The appointment of 8 May 2026 was removed with the session of 5 May 2026." in page
        if way == "undo":
            page = client.post(reverse("reopen_booking", args=[session.pk]), follow=True).content.decode()
            assert "The appointment is back." in page
            assert "Bring the appointment back" not in page
        else:
            client.post(reverse("delete_session", args=[session.pk]))
        booking = Booking.objects.get()
        assert (booking.date, booking.time, booking.place, booking.note) == (
            self.BOOKED, time(9, 30), "Clinic West", "bring the list",
        )  # fmt: skip

    def test_it_does_not_replace_a_newer_one(self, client: Client, alice: Record) -> None:
        self.book(alice)
        client.post(reverse("add_session"), filled(date="2026-05-05"))
        actions.save_booking(record=alice, date=date(2026, 7, 28), now=NOON)
        session = alice.sessions.get()
        page = client.post(reverse("reopen_booking", args=[session.pk]), follow=True).content.decode()
        assert "another appointment is entered already" in page
        client.post(reverse("delete_session", args=[session.pk]))
        assert Booking.objects.get().date == date(2026, 7, 28)

    def test_entering_old_sessions_keeps_the_booking_ahead(self, alice: Record) -> None:
        actions.save_booking(record=alice, date=date(2026, 7, 1), now=NOON)
        for back in (365, 281, 197, 113, 36):
            actions.save_session(
                record=alice, session=InjectionSession(date=TODAY - timedelta(back)), now=NOON
            )
        assert Booking.objects.exists()

    def test_correcting_a_note_keeps_the_booking(self, alice: Record) -> None:
        session = InjectionSession(date=TODAY - timedelta(84))
        actions.save_session(record=alice, session=session, now=NOON)
        actions.save_booking(record=alice, date=TODAY - timedelta(60), now=NOON)
        session.note = "corrected"
        assert actions.save_session(record=alice, session=session, now=NOON) is False
        assert Booking.objects.exists()

    def test_before_the_first_session_it_is_shown_as_well(self, client: Client) -> None:
        assert reverse("booking") in client.get(reverse("home")).content.decode()
        client.post(reverse("booking"), {"date": "2026-05-21"})
        for page in ("home", "sessions", "progress"):
            assert "Booked for Thursday 21 May" in client.get(reverse(page)).content.decode()

    def test_what_to_expect_stands_with_the_sessions_and_in_one_line_on_the_first_page(
        self, client: Client
    ) -> None:
        client.post(reverse("add_session"), filled(date="2026-02-24"))
        assert "Now: Weeks 9 to 12: it may wear off." in client.get(reverse("home")).content.decode()
        page = client.get(reverse("sessions")).content.decode()
        assert page.count('<li data-stage="') == 6
        assert "The first fair time to judge" in page

    def test_a_late_session_is_said_in_weeks(self, client: Client) -> None:
        client.post(reverse("add_session"), filled(date="2026-01-27"))
        assert "Your session is 2 weeks late." in client.get(reverse("home")).content.decode()


@pytest.mark.django_db
class TestPreventives:
    def test_it_is_kept_shown_and_deleted(self, client: Client, alice: Record) -> None:
        client.post(
            reverse("add_preventive"),
            {
                "name": "Propranolol", "dose": "80 mg", "started": "2025-01-01", "ended": "2025-06-01",
                "outcome": "no effect",
            },
        )  # fmt: skip
        assert "no effect" in client.get(reverse("sessions")).content.decode()
        client.post(reverse("delete_preventive", args=[alice.preventives.get().pk]))
        assert not Preventive.objects.exists()

    def test_class_and_reason_are_chosen_and_running_ones_stand_first(
        self, client: Client, alice: Record
    ) -> None:
        sent = {"started": "2025-01-01", "ended": "2025-06-01", "why": "not tolerated", "outcome": "tingling"}
        client.post(reverse("add_preventive"), {"name": "Topiramate", "drug_class": "anticonvulsant", **sent})
        client.post(reverse("add_preventive"), {"name": "Candesartan", "started": "2026-01-01"})
        kept = alice.preventives.get(name="Topiramate")
        assert (kept.drug_class, kept.outcome) == ("anticonvulsant", "not tolerated: tingling")
        page = client.get(reverse("sessions")).content.decode()
        assert (
            page.index("Running") < page.index("Candesartan") < page.index("Tried") < page.index("Topiramate")
        )
        form = client.get(reverse("preventive", args=[kept.pk])).context["form"]
        assert (form["why"].value(), form["outcome"].value()) == ("not tolerated", "tingling")

    def test_a_reason_says_that_it_is_over_where_nobody_knows_the_days_any_more(
        self, client: Client, alice: Record
    ) -> None:
        client.post(reverse("add_preventive"), {"name": "Valproate", "why": "no effect"})
        client.post(reverse("add_preventive"), {"name": "Candesartan"})
        assert [course.name for course in alice.preventives.all() if course.runs(TODAY)] == ["Candesartan"]
        page = " ".join(client.get(reverse("sessions")).content.decode().split())
        assert page.index("Tried") < page.index("Valproate")
        assert "days not given. Ended: no effect" in page
        assert "start not given to today" in page

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"why": "bored"}, "not on the list"),
            ({"drug_class": "sweet"}, "not on the list"),
            ({"ended": "2025-06-01", "outcome": "x" * 181}, "Shorten it to 180."),
        ],
    )
    def test_bad_input_is_refused_in_words(self, client: Client, values: dict[str, str], words: str) -> None:
        answer = client.post(reverse("add_preventive"), {"name": "kept-text", **values})
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "kept-text" in answer.content.decode()

    def test_an_end_before_the_start_is_refused(self, client: Client) -> None:
        values = {"name": "Propranolol", "started": "2025-06-01", "ended": "2025-01-01"}
        answer = client.post(reverse("add_preventive"), values)
        assert answer.status_code == 422
        assert "end lies before the start" in answer.content.decode()
