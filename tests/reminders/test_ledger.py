"""The ledger: rows follow sessions, bookings, zones and wishes; a sweep sends each letter once."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Record, User
from reminders.models import Reminder, ReminderPreference, State
from reminders.planning import Planned, plan, reconcile
from reminders.sweep import BACK_OFF, LEASE, claim, sweep
from tests.conftest import NOON, as_user, make_patient
from tests.servers import Sink, free_port
from treatments import actions
from treatments.models import InjectionSession

pytestmark = pytest.mark.django_db
# A session on 5 May is followed by one due on 28 July; 9:00 in Berlin is 7:00 UTC in summer.
SESSION, DUE = date(2026, 5, 5), date(2026, 7, 28)
D14, D7, D1 = (datetime(2026, 7, day, 7, tzinfo=UTC) for day in (14, 21, 27))
Rows = list[tuple[str, date, str]]


def rows(record: Record) -> Rows:
    found = Reminder.objects.filter(record=record).order_by("target_date", "due_at")
    return [(row.kind, row.target_date, row.state) for row in found]


def treat(record: Record, on: date = SESSION, now: datetime = NOON) -> InjectionSession:
    session = InjectionSession(date=on)
    actions.save_session(record=record, session=session, now=now)
    return session


def sent_at(now: datetime) -> dict[str, int]:
    return {str(state): count for state, count in sweep(lambda: now).items() if count}


class TestPlanning:
    def test_a_session_plans_three_letters_at_nine_by_her_clock(self, alice: Record) -> None:
        treat(alice)
        assert rows(alice) == [("d14", DUE, "scheduled"), ("d7", DUE, "scheduled"), ("d1", DUE, "scheduled")]
        assert list(Reminder.objects.values_list("due_at", flat=True)) == [D14, D7, D1]

    def test_a_refused_session_plans_nothing(self, alice: Record) -> None:
        treat(alice)
        with pytest.raises(ValidationError):
            treat(alice)
        assert len(rows(alice)) == 3

    def test_a_booking_moves_them_and_removing_it_moves_them_back(self, alice: Record) -> None:
        treat(alice)
        booked = date(2026, 8, 4)
        actions.book(record=alice, on=booked, now=NOON)
        assert [row for row in rows(alice) if row[2] == "scheduled"] == [
            ("d14", booked, "scheduled"), ("d7", booked, "scheduled"), ("d1", booked, "scheduled"),
        ]  # fmt: skip
        actions.cancel_booking(record=alice, now=NOON)
        assert {row[1] for row in rows(alice) if row[2] == "scheduled"} == {DUE}
        assert {row[1] for row in rows(alice) if row[2] == "cancelled"} == {booked}

    def test_deleting_the_session_cancels_them(self, alice: Record) -> None:
        session = treat(alice)
        actions.delete_session(session=session, now=NOON)
        assert {state for _kind, _target, state in rows(alice)} == {"cancelled"}

    def test_a_session_entered_late_makes_no_letter_whose_time_has_passed(self, alice: Record) -> None:
        treat(alice, now=D14 + timedelta(days=3))
        assert [kind for kind, _target, _state in rows(alice)] == ["d7", "d1"]

    def test_another_zone_moves_the_instants(self, alice: Record, at: Any) -> None:
        at(NOON)
        treat(alice)
        as_user(alice.user).post(
            reverse("preferences"),
            {"form": "profile", "profile-time_zone": "America/New_York", "profile-language": "en"},
        )
        assert [due.hour for due in Reminder.objects.values_list("due_at", flat=True)] == [13, 13, 13]

    def test_another_interval_moves_the_dates(self, alice: Record, at: Any) -> None:
        at(NOON)
        treat(alice)
        answer = as_user(alice.user).post(
            reverse("preferences"),
            {"form": "record", "record-criterion": "any", "record-interval_days": "91"},
        )
        assert answer.status_code == 302
        assert {row[1] for row in rows(alice) if row[2] == "scheduled"} == {DUE + timedelta(7)}

    def test_a_shorter_interval_needs_a_reason(self, alice: Record) -> None:
        client = as_user(alice.user)
        values = {"form": "record", "record-criterion": "any", "record-interval_days": "70"}
        refused = client.post(reverse("preferences"), values)
        assert refused.status_code == 422
        assert "needs a reason" in refused.content.decode()
        assert (
            client.post(reverse("preferences"), values | {"record-interval_reason": "wears off"}).status_code
            == 302
        )

    def test_planning_again_changes_nothing(self, alice: Record) -> None:
        treat(alice)
        before = list(Reminder.objects.order_by("pk").values())
        assert plan(alice, NOON).made == 0
        assert list(Reminder.objects.order_by("pk").values()) == before

    def test_the_nightly_reconcile_mends_what_a_missed_signal_left(self, alice: Record) -> None:
        InjectionSession.objects.create(record=alice, date=SESSION)
        assert reconcile(NOON).made == 3
        InjectionSession.objects.all().delete()
        assert reconcile(NOON).cancelled == 3
        assert reconcile(NOON) == type(reconcile(NOON))()

    def test_one_letter_a_kind_and_date_is_the_databases_law(self, alice: Record) -> None:
        treat(alice)
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.create(record=alice, kind="d7", target_date=DUE, due_at=NOON, next_try_at=NOON)


class TestSweep:
    def test_it_sends_what_is_due_and_only_that(self, alice: Record) -> None:
        treat(alice)
        assert sent_at(D14 - timedelta(seconds=1)) == {}
        assert sent_at(D14) == {"sent": 1}
        assert [letter.to for letter in mail.outbox] == [[alice.user.email]]

    def test_a_second_sweep_sends_nothing_again(self, alice: Record) -> None:
        treat(alice)
        sent_at(D14)
        assert sent_at(D14) == {}
        assert sent_at(D14 + timedelta(hours=1)) == {}
        assert len(mail.outbox) == 1

    def test_after_an_outage_one_letter_comes_not_three(self, alice: Record) -> None:
        treat(alice)
        assert sent_at(D1 + timedelta(hours=3)) == {"superseded": 2, "sent": 1}
        assert len(mail.outbox) == 1

    def test_after_the_session_day_none_comes(self, alice: Record) -> None:
        treat(alice)
        assert sent_at(datetime(2026, 7, 28, 22, 0, tzinfo=UTC)) == {"superseded": 2, "suppressed": 1}
        assert mail.outbox == []

    def test_a_date_that_reminded_once_never_does_again(self, alice: Record) -> None:
        session = treat(alice)
        sent_at(D14)
        later = D14 + timedelta(minutes=5)
        actions.delete_session(session=session, now=later)
        treat(alice, now=later)
        assert sent_at(later) == {}
        assert sent_at(D7) == {"sent": 1}

    def test_a_moved_date_reminds_again(self, alice: Record) -> None:
        treat(alice)
        sent_at(D14)
        actions.book(record=alice, on=date(2026, 8, 10), now=D14)
        assert sent_at(datetime(2026, 7, 27, 7, tzinfo=UTC)) == {"sent": 1}

    def test_nothing_goes_out_after_letters_were_stopped(self, alice: Record) -> None:
        treat(alice)
        ReminderPreference.objects.create(record=alice, session_letters=False)
        assert sent_at(D14) == {"suppressed": 1}

    def test_nothing_goes_to_a_closed_account_or_an_unproven_address(self, alice: Record) -> None:
        from allauth.account.models import EmailAddress

        treat(alice)
        EmailAddress.objects.update(verified=False)
        assert sent_at(D14) == {"suppressed": 1}
        alice.user.is_active = False
        alice.user.save()
        assert sent_at(D7) == {"suppressed": 1}
        assert mail.outbox == []

    def test_a_date_that_moved_without_a_signal_is_seen_at_the_fence(self, alice: Record) -> None:
        treat(alice)
        InjectionSession.objects.update(date=SESSION + timedelta(1))
        assert sent_at(D14) == {"cancelled": 1}

    def test_a_claimed_row_is_left_alone_until_its_lease_ends(self, alice: Record) -> None:
        treat(alice)
        claim(D14)
        assert sent_at(D14 + LEASE) == {}
        assert sent_at(D14 + LEASE + timedelta(seconds=1)) == {"sent": 1}

    def test_a_worker_lost_while_sending_leaves_a_doubt_that_is_resolved_once(self, alice: Record) -> None:
        treat(alice)
        Reminder.objects.filter(kind="d14").update(state=State.SENDING, lease_until=D14 + LEASE, claim="gone")
        after = D14 + LEASE + timedelta(seconds=1)
        assert sent_at(after) == {"sent": 1}
        row = Reminder.objects.get(kind="d14")
        assert (row.state, row.doubts) == ("sent", 1)

    def test_lost_twice_it_is_left_to_a_human(self, alice: Record) -> None:
        treat(alice)
        Reminder.objects.filter(kind="d14").update(
            state=State.SENDING, doubts=1, lease_until=D14, claim="gone"
        )
        assert sent_at(D14 + LEASE) == {"in_doubt": 1}
        assert mail.outbox == []
        assert sent_at(D14 + LEASE * 2) == {}

    def test_one_row_that_cannot_be_handled_keeps_no_other_letter_back(self, alice: Record) -> None:
        bad = make_patient("bad@example.org")
        for record in (bad, alice):
            treat(record)
        User.objects.filter(pk=bad.user.pk).update(time_zone="Mars/Olympus")
        assert sent_at(D14) == {"retry": 1, "sent": 1}
        assert reconcile(NOON) == Planned()
        User.objects.filter(pk=bad.user.pk).update(time_zone="UTC")
        assert sent_at(D14 + BACK_OFF[0]) == {"sent": 1}

    def test_a_booking_before_the_first_session_reminds_too(self, alice: Record) -> None:
        actions.book(record=alice, on=DUE, now=NOON)
        assert sent_at(D14) == {"sent": 1}

    def test_a_letter_planned_anew_starts_its_tries_anew(self, alice: Record) -> None:
        treat(alice)
        Reminder.objects.filter(kind="d7").update(state=State.CANCELLED, attempts=5, doubts=1, claim="x")
        plan(alice, NOON)
        row = Reminder.objects.get(kind="d7")
        assert (row.state, row.attempts, row.doubts, row.claim) == ("scheduled", 0, 0, "")

    def test_a_hundred_and_fifty_patients_get_a_letter_each(self, db: None) -> None:
        for number in range(150):
            treat(make_patient(f"p{number}@example.org"))
        assert sent_at(D14) == {"sent": 150}
        assert len({letter.to[0] for letter in mail.outbox}) == 150


@pytest.fixture
def server(settings: Any) -> Any:
    from tests.servers import smtp_sink

    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.controller.port
        yield sink


class TestMailServer:
    """Against a real SMTP server that says no in its various ways."""

    def test_a_letter_arrives_with_all_its_headers(self, alice: Record, server: Sink) -> None:
        treat(alice)
        assert sent_at(D14) == {"sent": 1}
        [letter] = server.to(alice.user.email)
        row = Reminder.objects.get(kind="d14")
        assert letter["Message-ID"] == f"<{row.key}@testserver>"
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert str(letter["List-Unsubscribe"]).strip().startswith("<http://testserver/stop/")
        assert letter.get_content_type() == "multipart/alternative"

    @pytest.mark.parametrize("where", ["answer", "rcpt_answer"])
    def test_a_passing_no_is_tried_again_later_each_time_later(
        self, alice: Record, server: Sink, where: str
    ) -> None:
        treat(alice)
        setattr(server, where, "451 later")
        now = D14
        for pause in BACK_OFF:
            assert sent_at(now) == {"retry": 1}
            assert sent_at(now + pause - timedelta(seconds=1)) == {}
            now += pause
        setattr(server, where, "250 OK")
        assert sent_at(now) == {"sent": 1}
        assert len(server.letters) == 1

    def test_after_six_tries_it_has_failed(self, alice: Record, server: Sink) -> None:
        treat(alice)
        server.answer = "451 later"
        now = D14
        for pause in BACK_OFF:
            sent_at(now)
            now += pause
        assert sent_at(now) == {"failed": 1}
        assert Reminder.objects.get(kind="d14").attempts == len(BACK_OFF) + 1

    @pytest.mark.parametrize("where", ["answer", "rcpt_answer"])
    def test_a_lasting_no_is_final(self, alice: Record, server: Sink, where: str) -> None:
        treat(alice)
        setattr(server, where, "550 no such person")
        assert sent_at(D14) == {"failed": 1}
        assert "550" in Reminder.objects.get(kind="d14").last_error
        assert sent_at(D14 + timedelta(hours=1)) == {}

    def test_a_server_that_is_away_costs_a_try_and_no_letter(
        self, alice: Record, server: Sink, settings: Any
    ) -> None:
        treat(alice)
        settings.EMAIL_PORT = free_port()
        assert sent_at(D14) == {"retry": 1}
        settings.EMAIL_PORT = server.controller.port
        assert sent_at(D14 + BACK_OFF[0]) == {"sent": 1}


class TestCommand:
    def run(self, *arguments: str, capsys: Any) -> str:
        call_command("send_reminders", *arguments)
        return str(capsys.readouterr().out)

    def test_it_sweeps_once_and_prints_a_tally(self, alice: Record, capsys: Any) -> None:
        treat(alice)
        assert self.run("--now", D14.isoformat(), capsys=capsys) == '{"sent": 1}\n'
        assert self.run("--now", D14.isoformat(), capsys=capsys) == "{}\n"

    def test_a_dry_run_says_what_would_happen_and_does_nothing(self, alice: Record, capsys: Any) -> None:
        treat(alice)
        before = list(Reminder.objects.values())
        assert (
            self.run("--dry-run", "--now", "2026-07-27T10:00:00", capsys=capsys)
            == '{"sent": 1, "superseded": 2}\n'
        )
        assert list(Reminder.objects.values()) == before
        assert mail.outbox == []

    @pytest.mark.parametrize("now", ["soon", "2026-13-01T00:00:00", ""])
    def test_a_wrong_instant_gets_a_sentence(self, db: None, now: str) -> None:
        with pytest.raises(CommandError, match="no date and time"):
            call_command("send_reminders", "--now", now)


class TestStopping:
    def link(self, record: Record) -> str:
        treat(record)
        sent_at(D14)
        return mail.outbox[-1].extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")

    def test_one_click_without_cookies_or_token_ends_the_letters(self, alice: Record) -> None:
        link = self.link(alice)
        answer = Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert {state for _kind, _target, state in rows(alice)} == {"sent", "cancelled"}
        assert sent_at(D7) == {}

    def test_looking_ends_nothing(self, alice: Record) -> None:
        link = self.link(alice)
        assert Client().get(link).status_code == 200
        assert sent_at(D7) == {"sent": 1}

    def test_a_made_up_link_gets_the_same_answer(self, alice: Record) -> None:
        link = self.link(alice)
        right, wrong = Client().post(link), Client().post(reverse("stop_letters", args=["made:up"]))
        form_token = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|value="/stop/[^"]+"')
        pages = [form_token.sub(b"", answer.content) for answer in (right, wrong)]
        assert (right.status_code, pages[0]) == (wrong.status_code, pages[1])

    def test_she_can_turn_them_on_again(self, alice: Record, at: Callable[[datetime], None]) -> None:
        Client().post(self.link(alice))
        at(D14 + timedelta(days=1))
        as_user(alice.user).post(reverse("reminders"), {"letters": "on"})
        assert sent_at(D7) == {"sent": 1}

    def test_the_page_takes_as_many_queries_long_as_short(self, alice: Record) -> None:
        from tests.conftest import queries

        treat(alice)
        short = queries(as_user(alice.user), reverse("reminders"))
        for number in range(1, 8):
            actions.book(record=alice, on=DUE + timedelta(number), now=NOON)
        assert queries(as_user(alice.user), reverse("reminders")) == short <= 13


WORDS = ("botox", "migraine", "headache", "injection", "clinic", "diary", "triptan", "pain", "session")


def test_the_letter_says_nothing_of_health_anywhere(alice: Record) -> None:
    treat(alice)
    sent_at(D14)
    [letter] = mail.outbox
    text = letter.message().as_string().lower()
    assert [word for word in WORDS if word in text] == []
    assert letter.subject == "A reminder you asked for"
    assert "alice" not in (letter.subject + letter.body).lower()
