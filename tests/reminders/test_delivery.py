"""The ledger as a machine: whatever is entered, moved, cancelled, switched off, bounced, and wherever a worker dies,
no letter comes twice unless the ledger doubts it, none after it was called off, and none is left lying."""

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import Record, User
from accounts.signals import schedule_changed
from headaches import actions as diary
from headaches.models import DiaryDay
from reminders.actions import change_preferences
from reminders.delivery.sweep import run_once
from reminders.delivery.worker import stop_bounced_address
from reminders.ledger import statements
from reminders.models import ACTIVE, Reminder, ReminderPreference, State
from reminders.rules import SWITCHES
from reminders.scheduling.planning import reconcile
from tests.conftest import NOON, make_patient
from treatments import actions
from treatments.models import InjectionSession

WHO = st.integers(0, 1)
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia"]
)
STEPS = [timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=40)]
PAUSES = st.sampled_from(STEPS)
SWITCH_NAMES = st.sampled_from(
    [SWITCHES[kind] for kind in ("book", "d14", "d7", "d1", "overdue", "after7")] + ["by_email"]
)
OFFSETS = {"book": -28, "d14": -14, "d7": -7, "d1": -1, "overdue": 7}


def get_preference(user: User) -> ReminderPreference:
    return ReminderPreference.objects.filter(user=user).first() or ReminderPreference(user=user)


class Ledger(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        mail.outbox = []
        self.now: datetime = NOON
        self.records = [make_patient(f"p{number}@example.org") for number in range(2)]
        # Letters that went out and whose worker died before it could say so.
        self.delivered: Counter[str] = Counter()
        self.seen = 0

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def record(self, who: int) -> Record:
        return Record.objects.select_related("user").get(pk=self.records[who].pk)

    def today(self, record: Record) -> date:
        return self.now.astimezone(ZoneInfo(record.user.time_zone)).date()

    # ---------- what people do ----------

    @rule(who=WHO, back=st.integers(0, 90))
    def create(self, who: int, back: int) -> None:
        record = self.record(who)
        on = self.today(record) - timedelta(back)
        if not InjectionSession.objects.filter(record=record, date=on).exists():
            actions.save_session(record=record, session=InjectionSession(date=on), now=self.now)

    @rule(who=WHO, ahead=st.integers(0, 40))
    def move(self, who: int, ahead: int) -> None:
        record = self.record(who)
        actions.save_booking(record=record, date=self.today(record) + timedelta(ahead), now=self.now)

    @rule(who=WHO)
    def cancel(self, who: int) -> None:
        record = self.record(who)
        actions.cancel_booking(record=record, now=self.now)
        latest = InjectionSession.objects.filter(record=record).last()
        if latest:
            actions.delete_session(session=latest, now=self.now)

    @rule(who=WHO, switch=SWITCH_NAMES, on=st.booleans())
    def opt(self, who: int, switch: str, on: bool) -> None:
        change_preferences(user=self.record(who).user, now=self.now, **{switch: on})

    @rule(
        who=WHO,
        rhythm=st.sampled_from(["none", "daily", "weekly", "burst"]),
        ahead=st.none() | st.integers(1, 9),
    )
    def choose(self, who: int, rhythm: str, ahead: int | None) -> None:
        record = self.record(who)
        until = self.today(record) + timedelta(ahead) if ahead else None
        if rhythm != "none":
            Record.objects.filter(pk=record.pk).update(rhythm=rhythm)
        change_preferences(
            user=record.user, now=self.now, remind_to_write=rhythm != "none", pause_until=until
        )

    @rule(who=WHO, dead=st.booleans())
    def bounce(self, who: int, dead: bool) -> None:
        user = self.record(who).user
        if dead:
            stop_bounced_address(user.pk, user.email)
        else:
            User.objects.filter(pk=user.pk).update(bounced_email="")

    @rule(who=WHO, zone=ZONES)
    @transaction.atomic
    def change_zone(self, who: int, zone: str) -> None:
        record = self.record(who)
        User.objects.filter(pk=record.user.pk).update(time_zone=zone)
        schedule_changed.send(sender=Record, record=self.record(who), now=self.now)

    @rule(who=WHO)
    def write(self, who: int) -> None:
        record = self.record(who)
        today = self.today(record)
        diary.record_answer(record=record, date=today, answer="free", today=today, now=self.now)

    # ---------- what time and machines do ----------

    @rule(pause=PAUSES)
    def advance(self, pause: timedelta) -> None:
        self.now += pause

    @rule()
    def send(self) -> None:
        run_once(lambda: self.now)
        for letter in mail.outbox[self.seen :]:
            key = letter.extra_headers["Message-ID"].strip("<>").partition("@")[0]
            self.delivered[key] += 1
            self.check_rightly_sent(Reminder.objects.select_related("user").get(key=key))
        self.seen = len(mail.outbox)
        assert not Reminder.objects.filter(state__in=ACTIVE, next_action_at__lte=self.now).exists()

    @rule(after=st.sampled_from(["claim", "take", "fence", "delivery"]))
    def crash(self, after: str) -> None:
        """A worker that is killed at one point of its way with one letter."""
        ids = statements.claim_due(self.now, 1).ids
        token = statements.new_token()
        if after == "claim" or not statements.acquire(ids, token, self.now):
            return
        row = Reminder.objects.select_related("user").get(pk=ids[0])
        if after == "take":
            return
        fenced = statements.begin_sending(row, token, batch_position=1, email=row.user.email, now=self.now)
        if fenced and after == "delivery" and self.is_wanted(row):
            self.delivered[row.key] += 1

    @rule()
    def mend(self) -> None:
        reconcile(self.now)

    # ---------- what must hold ----------

    def is_wanted(self, row: Reminder) -> bool:
        """The naive oracle: asked of the rows themselves, without the rules of reminders/rules.py."""
        record = Record.objects.select_related("user").get(user=row.user)
        kept, today = get_preference(row.user), self.today(record)
        if (
            not kept.by_email
            or record.user.is_email_bounced
            or (kept.pause_until and today < kept.pause_until)
        ):
            return False
        if row.kind in OFFSETS:
            coming = actions.get_next_session(record, today)
            return bool(getattr(kept, SWITCHES[row.kind]) and coming and coming.target == row.target_date)
        if row.kind == "daily":
            written = DiaryDay.objects.filter(record=record, date=row.target_date).exists()
            return (
                kept.remind_to_write
                and record.rhythm in ("daily", "burst")
                and row.target_date == today
                and not written
            )
        if row.kind == "weekly":
            return kept.remind_to_write and record.rhythm in ("weekly", "burst")
        return bool(getattr(kept, SWITCHES[row.kind]))

    def check_rightly_sent(self, row: Reminder) -> None:
        assert row.state == State.SENT
        assert self.is_wanted(row)
        if row.kind in OFFSETS:
            on = self.today(Record.objects.select_related("user").get(user=row.user))
            assert on >= row.target_date + timedelta(OFFSETS[row.kind])

    @invariant()
    def nothing_comes_twice_undoubted(self) -> None:
        if not hasattr(self, "delivered"):
            return
        rows = {row.key: row for row in Reminder.objects.all()}
        for key, copies in self.delivered.items():
            assert copies <= 1 + rows[key].uncertain_count
            assert copies <= 2
            assert rows[key].state in (State.SENT, State.SENDING, State.IN_DOUBT) or rows[key].uncertain_count

    @invariant()
    def a_letter_marked_as_sent_has_gone_out(self) -> None:
        if hasattr(self, "delivered"):
            sent = Reminder.objects.filter(state=State.SENT).values_list("key", flat=True)
            assert all(self.delivered[key] for key in sent)

    @invariant()
    def nothing_that_was_called_off_is_still_under_way(self) -> None:
        if hasattr(self, "records"):
            off = [record.user.pk for record in self.records if not get_preference(record.user).by_email]
            assert not Reminder.objects.filter(user__in=off, state__in=["scheduled", "claimed"]).exists()


@pytest.mark.django_db
@pytest.mark.slow
def test_whatever_happens_the_ledger_holds() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis has no types for it
        Ledger,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
