"""The ledger: rows follow sessions, bookings, zones and wishes; a sweep sends each letter once."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends.locmem import EmailBackend as LocmemBackend
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Record, User
from headaches import actions as diary
from reminders.actions import change_preferences
from reminders.delivery.sweep import run_once
from reminders.delivery.worker import send_batch
from reminders.emails import messages as letters
from reminders.emails.links import build_return_path
from reminders.ledger import statements
from reminders.ledger.statements import acquire, batch_lease, claim_due, new_token, queue_lease, send_lease
from reminders.models import DomainRateLimit, Reminder, State
from reminders.rules import SWITCHES
from reminders.scheduling.planning import PlanCounts, plan, reconcile
from tests.conftest import NOON, as_user, make_grant, make_patient, make_user
from tests.servers import Sink, free_port
from treatments import actions
from treatments.models import InjectionSession

pytestmark = pytest.mark.django_db
# A session on 5 May is followed by one due on 28 July; 9:00 in Berlin is 7:00 UTC in summer.
SESSION, DUE = date(2026, 5, 5), date(2026, 7, 28)
BOOK = datetime(2026, 6, 30, 7, tzinfo=UTC)
D14, D7, D1 = (datetime(2026, 7, day, 7, tzinfo=UTC) for day in (14, 21, 27))
OVERDUE = datetime(2026, 8, 4, 7, tzinfo=UTC)
BEFORE = ("book", "d14", "d7", "d1", "overdue")
BACK_OFF = [timedelta(seconds=seconds) for seconds in (60, 300, 1800, 7200, 7200)]
Rows = list[tuple[str, date, str]]


def rows(record: Record) -> Rows:
    found = Reminder.objects.filter(user=record.user).order_by("target_date", "due_at")
    return [(row.kind, row.target_date, row.state) for row in found]


def treat(record: Record, on: date = SESSION, now: datetime = NOON) -> InjectionSession:
    session = InjectionSession(date=on)
    actions.save_session(record=record, session=session, now=now)
    return session


def near(record: Record) -> InjectionSession:
    """A session entered so late that the letter 28 days before is past: D14 comes next."""
    return treat(record, now=BOOK + timedelta(minutes=1))


def sent_at(now: datetime) -> dict[str, int]:
    return {str(state): count for state, count in run_once(lambda: now).items() if count}


def wish(record: Record, now: datetime = NOON, rhythm: str = "", **values: Any) -> None:
    """Choose letters; with a rhythm, those about the diary too, in that rhythm."""
    if rhythm:
        Record.objects.filter(pk=record.pk).update(rhythm=rhythm)
        values["remind_to_write"] = True
    change_preferences(user=record.user, now=now, **values)


class TestPlanning:
    def test_a_session_plans_the_emails_before_the_next_at_nine_by_her_clock(self, alice: Record) -> None:
        treat(alice)
        assert rows(alice) == [(kind, DUE, "scheduled") for kind in BEFORE]
        assert list(Reminder.objects.values_list("due_at", flat=True)) == [BOOK, D14, D7, D1, OVERDUE]

    def test_a_refused_session_plans_nothing(self, alice: Record) -> None:
        treat(alice)
        with pytest.raises(ValidationError):
            treat(alice)
        assert len(rows(alice)) == 5

    def test_a_booking_moves_them_and_removing_it_moves_them_back(self, alice: Record) -> None:
        treat(alice)
        booked = date(2026, 8, 4)
        actions.save_booking(record=alice, date=booked, now=NOON)
        assert [row for row in rows(alice) if row[2] == "scheduled"] == [
            (kind, booked, "scheduled") for kind in BEFORE[1:]
        ]
        actions.cancel_booking(record=alice, now=NOON)
        assert [row for row in rows(alice) if row[2] == "scheduled"] == [
            (kind, DUE, "scheduled") for kind in BEFORE
        ]
        assert {row[1] for row in rows(alice) if row[2] == "cancelled"} == {booked}

    def test_deleting_the_session_cancels_them(self, alice: Record) -> None:
        session = treat(alice)
        actions.delete_session(session=session, now=NOON)
        assert {state for _kind, _target, state in rows(alice)} == {"cancelled"}

    def test_a_session_entered_late_makes_no_email_whose_time_has_passed(self, alice: Record) -> None:
        treat(alice, now=D14 + timedelta(days=3))
        assert [kind for kind, _target, _state in rows(alice)] == ["d7", "d1", "overdue"]

    def test_another_zone_moves_the_instants(self, alice: Record, at: Any) -> None:
        at(NOON)
        treat(alice)
        as_user(alice.user).post(
            reverse("preferences"),
            {"form": "profile", "profile-time_zone": "America/New_York", "profile-language": "en"},
        )
        assert {due.hour for due in Reminder.objects.values_list("due_at", flat=True)} == {13}

    def test_a_clinician_without_a_record_moves_zone_and_the_digest_with_her(self, alice: Record) -> None:
        carl = make_user("carl@example.org", is_clinician=True, time_zone="Europe/Berlin")
        change_preferences(user=carl, now=timezone.now(), send_digest=True)
        before = Reminder.objects.get(user=carl).due_at
        values = {"form": "profile", "profile-time_zone": "America/New_York", "profile-language": "en"}
        assert as_user(carl).post(reverse("preferences"), values).status_code == 302
        after = Reminder.objects.filter(user=carl, state="scheduled").get().due_at
        assert (
            after.astimezone(ZoneInfo("America/New_York")).hour
            == before.astimezone(ZoneInfo("Europe/Berlin")).hour
        )

    def test_another_hour_moves_them_too_and_no_email_is_lost_on_its_day(self, alice: Record) -> None:
        near(alice)
        wish(alice, D14 - timedelta(hours=1), hour=8)
        assert sent_at(D14 - timedelta(hours=1)) == {"sent": 1}

    def test_another_interval_moves_the_dates(self, alice: Record, at: Any) -> None:
        at(NOON)
        treat(alice)
        answer = as_user(alice.user).post(
            reverse("preferences"),
            {
                "form": "record",
                "record-criterion": "any",
                "record-rhythm": "daily",
                "record-interval_days": "91",
            },
        )
        assert answer.status_code == 302
        assert {row[1] for row in rows(alice) if row[2] == "scheduled"} == {DUE + timedelta(7)}

    def test_a_shorter_interval_needs_a_reason(self, alice: Record) -> None:
        client = as_user(alice.user)
        values = {
            "form": "record", "record-criterion": "any", "record-rhythm": "daily", "record-interval_days": "70",
        }  # fmt: skip
        refused = client.post(reverse("preferences"), values)
        assert refused.status_code == 422
        assert "needs a reason" in refused.content.decode()
        assert (
            client.post(reverse("preferences"), values | {"record-interval_reason": "wears off"}).status_code
            == 302
        )

    def test_planning_again_changes_nothing(self, alice: Record) -> None:
        treat(alice)
        wish(alice, rhythm="daily", send_digest=True)
        before = list(Reminder.objects.order_by("pk").values())
        assert plan(alice.user, NOON) == PlanCounts()
        assert list(Reminder.objects.order_by("pk").values()) == before

    def test_the_nightly_reconcile_mends_what_a_missed_signal_left(self, alice: Record) -> None:
        InjectionSession.objects.create(record=alice, date=SESSION)
        assert reconcile(NOON) == PlanCounts(created=5)
        InjectionSession.objects.all().delete()
        assert reconcile(NOON) == PlanCounts(cancelled=5)
        assert reconcile(NOON) == PlanCounts()

    def test_a_pause_takes_its_emails_away_and_its_end_gives_back_what_is_to_come(
        self, alice: Record
    ) -> None:
        treat(alice)
        wish(alice, pause_until=D7.date())
        assert [kind for kind, _on, state in rows(alice) if state == "scheduled"] == ["d7", "d1", "overdue"]
        wish(alice, pause_until=None)
        assert {state for _kind, _on, state in rows(alice)} == {"scheduled"}

    def test_a_second_channel_has_rows_of_its_own(self, alice: Record) -> None:
        treat(alice)
        wish(alice, by_push=True)
        wish(alice, by_email=False)
        assert sorted(set(Reminder.objects.values_list("channel", "state"))) == [
            ("mail", "cancelled"), ("push", "scheduled"),
        ]  # fmt: skip

    def test_many_are_planned_in_as_many_queries_as_few(self, db: None) -> None:
        def planned_in(number: int) -> int:
            for one in range(number):
                record = make_patient(f"{number}-{one}@example.org")
                InjectionSession.objects.create(record=record, date=SESSION)
            with CaptureQueriesContext(connection) as seen:
                assert reconcile(NOON).created == 5 * number
            return len(seen)

        assert planned_in(2) == planned_in(12) <= 13

    def test_one_email_a_kind_date_and_channel_is_the_databases_law(self, alice: Record) -> None:
        treat(alice)
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.create(
                user=alice.user, kind="d7", target_date=DUE, due_at=NOON, next_action_at=NOON
            )

    @pytest.mark.parametrize(
        "nonsense",
        [
            {"kind": "d8"},
            {"channel": "fax"},
            {"state": "asleep"},
            {"state": "sent"},  # and still somebody would be woken for it
            {"next_action_at": None},  # and nobody would ever come for it
        ],
    )
    def test_so_are_its_words_and_that_what_is_to_be_done_wakes_somebody(
        self, alice: Record, nonsense: dict[str, Any]
    ) -> None:
        treat(alice)
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.filter(kind="d7").update(**nonsense)
        row = Reminder.objects.get(kind="d7")
        row.validate_constraints()
        for name, value in nonsense.items():
            setattr(row, name, value)
        with pytest.raises(ValidationError):
            row.validate_constraints()


class TestKinds:
    """What is sent beside the three letters before a session."""

    def test_time_to_book_comes_28_days_before_unless_something_is_booked(self, alice: Record) -> None:
        treat(alice)
        assert sent_at(BOOK) == {"sent": 1}
        bea = make_patient("bea@example.org")
        treat(bea)
        actions.save_booking(record=bea, date=DUE, now=NOON)
        assert sent_at(BOOK) == {}

    def test_overdue_comes_seven_days_after_if_no_session_was_recorded(self, alice: Record) -> None:
        treat(alice, now=DUE_NOON)
        assert sent_at(OVERDUE) == {"sent": 1}
        bea = make_patient("bea@example.org")
        treat(bea, now=DUE_NOON)
        treat(bea, on=DUE, now=DUE_NOON)
        assert sent_at(OVERDUE) == {}

    def test_check_ins_come_7_and_14_days_after_a_session_for_who_asked(self, alice: Record) -> None:
        wish(alice, remind_7_days_after=True, remind_14_days_after=True)
        treat(alice)
        for days in (7, 14):
            assert sent_at(datetime(2026, 5, 5 + days, 7, tzinfo=UTC)) == {"sent": 1}

    def test_the_daily_email_comes_at_her_hour_while_today_is_empty(self, alice: Record) -> None:
        wish(alice, rhythm="daily", diary_hour=21)
        evening = datetime(2026, 5, 6, 19, tzinfo=UTC)
        assert sent_at(evening - timedelta(seconds=1)) == {}
        assert sent_at(evening) == {"sent": 1}
        tomorrow = evening + timedelta(days=1)
        diary.record_answer(
            record=alice, date=tomorrow.date(), answer="free", today=tomorrow.date(), now=tomorrow
        )
        assert sent_at(tomorrow) == {"suppressed": 1}
        assert sent_at(evening + timedelta(days=2)) == {"sent": 1}

    def test_an_entry_made_between_judging_and_sending_shuts_the_fence(self, alice: Record) -> None:
        """Asked in the very statement that lets the letter out."""
        wish(alice, rhythm="daily", diary_hour=21)
        evening = datetime(2026, 5, 6, 19, tzinfo=UTC)
        [pk] = claim_due(evening, 10).ids
        token = new_token()
        acquire([pk], token, evening)
        diary.record_answer(
            record=alice, date=evening.date(), answer="mild", today=evening.date(), now=evening
        )
        assert not statements.begin_sending(
            Reminder.objects.get(pk=pk), token, batch_position=1, email=alice.user.email, now=evening
        )

    def test_an_evening_that_was_missed_is_not_made_up_for(self, alice: Record) -> None:
        wish(alice, rhythm="daily")
        late = datetime(2026, 5, 9, 10, tzinfo=UTC)
        assert sent_at(late) == {"suppressed": 1}
        assert [kind for kind, _on, state in rows(alice) if state == "scheduled"] == ["daily"]

    def test_the_weekly_email_comes_on_her_day_unless_all_seven_are_entered(self, alice: Record) -> None:
        wish(alice, rhythm="weekly", weekday=5)
        saturday = datetime(2026, 5, 9, 18, tzinfo=UTC)
        assert sent_at(saturday) == {"sent": 1}
        following = saturday + timedelta(days=7)
        for back in range(7):
            on = following.date() - timedelta(back)
            diary.record_answer(record=alice, date=on, answer="free", today=following.date(), now=following)
        assert sent_at(following) == {"suppressed": 1}

    def test_a_digest_counts_and_names_nobody(self, alice: Record) -> None:
        carl = make_user("carl@example.org", display_name="Dr Carl", is_clinician=True)
        bea, cleo = make_patient("bea@example.org"), make_patient("cleo@example.org")
        for record in (alice, bea, cleo):
            make_grant(record, carl)
            wish(record, **dict.fromkeys((SWITCHES[kind] for kind in BEFORE), False))
        monday = datetime(2026, 8, 3, 9, tzinfo=UTC)
        treat(alice, now=monday)  # due on 28 July, six days ago
        treat(bea, on=date(2026, 4, 1), now=monday)  # due on 24 June: late
        diary.record_answer(record=cleo, date=monday.date(), answer="free", today=monday.date(), now=monday)
        change_preferences(user=carl, now=monday - timedelta(hours=1), send_digest=True, weekday=0)
        assert sent_at(monday) == {"sent": 1}
        [letter] = mail.outbox
        assert letter.to == ["carl@example.org"]
        assert "1 due now or within 14 days, 1 late, 2 without an entry for 14 days." in letter.body

    def test_a_digest_of_nothing_is_not_sent(self, alice: Record) -> None:
        carl = make_user("carl@example.org", is_clinician=True)
        monday = datetime(2026, 8, 3, 9, tzinfo=UTC)
        change_preferences(user=carl, now=monday - timedelta(hours=1), send_digest=True, weekday=0)
        assert sent_at(monday) == {"suppressed": 1}


DUE_NOON = datetime(2026, 7, 28, 12, tzinfo=UTC)


class TestSweep:
    def test_it_sends_what_is_due_and_only_that(self, alice: Record) -> None:
        near(alice)
        assert sent_at(D14 - timedelta(seconds=1)) == {}
        assert sent_at(D14) == {"sent": 1}
        assert [letter.to for letter in mail.outbox] == [[alice.user.email]]

    def test_a_second_sweep_sends_nothing_again(self, alice: Record) -> None:
        near(alice)
        sent_at(D14)
        assert sent_at(D14) == {}
        assert sent_at(D14 + timedelta(hours=1)) == {}
        assert len(mail.outbox) == 1

    def test_after_an_outage_one_email_comes_not_four(self, alice: Record) -> None:
        treat(alice)
        wish(alice, rhythm="weekly", weekday=0)
        assert sent_at(D1 + timedelta(hours=3)) == {"superseded": 3, "suppressed": 1, "sent": 1}
        assert len(mail.outbox) == 1
        assert Reminder.objects.get(state="sent").kind == "d1"

    def test_several_late_emails_of_different_kinds_are_merged_too(self, alice: Record) -> None:
        wish(alice, rhythm="weekly", weekday=6, remind_7_days_after=True)
        treat(alice, on=date(2026, 5, 3))
        sunday = datetime(2026, 5, 10, 18, tzinfo=UTC)
        assert sent_at(sunday + timedelta(hours=2)) == {"superseded": 1, "sent": 1}
        assert Reminder.objects.get(state="sent").kind == "after7"

    def test_punctual_emails_of_different_kinds_both_come(self, alice: Record) -> None:
        wish(alice, rhythm="weekly", weekday=6, remind_7_days_after=True, diary_hour=9)
        treat(alice, on=date(2026, 5, 3))
        assert sent_at(datetime(2026, 5, 10, 7, tzinfo=UTC)) == {"sent": 2}

    def test_after_the_session_day_only_the_one_after_it_comes(self, alice: Record) -> None:
        near(alice)
        assert sent_at(datetime(2026, 7, 28, 22, 0, tzinfo=UTC)) == {"superseded": 2, "suppressed": 1}
        assert mail.outbox == []

    def test_a_date_that_reminded_once_never_does_again(self, alice: Record) -> None:
        session = near(alice)
        sent_at(D14)
        later = D14 + timedelta(minutes=5)
        actions.delete_session(session=session, now=later)
        treat(alice, now=later)
        assert sent_at(later) == {}
        assert sent_at(D7) == {"sent": 1}

    def test_a_moved_date_reminds_again(self, alice: Record) -> None:
        near(alice)
        sent_at(D14)
        actions.save_booking(record=alice, date=date(2026, 8, 10), now=D14)
        assert sent_at(datetime(2026, 7, 27, 7, tzinfo=UTC)) == {"sent": 1}

    def test_nothing_goes_to_a_closed_account_or_an_unproven_or_dead_address(self, alice: Record) -> None:
        near(alice)
        EmailAddress.objects.update(verified=False)
        assert sent_at(D14) == {"suppressed": 1}
        EmailAddress.objects.update(verified=True)
        User.objects.update(bounced_email=alice.user.email)
        assert sent_at(D7) == {"suppressed": 1}
        User.objects.update(bounced_email="", is_active=False)
        assert sent_at(D1) == {"suppressed": 1}
        assert mail.outbox == []

    def test_what_changed_without_a_signal_is_seen_when_it_is_judged(self, alice: Record) -> None:
        near(alice)
        InjectionSession.objects.update(date=SESSION + timedelta(1))
        assert sent_at(D14) == {"cancelled": 1}

    @pytest.mark.parametrize("change", ["closed", "unproven", "dead", "moved"])
    def test_and_what_touches_no_row_at_the_fence(self, alice: Record, change: str) -> None:
        near(alice)
        [pk] = claim_due(D14, 10).ids
        token = new_token()
        acquire([pk], token, D14)
        if change == "unproven":
            EmailAddress.objects.update(verified=False)
        changed: dict[str, dict[str, Any]] = {
            "closed": {"is_active": False},
            "dead": {"bounced_email": alice.user.email},
            "moved": {"email": "a@b.org"},
        }
        if change in changed:
            User.objects.update(**changed[change])
        assert not statements.begin_sending(
            Reminder.objects.get(pk=pk), token, batch_position=1, email=alice.user.email, now=D14
        )

    @pytest.mark.parametrize(
        ("change", "goes_out"), [("closed", False), ("moved", False), ("unproven", True), ("dead", True)]
    )
    def test_a_dead_address_shuts_no_fence_for_a_device(
        self, alice: Record, change: str, goes_out: bool
    ) -> None:
        near(alice)
        Reminder.objects.filter(kind="d14").update(channel="push")
        [pk] = claim_due(D14, 10).ids
        token = new_token()
        acquire([pk], token, D14)
        email = alice.user.email
        if change == "unproven":
            EmailAddress.objects.update(verified=False)
        else:
            User.objects.update(
                is_active=change != "closed",
                bounced_email=email if change == "dead" else "",
                email="a@b.org" if change == "moved" else email,
            )
        row = Reminder.objects.get(pk=pk)
        assert statements.begin_sending(row, token, batch_position=1, email=email, now=D14) == goes_out

    def test_a_claim_never_reads_the_whole_ledger(self, db: None) -> None:
        """It holds the lock of an embedded database; a million rows would stop every click meanwhile."""
        on_postgres = connection.vendor == "postgresql"
        statement = statements.CLAIM_ON_POSTGRES if on_postgres else statements.CLAIM_ON_SQLITE
        values = {"now": D14, "limit": 10, "offered": D14, "second_look": D14}
        with transaction.atomic(), connection.cursor() as cursor:
            if on_postgres:
                # A table of no rows is read whole, whatever indexes it has.
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {'' if on_postgres else 'QUERY PLAN'} {statement}", values)
            plan_of = "\n".join(str(line) for line in cursor.fetchall())
        assert "reminders_by_worker" in plan_of
        assert "reminders_by_next_action" in plan_of
        assert not re.search(r"Seq Scan|SCAN", plan_of), plan_of

    def test_a_plan_takes_back_a_row_that_a_worker_holds(self, alice: Record) -> None:
        near(alice)
        [pk] = claim_due(D14, 10).ids
        token = new_token()
        acquire([pk], token, D14)
        actions.save_booking(record=alice, date=date(2026, 8, 10), now=D14)
        assert not statements.begin_sending(
            Reminder.objects.get(pk=pk), token, batch_position=1, email=alice.user.email, now=D14
        )

    def test_a_message_that_comes_twice_finds_its_rows_taken(self, alice: Record) -> None:
        near(alice)
        ids = claim_due(D14, 10).ids
        assert acquire(ids, new_token(), D14) == ids
        assert send_batch(ids, lambda: D14) == {}
        assert mail.outbox == []

    def test_a_row_whose_message_was_lost_is_offered_again(self, alice: Record) -> None:
        near(alice)
        claim_due(D14, 10)
        assert sent_at(D14 + queue_lease() - timedelta(seconds=1)) == {}
        assert sent_at(D14 + queue_lease()) == {"sent": 1}

    def test_a_row_whose_worker_was_lost_is_offered_again(self, alice: Record) -> None:
        near(alice)
        acquire(claim_due(D14, 10).ids, new_token(), D14)
        assert sent_at(D14 + batch_lease() - timedelta(seconds=1)) == {}
        assert sent_at(D14 + batch_lease()) == {"sent": 1}

    def lost_while_sending(self, record: Record, uncertain_count: int = 0) -> None:
        near(record)
        Reminder.objects.filter(kind="d14").update(
            state=State.SENDING,
            uncertain_count=uncertain_count,
            next_action_at=D14 + send_lease(),
            worker_token="gone",
        )

    def test_a_worker_lost_while_sending_leaves_a_doubt_that_is_resolved_once(self, alice: Record) -> None:
        self.lost_while_sending(alice)
        first_look = D14 + send_lease()
        assert sent_at(first_look) == {"suspected": 1}
        assert sent_at(first_look + send_lease() - timedelta(seconds=1)) == {}
        assert sent_at(first_look + send_lease()) == {"sent": 1}
        row = Reminder.objects.get(kind="d14")
        assert (row.state, row.uncertain_count, row.lease_expired) == ("sent", 1, False)

    def test_a_step_whose_answer_was_lost_may_be_asked_again(self, alice: Record) -> None:
        """The database went away after the commit: the row is this worker's, and its letter has not gone out."""
        near(alice)
        ids = claim_due(D14, 10).ids
        token, email, row = new_token(), alice.user.email, Reminder.objects.get(pk=ids[0])
        assert acquire(ids, token, D14) == acquire(ids, token, D14) == ids
        assert acquire(ids, new_token(), D14) == []
        for _again in range(2):
            assert statements.begin_sending(row, token, batch_position=1, email=email, now=D14)
        assert not statements.begin_sending(row, token, batch_position=2, email=email, now=D14)
        assert not statements.begin_sending(row, new_token(), batch_position=1, email=email, now=D14)

    def test_a_clock_put_forward_makes_no_doubt_of_an_email_under_way(self, alice: Record) -> None:
        near(alice)
        [pk] = claim_due(D14, 10).ids
        token = new_token()
        acquire([pk], token, D14)
        statements.begin_sending(
            Reminder.objects.get(pk=pk), token, batch_position=1, email=alice.user.email, now=D14
        )
        assert sent_at(D14 + timedelta(hours=5)) == {"suspected": 1}
        assert statements.finish([pk], token) == 1
        assert sent_at(D14 + timedelta(hours=6)) == {}
        assert Reminder.objects.get(pk=pk).uncertain_count == 0

    def test_of_several_rows_a_lost_worker_left_in_sending_only_the_last_is_in_doubt(self, db: None) -> None:
        for number in range(4):
            near(make_patient(f"p{number}@example.org"))
        token, ids = new_token(), claim_due(D14, 10).ids
        acquire(ids, token, D14)
        for turn, pk in enumerate(ids[:3], 1):
            email = User.objects.get(reminders=pk).email
            assert statements.begin_sending(
                Reminder.objects.get(pk=pk), token, batch_position=turn, email=email, now=D14
            )
        silent = D14 + batch_lease()
        assert sent_at(silent) == {"settled": 2, "suspected": 1, "sent": 1}
        assert sent_at(silent + send_lease()) == {"sent": 1}
        assert len(mail.outbox) == 2
        by_turn = (
            Reminder.objects.filter(pk__in=ids[:3])
            .order_by("batch_position")
            .values_list("pk", "state", "uncertain_count")
        )
        assert {(pk, uncertain_count) for pk, _state, uncertain_count in by_turn} == {
            (ids[0], 0),
            (ids[1], 0),
            (ids[2], 1),
        }

    def test_they_are_told_apart_one_by_one_as_well(self, db: None) -> None:
        """The last of a worker's rows may be looked at before the others."""
        for number in range(3):
            near(make_patient(f"p{number}@example.org"))
        token, ids = new_token(), claim_due(D14, 10).ids
        acquire(ids, token, D14)
        for turn, pk in zip((3, 1, 2), ids, strict=True):
            statements.begin_sending(
                Reminder.objects.get(pk=pk),
                token,
                batch_position=turn,
                email=User.objects.get(reminders=pk).email,
                now=D14,
            )
        silent = D14 + batch_lease()
        found = [claim_due(silent, 1) for _each in range(4)]
        assert [(one.settled, one.suspected) for one in found] == [(0, 1), (1, 0), (1, 0), (0, 0)]
        assert not found[-1]

    def test_lost_twice_it_is_left_to_a_human_who_may_send_it_again(self, alice: Record) -> None:
        self.lost_while_sending(alice, uncertain_count=1)
        sent_at(D14 + send_lease())
        now = D14 + 2 * send_lease()
        assert sent_at(now) == {"in_doubt": 1}
        assert sent_at(now + timedelta(hours=1)) == {}
        key = Reminder.objects.get(kind="d14").key
        assert statements.send_again(Reminder.objects.get(kind="d14").pk, now)
        assert sent_at(now) == {"sent": 1}
        assert mail.outbox[0].extra_headers["Message-ID"] == f"<{key}@testserver>"

    def test_one_row_that_cannot_be_handled_keeps_no_other_email_back(self, alice: Record) -> None:
        bad = make_patient("bad@example.org")
        for record in (bad, alice):
            near(record)
        User.objects.filter(pk=bad.user.pk).update(time_zone="Mars/Olympus")
        assert sent_at(D14) == {"retry": 1, "sent": 1}
        assert reconcile(D14) == PlanCounts()
        User.objects.filter(pk=bad.user.pk).update(time_zone="UTC")
        assert sent_at(D14 + timedelta(hours=3)) == {"sent": 1}

    def test_a_booking_before_the_first_session_reminds_too(self, alice: Record) -> None:
        actions.save_booking(record=alice, date=DUE, now=NOON)
        assert sent_at(D14) == {"sent": 1}

    def test_an_email_planned_anew_starts_its_tries_anew(self, alice: Record) -> None:
        treat(alice)
        Reminder.objects.filter(kind="d7").update(
            state=State.CANCELLED, next_action_at=None, attempts=5, uncertain_count=1, worker_token="x"
        )
        plan(alice.user, NOON)
        row = Reminder.objects.get(kind="d7")
        assert (row.state, row.attempts, row.uncertain_count, row.worker_token) == ("scheduled", 0, 0, "")

    def test_an_email_takes_little_more_than_one_query(self, db: None) -> None:
        for number in range(120):
            near(make_patient(f"p{number}@example.org"))
        with CaptureQueriesContext(connection) as seen:
            assert sent_at(D14) == {"sent": 120}
        assert len({letter.to[0] for letter in mail.outbox}) == 120
        assert len(seen) <= 1.6 * 120

    def test_a_batch_that_has_had_its_time_gives_the_rest_back(self, db: None, settings: Any) -> None:
        settings.REMINDER_BATCH_SECONDS = 0
        for number in range(3):
            near(make_patient(f"p{number}@example.org"))
        assert send_batch(claim_due(D14, 10).ids, lambda: D14) == {"later": 3}
        settings.REMINDER_BATCH_SECONDS = 60
        assert sent_at(D14) == {"sent": 3}

    def test_a_mail_domain_gets_its_emails_at_its_pace(self, db: None, settings: Any) -> None:
        settings.MAIL_PER_MINUTE = 10
        for number in range(25):
            near(make_patient(f"p{number}@example.org"))
        near(make_patient("p@example.net"))
        assert sent_at(D14) == {"sent": 11, "later": 15}
        assert sent_at(D14 + timedelta(minutes=1)) == {"sent": 10, "later": 5}
        assert sent_at(D14 + timedelta(minutes=2)) == {"sent": 5}
        assert set(DomainRateLimit.objects.values_list("domain", flat=True)) == {"example.org", "example.net"}


@pytest.fixture
def server(settings: Any) -> Any:
    from tests.servers import smtp_sink

    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.controller.port
        yield sink


class TestMailServer:
    """Against a real SMTP server that says no in its various ways."""

    def test_an_email_arrives_with_all_its_headers(self, alice: Record, server: Sink, settings: Any) -> None:
        settings.MAIL_RETURN_PATH = "back@example.org"
        near(alice)
        assert sent_at(D14) == {"sent": 1}
        [letter] = server.to(alice.user.email)
        row = Reminder.objects.get(kind="d14")
        assert letter["Message-ID"] == f"<{row.key}@testserver>"
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert letter["From"] == "Reminder <reminder@testserver>"
        assert str(letter["List-Unsubscribe"]).strip().startswith("<http://testserver/stop/")
        assert letter.get_content_type() == "multipart/alternative"
        assert server.senders == [build_return_path(row.key, alice.user.email)]

    def test_it_is_byte_for_byte_what_the_mail_package_would_have_written(
        self, alice: Record, server: Sink
    ) -> None:
        """The letter is filled in, not written anew; here both are compared."""
        near(alice)
        sent_at(D14)
        row = Reminder.objects.select_related("user").get(kind="d14")
        what = letters.build_content(row, "en", allow_detail=False, facts=letters.EmailFacts(row.target_date))
        anew = letters.build_message(what, letters.build_recipient(row, alice.user.email))
        anew.extra_headers["Date"] = str(server.letters[0]["Date"])
        mime = anew.message()
        mime.set_boundary(f"=_{row.key}")
        arrived, written = (
            text.replace(b"\r\n", b"\n").rstrip() for text in (server.raw[0], mime.as_bytes())
        )
        assert arrived == written

    @pytest.mark.parametrize("where", ["answer", "rcpt_answer"])
    def test_a_passing_no_is_tried_again_later_each_time_later(
        self, alice: Record, server: Sink, where: str
    ) -> None:
        near(alice)
        setattr(server, where, "451 later")
        now = D14
        for pause in BACK_OFF:
            assert sent_at(now) == {"retry": 1}
            assert sent_at(now + pause - timedelta(seconds=1)) == {}
            now += pause
        setattr(server, where, "250 OK")
        assert sent_at(now) == {"sent": 1}
        assert len(server.letters) == 1

    def test_the_tries_go_on_as_long_as_the_letter_is_of_use(self, alice: Record, server: Sink) -> None:
        near(alice)
        server.answer = "451 later"
        now = D14
        while now < D7:
            assert sent_at(now) == {"retry": 1}
            now += BACK_OFF[-1]
        assert Reminder.objects.get(kind="d14").attempts > 5 * len(BACK_OFF)
        server.answer = "250 OK"
        assert sent_at(now) == {"sent": 1, "superseded": 1}
        assert [row.kind for row in Reminder.objects.filter(state="sent")] == ["d7"]

    def test_after_days_without_a_server_everything_still_useful_goes_out_at_once(
        self, alice: Record, server: Sink, settings: Any
    ) -> None:
        for number in range(30):
            near(make_patient(f"p{number}@example.org"))
        settings.EMAIL_PORT, now = free_port(), D14
        while now < D14 + timedelta(days=5):
            assert sent_at(now) == {"retry": 30}
            now += timedelta(hours=6)
        assert set(Reminder.objects.filter(kind="d14").values_list("attempts", "last_error")) == {
            (0, "ConnectionRefusedError")
        }
        settings.EMAIL_PORT = server.controller.port
        assert sent_at(now) == {"sent": 30}

    def test_what_failed_is_sent_again_at_once_by_an_operator(self, alice: Record, server: Sink) -> None:
        near(alice)
        near(make_patient("bea@example.org"))
        server.rcpt_answer = "550 5.7.1 not from you"
        assert sent_at(D14) == {"failed": 2}
        server.rcpt_answer = "250 OK"
        assert statements.send_failed_again(D14) == 2
        assert sent_at(D14) == {"sent": 2}
        assert statements.send_failed_again(D14) == 0

    @pytest.mark.parametrize(
        ("where", "said", "stopped"),
        [
            ("rcpt_answer", "550 5.1.1 no such person", True),
            ("rcpt_answer", "550 no such person", True),
            ("rcpt_answer", "550 5.7.1 not from you", False),
            ("answer", "554 5.7.1 looks like spam", False),
        ],
    )
    def test_a_lasting_no_is_final_and_a_dead_address_gets_no_other_email(
        self, alice: Record, server: Sink, where: str, said: str, stopped: bool
    ) -> None:
        near(alice)
        setattr(server, where, said)
        assert sent_at(D14) == {"failed": 1}
        assert Reminder.objects.get(kind="d14").last_error == " ".join(
            word for word in said.split()[:2] if word[0].isdigit()
        )
        assert sent_at(D14 + timedelta(hours=1)) == {}
        setattr(server, where, "250 OK")
        assert sent_at(D7) == ({"suppressed": 1} if stopped else {"sent": 1})
        assert User.objects.get(pk=alice.user.pk).is_email_bounced == stopped

    def test_a_refusal_leaves_the_connection_to_the_next_email(self, alice: Record, server: Sink) -> None:
        near(alice)
        near(make_patient("bea@example.org"))
        server.refused = {alice.user.email}
        assert sent_at(D14) == {"failed": 1, "sent": 1}
        assert server.connections == 1

    def test_a_server_that_is_away_costs_no_try_and_no_email(
        self, alice: Record, server: Sink, settings: Any
    ) -> None:
        for record in (alice, make_patient("bea@example.org")):
            near(record)
        settings.EMAIL_PORT = free_port()
        assert sent_at(D14) == {"retry": 2}
        assert set(Reminder.objects.filter(kind="d14").values_list("attempts", flat=True)) == {0}
        settings.EMAIL_PORT = server.controller.port
        assert sent_at(D14 + BACK_OFF[0]) == {"sent": 2}

    def test_a_line_that_breaks_after_the_email_is_a_doubt_and_before_it_none(
        self, alice: Record, server: Sink
    ) -> None:
        near(alice)
        server.drop_at = "RCPT"
        assert sent_at(D14) == {"retry": 1}
        assert Reminder.objects.get(kind="d14").uncertain_count == 0
        server.drop_at = "DATA"
        assert sent_at(D14 + BACK_OFF[0]) == {"retry": 1}
        assert Reminder.objects.get(kind="d14").uncertain_count == 1
        server.drop_at = ""
        assert sent_at(D14 + 3 * BACK_OFF[0]) == {"sent": 1}
        assert len({letter["Message-ID"] for letter in server.letters}) == 1


class Provider(LocmemBackend):
    """A provider's interface as anymail has them: says no with an HTTP status, or breaks after it took the letter."""

    status: int | None = None

    def send_messages(self, messages: Any) -> int:
        if self.status:
            error = RuntimeError("no")
            error.status_code = self.status  # type: ignore[attr-defined]  # as anymail's errors have it
            raise error
        super().send_messages(messages)
        raise ValueError("an answer nobody can read")


class TestProvider:
    @pytest.fixture(autouse=True)
    def provider(self, settings: Any, monkeypatch: Any) -> None:
        settings.EMAIL_BACKEND = "tests.reminders.test_ledger.Provider"

    @pytest.mark.parametrize(
        ("status", "state"), [(429, "retry"), (503, "retry"), (400, "failed"), (422, "failed")]
    )
    def test_only_not_like_this_is_final(
        self, alice: Record, monkeypatch: Any, status: int, state: str
    ) -> None:
        monkeypatch.setattr(Provider, "status", status)
        near(alice)
        assert sent_at(D14) == {state: 1}

    def test_what_breaks_after_the_email_was_taken_is_a_doubt(self, alice: Record) -> None:
        near(alice)
        assert sent_at(D14) == {"retry": 1}
        assert Reminder.objects.get(kind="d14").uncertain_count == 1
        assert sent_at(D14 + BACK_OFF[0]) == {"in_doubt": 1}
        assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == 1


class TestCommand:
    def run(self, *arguments: str, capsys: Any) -> str:
        call_command("send_reminders", *arguments)
        return str(capsys.readouterr().out)

    def test_it_sweeps_once_and_prints_a_tally(self, alice: Record, capsys: Any) -> None:
        near(alice)
        assert self.run("--now", D14.isoformat(), capsys=capsys) == '{"sent": 1}\n'
        assert self.run("--now", D14.isoformat(), capsys=capsys) == "{}\n"

    def test_a_dry_run_says_what_would_happen_and_does_nothing(self, alice: Record, capsys: Any) -> None:
        near(alice)
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

    def test_a_loop_has_the_real_clock(self, db: None) -> None:
        with pytest.raises(CommandError, match="leave out --now"):
            call_command("send_reminders", "--loop", "--dry-run")


class TestStopping:
    def link(self, record: Record) -> str:
        near(record)
        sent_at(D14)
        return mail.outbox[-1].extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")

    def test_one_click_without_cookies_or_token_ends_the_emails_of_its_kind(self, alice: Record) -> None:
        link = self.link(alice)
        answer = Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        wanted = alice.user.reminder_preference
        assert (wanted.remind_14_days_before, wanted.remind_7_days_before, wanted.by_email) == (
            False,
            True,
            True,
        )
        assert sent_at(D7) == {"sent": 1}

    def test_and_the_other_one_all_emails(self, alice: Record) -> None:
        link = self.link(alice) + "all/"
        for _twice in range(2):
            assert Client(enforce_csrf_checks=True).post(link).status_code == 200
        assert {state for _kind, _target, state in rows(alice)} == {"sent", "cancelled"}
        assert sent_at(D7) == {}

    def test_a_daily_email_stops_the_emails_of_the_rhythm(self, alice: Record) -> None:
        wish(alice, rhythm="daily")
        sent_at(datetime(2026, 5, 6, 18, tzinfo=UTC))
        Client().post(mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>"))
        alice.user.refresh_from_db()
        assert not alice.user.reminder_preference.remind_to_write

    def test_looking_ends_nothing(self, alice: Record) -> None:
        link = self.link(alice)
        assert Client().get(link).status_code == 200
        assert Client().get(link + "all/").status_code == 200
        assert sent_at(D7) == {"sent": 1}

    @pytest.mark.parametrize("route", ["unsubscribe", "unsubscribe_all"])
    def test_a_link_that_is_cut_off_or_made_up_says_that_nothing_was_changed(
        self, alice: Record, route: str
    ) -> None:
        token = self.link(alice).rstrip("/").rpartition("/")[2]
        for wrong in ("made:up", token[:-1], f"{token}x"):
            for answer in (
                Client().get(reverse(route, args=[wrong])),
                Client(enforce_csrf_checks=True).post(reverse(route, args=[wrong])),
            ):
                page = answer.content.decode()
                assert (answer.status_code, "Nothing was changed." in page) == (404, True)
                assert "You will get no more" not in page
        assert sent_at(D7) == {"sent": 1}
