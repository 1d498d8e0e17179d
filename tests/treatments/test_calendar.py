"""Appointments in a calendar: read back by two libraries, right over the change of clocks, neutral in the feed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from django.conf import settings
from django.test import Client
from django.urls import reverse
from hypothesis import assume, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from icalendar import Calendar

from accounts.models import Record
from tests.conftest import NOON, TODAY, confirm_password
from treatments import actions
from treatments.domain.schedule import compute_next_session
from treatments.ics import (
    APPOINTMENT_LENGTH,
    Appointment,
    build_event,
    local_time_exists,
    render_appointment,
    render_feed,
)
from treatments.models import Booking, CalendarFeed, InjectionSession

At = Callable[[datetime], None]
BERLIN = ZoneInfo("Europe/Berlin")
# Both sides of the equator, half hours, a zone without a change of clocks.
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kolkata",
    "UTC",
]


def starts(content: bytes) -> tuple[datetime, datetime]:
    """The instant of the one event, as icalendar reads it and as vobject does."""
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    other = vobject.readOne(content.decode())
    return event["dtstart"].dt.astimezone(UTC), other.vevent.dtstart.value.astimezone(UTC)


class TestFile:
    @tried(max_examples=60)
    @given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.times(), st.sampled_from(ZONES))
    def test_both_readers_find_the_instant(self, on: date, at: time, name: str) -> None:
        zone, minute = ZoneInfo(name), at.replace(second=0, microsecond=0, tzinfo=None)
        assume(local_time_exists(on, minute, zone))
        wanted = datetime.combine(on, minute, zone).astimezone(UTC)
        content = render_appointment(1, Appointment(on, minute), zone, NOON)
        assert starts(content) == (wanted, wanted)

    @pytest.mark.parametrize(
        ("on", "hour"),
        [(date(2026, 3, 28), 8), (date(2026, 3, 29), 7), (date(2026, 10, 24), 7), (date(2026, 10, 25), 8)],
    )
    def test_nine_in_the_morning_stays_nine_over_the_change_of_clocks(self, on: date, hour: int) -> None:
        content = render_appointment(1, Appointment(on, time(9)), BERLIN, NOON)
        assert starts(content) == (datetime(on.year, on.month, on.day, hour, tzinfo=UTC),) * 2

    def test_half_an_hour_is_half_an_hour_in_the_night_of_the_change(self) -> None:
        content = render_appointment(1, Appointment(date(2026, 3, 29), time(1, 45)), BERLIN, NOON)
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        assert event["dtend"].dt.astimezone(UTC) - event["dtstart"].dt.astimezone(UTC) == APPOINTMENT_LENGTH
        assert event["dtend"].dt.astimezone(BERLIN).time() == time(3, 15)

    def test_the_lines_are_those_of_the_standard(self) -> None:
        """RFC 5545, 3.1: CRLF, at most 75 octets a line."""
        content = render_appointment(1, Appointment(TODAY, None, "Königsstraße 1, " * 8), BERLIN, NOON)
        lines = content.split(b"\r\n")
        assert all(len(line) <= 75 for line in lines)
        assert b"\n" not in b"".join(lines)
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        assert event["location"] == "Königsstraße 1, " * 8
        assert (event["dtstart"].dt, event["dtend"].dt) == (TODAY, TODAY + timedelta(1))


class TestFeed:
    def test_it_has_booked_due_and_the_usual_window_and_nothing_that_tells(self) -> None:
        coming = compute_next_session(
            sessions=[date(2026, 2, 24)], interval_days=84, booked=date(2026, 5, 21), today=TODAY
        )
        content = render_feed(
            1,
            coming,
            Appointment(date(2026, 5, 21), time(9, 30), "Clinic West"),
            title="",
            zone=BERLIN,
            now=NOON,
        )
        events = Calendar.from_ical(content).walk("VEVENT")
        found = [(str(event["summary"]), event["dtstart"].dt, event["dtend"].dt) for event in events]
        assert found == [
            (
                "Appointment",
                datetime(2026, 5, 21, 9, 30, tzinfo=BERLIN),
                datetime(2026, 5, 21, 10, tzinfo=BERLIN),
            ),
            ("Appointment: due", date(2026, 5, 19), date(2026, 5, 20)),
            ("Appointment: usual days", date(2026, 5, 12), date(2026, 5, 27)),
        ]
        assert len(list(vobject.readOne(content.decode()).vevent_list)) == 3
        for word in (b"West", b"otox", b"njection", b"ession", b"igraine", b"eadache"):
            assert word not in content

    def test_before_anything_is_known_it_is_an_empty_calendar(self) -> None:
        content = render_feed(1, None, None, title="Dr L", zone=BERLIN, now=NOON)
        calendar = Calendar.from_ical(content)
        assert calendar.walk("VEVENT") == []
        assert [component.name for component in calendar.subcomponents] == [
            "VTIMEZONE"
        ]  # RFC 5545, 3.6: one at least
        assert b"X-WR-CALNAME:Dr L" in content

    def test_a_feed_says_how_often_to_ask(self) -> None:
        lines = render_feed(1, None, None, title="", zone=BERLIN, now=NOON).split(b"\r\n")
        assert b"REFRESH-INTERVAL;VALUE=DURATION:PT12H" in lines
        assert b"X-PUBLISHED-TTL:PT12H" in lines

    def test_a_single_appointment_brings_no_calendar_of_its_own(self) -> None:
        content = render_appointment(1, Appointment(TODAY, None), BERLIN, NOON)
        assert all(word not in content for word in (b"X-WR-CALNAME", b"REFRESH", b"TTL"))
        assert b"METHOD:PUBLISH" in content

    def test_an_event_keeps_its_name_and_tells_no_owner(self) -> None:
        names = [
            build_event(owner, kind, "", NOON)["uid"]
            for owner, kind in ((1, "due"), (1, "due"), (2, "due"), (1, "booked"))
        ]
        assert names[0] == names[1] != names[2]
        assert names[0] != names[3]


def make_address(client: Client, title: str = "") -> str:
    """The path of a new secret address, as the page shows it once."""
    confirm_password(client)
    page = client.post(reverse("calendar"), {"title": title}, follow=True).content.decode()
    path = "/calendar/" + page.split(f'value="{settings.BASE_URL}/calendar/')[1].split('"')[0]
    assert f'href="webcal://testserver{path}"' in page
    return path


@pytest.mark.django_db
class TestPages:
    def test_date_time_place_and_note_are_kept_shown_and_downloaded(
        self, client: Client, alice: Record
    ) -> None:
        InjectionSession.objects.create(record=alice, date=date(2026, 2, 24))
        values = {"date": "2026-06-04", "time": "09:30", "place": "Clinic West", "note": "bring the list"}
        assert client.post(reverse("booking"), values).status_code == 302
        kept = Booking.objects.get()
        assert (kept.date, kept.time, kept.place, kept.note) == (
            date(2026, 6, 4),
            time(9, 30),
            "Clinic West",
            "bring the list",
        )
        page = client.get(reverse("sessions")).content.decode()
        assert "09:30" in page
        assert "Clinic West" in page
        assert "2 weeks late" in page
        answer = client.get(reverse("appointment_file"))
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert "appointment-2026-06-04.ics" in answer["Content-Disposition"]
        assert starts(answer.content) == (datetime(2026, 6, 4, 7, 30, tzinfo=UTC),) * 2

    def test_the_note_stands_on_the_page_of_sessions_and_in_a_file_only_when_asked_for(
        self, client: Client, alice: Record
    ) -> None:
        InjectionSession.objects.create(record=alice, date=date(2026, 2, 24))
        actions.save_booking(record=alice, date=date(2026, 6, 4), now=NOON, note="bring the list, ask")
        pages = [client.get(reverse(name)).content for name in ("sessions", "home", "progress")]
        assert [b"bring the list" in page for page in pages] == [True, False, False]
        assert "?note=1" in client.get(reverse("booking")).content.decode()
        assert b"bring" not in client.get(reverse("appointment_file")).content
        assert b"bring" not in client.get(reverse("appointment_file") + "?note=yes").content
        (event,) = Calendar.from_ical(client.get(reverse("appointment_file") + "?note=1").content).walk(
            "VEVENT"
        )
        assert event["description"] == "bring the list, ask"
        assert b"bring" not in Client().get(make_address(client)).content

    def test_without_a_booking_there_is_no_file(self, client: Client) -> None:
        assert client.get(reverse("appointment_file")).status_code == 404

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"time": "25:00"}, "Write it like 09:30."),
            ({"time": "noon"}, "Write it like 09:30."),
            ({"time": "09:30:15"}, "Write it like 09:30."),
            ({"place": "x" * 121}, "Shorten it to 120"),
            ({"date": "2027-03-28", "time": "02:30"}, "The clocks go forward that day"),
        ],
    )
    def test_bad_input_gets_a_sentence_and_stays(
        self, client: Client, values: dict[str, str], words: str
    ) -> None:
        answer = client.post(reverse("booking"), {"date": "2026-06-04", "note": "kept-text", **values})
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "kept-text" in answer.content.decode()
        assert not Booking.objects.exists()

    def test_the_address_is_shown_once_needs_no_log_in_and_follows(
        self, client: Client, alice: Record
    ) -> None:
        path = make_address(client)
        assert path not in client.get(reverse("calendar")).content.decode()
        assert CalendarFeed.objects.get().token_hash not in path
        visitor = Client()
        assert b"VEVENT" not in visitor.get(path).content
        actions.save_booking(
            record=alice, date=date(2026, 6, 4), now=NOON, time=time(9, 30), place="Clinic West", note="x"
        )
        content = visitor.get(path).content
        assert starts(content) == (datetime(2026, 6, 4, 7, 30, tzinfo=UTC),) * 2
        assert b"West" not in content

    def test_a_new_address_ends_the_old_one_and_closing_ends_it_too(self, client: Client) -> None:
        old = make_address(client)
        new = make_address(client, "Dr L")
        assert Client().get(old).status_code == 404
        assert b"X-WR-CALNAME:Dr L" in Client().get(new).content
        client.post(reverse("close_calendar"))
        assert Client().get(new).status_code == Client().get("/calendar/made-up.ics").status_code == 404

    def test_a_closed_account_has_no_calendar(self, client: Client, alice: Record) -> None:
        path = make_address(client)
        alice.user.is_active = False
        alice.user.save()
        assert Client().get(path).status_code == 404

    def test_a_title_of_one_line_alone(self, client: Client) -> None:
        path = make_address(client, "a\r\nEND:VCALENDAR")
        (name,) = [
            line for line in Client().get(path).content.split(b"\r\n") if line.startswith(b"X-WR-CALNAME")
        ]
        assert name == b"X-WR-CALNAME:a END:VCALENDAR"
