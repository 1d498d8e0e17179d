"""manage.py demo: three patients and a clinician to try the product with. Refuses outside demo mode."""

import os
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts import sharing
from accounts.models import Record, User
from core.dates import local_date
from demo.diaries import (
    EFFECTS,
    EXTRAS,
    GOALS,
    LOTS,
    NSAID,
    SCORES,
    SIMPLE,
    TRIPTAN,
    VIAL,
    DemoDay,
    Habits,
    make_diary,
)
from headaches.models import DiaryDay, Intake, Medicine
from reminders.actions import change_preferences
from reminders.scheduling.planning import plan
from treatments.actions import save_booking, save_session
from treatments.domain.sites import PREEMPT, Layout, preempt_layout, totals
from treatments.models import (
    PREEMPT_UNITS,
    EffectCheck,
    Goal,
    InjectionSession,
    Preventive,
    Score,
    SideEffect,
)

PASSWORD = "twelve-weeks"  # noqa: S105  the demo's own, printed at start
ZONE = "Europe/Berlin"
CLINICIAN = ("clinician@example.org", "Dr Lindqvist")
PATIENTS = (("patient@example.org", "Marta"), ("new@example.org", "Noor"), ("thin@example.org", "Tess"))


class Command(BaseCommand):
    help = "Load the demo: patient@, new@, thin@ and clinician@example.org. Only with DEMO=1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=131, help="another seed, another diary")
        parser.add_argument("--fresh", action="store_true", help="throw the demo accounts away first")

    def handle(self, *_args: Any, seed: int, fresh: bool, **_options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo runs only with DEMO=1. Its accounts have a known password.")
        demo_accounts = User.objects.filter(is_demo=True)
        if fresh:
            demo_accounts.delete()
        if demo_accounts.exists():
            self.stdout.write("The demo is there already; --fresh makes it anew.")
            return
        taken = User.objects.filter(email__in=[CLINICIAN[0], *(email for email, _name in PATIENTS)])
        if taken.exists():
            raise CommandError("One of the demo's addresses belongs to an account that is not the demo's.")
        now = timezone.now()
        with transaction.atomic():
            make_demo(Random(seed), now)  # noqa: S311  a diary, not a secret
        call_command("send_reminders", now=now.isoformat(), stdout=self.stdout)
        self.stdout.write(f"Demo accounts: {', '.join(email for email, _name in (*PATIENTS, CLINICIAN))}")


def make_demo(random: Random, now: datetime) -> None:
    """The cast of the demo, as of an instant."""
    clinician = make_person(*CLINICIAN, is_clinician=True)
    records = [
        Record.objects.create(user=make_person(email, name), consented_at=now) for email, name in PATIENTS
    ]
    today = local_date(records[0].user, now)
    fill_five_cycles(records[0], random, today)
    fill_just_started(records[1], random, today)
    fill_thin_diary(records[2], random, today)
    for record in records:
        invited, _token = sharing.invite(record=record, email=clinician.email, now=now)
        sharing.accept(invitation=invited, clinician=clinician, now=now)
    for user in [*(record.user for record in records), clinician]:
        choose_reminders(user, now)


def make_person(email: str, name: str, *, is_clinician: bool = False) -> User:
    password = os.environ.get("DEMO_PASSWORD") or PASSWORD
    user = User.objects.create_user(
        email, password, display_name=name, time_zone=ZONE, is_demo=True, is_clinician=is_clinician
    )
    EmailAddress.objects.create(user_id=user.pk, email=email, primary=True, verified=True)
    return user


def choose_reminders(user: User, now: datetime) -> None:
    """Give each demo account other reminders, chosen so early that one of most kinds lies in the mailbox."""
    local = now.astimezone(ZoneInfo(user.time_zone))
    hour = local.replace(minute=0, second=0, microsecond=0)
    name = user.email.partition("@")[0]
    chosen: dict[str, dict[str, Any]] = {
        "patient": {
            "remind_to_write": True, "remind_14_days_after": True, "allow_detail": True, "send_summary": True,
        },
        "new": {
            "remind_to_write": True, "diary_hour": local.hour, "remind_7_days_after": True,
            "remind_14_days_after": True,
        },
        "thin": {"remind_to_write": True, "weekday": 6},
        "clinician": {"send_digest": True, "hour": 8, "weekday": (local - timedelta(hours=9)).weekday()},
    }  # fmt: skip
    # The new patient chose after her session ten days ago, the others just before the reminders that shall be there.
    since = {"new": timedelta(days=10), "clinician": timedelta(hours=26)}.get(name, timedelta(hours=1))
    change_preferences(user=user, now=hour - since, **chosen.get(name, {}))
    plan(user, hour - timedelta(hours=1))


def evening(on: date, late_hours: int) -> datetime:
    return datetime.combine(on, time(21), ZoneInfo(ZONE)) + timedelta(hours=late_hours)


def dates_before(today: date, *days_back: int) -> list[date]:
    return [today - timedelta(days) for days in days_back]


def fill_five_cycles(record: Record, random: Random, today: date) -> None:
    """Five sessions, the third a week late, the sixth due in 13 days."""
    sessions = dates_before(today, 414, 330, 239, 155, 71)
    habits = Habits(kept=0.95, holes=((191, 199), (283, 297), (2, 2)))
    add_days(record, make_diary(random, today - timedelta(444), today - timedelta(1), sessions, habits))
    add_medicines(record, TRIPTAN, NSAID, SIMPLE)
    kept = [
        add_session(
            record,
            on,
            preempt_layout(EXTRAS[number]),
            discomfort=(4, 3, 5, 3, 3)[number],
            note="Neck stiff in the evening." if number == 2 else "",
            lot=LOTS[number],
        )
        for number, on in enumerate(sessions)
    ]
    add_aftercare(kept)
    add_preventives(record, today)
    Score.objects.bulk_create(
        Score(record=record, date=today - timedelta(back), instrument=instrument, scale=scale, score=score)
        for back, instrument, scale, score in SCORES
    )
    Record.objects.filter(pk=record.pk).update(recalled_baseline=18)
    save_booking(
        record=record, on=today + timedelta(13), now=evening(today - timedelta(20), 0), time=time(9, 30),
        place="Headache clinic, room 4",
    )  # fmt: skip


def add_preventives(record: Record, today: date) -> None:
    """Three that were tried before."""
    for name, drug_class, dose, start, end, outcome in (
        ("Propranolol", "beta blocker", "80 mg daily", 1190, 980, "no effect"),
        ("Topiramate", "anticonvulsant", "100 mg daily", 900, 780, "not tolerated: tingling, words missing"),
        ("Amitriptyline", "tricyclic", "25 mg at night", 700, 545, "no effect"),
    ):
        Preventive.objects.create(
            record=record, name=name, drug_class=drug_class, dose=dose, outcome=outcome,
            started=today - timedelta(start), ended=today - timedelta(end),
        )  # fmt: skip


def add_aftercare(sessions: Sequence[InjectionSession]) -> None:
    """Side effects, the answers on days 3, 7 and 14, and goals with how they went."""
    for number, effect, severity, first, last in EFFECTS:
        session = sessions[number]
        days = {"started": session.date + timedelta(first), "ended": session.date + timedelta(last)}
        SideEffect.objects.create(session=session, effect=effect, severity=severity, **days)
    for number, session in enumerate(sessions):
        spans = [(first, last) for at, _effect, _severity, first, last in EFFECTS if at == number]
        for day in EffectCheck.DAYS:
            felt = any(first <= day <= last for first, last in spans)
            EffectCheck.objects.create(session=session, day=day, answer="something" if felt else "nothing")
    for at, *goals in GOALS:
        for number, (words, outcome) in enumerate(goals, start=1):
            Goal.objects.create(session=sessions[at], number=number, goal=words, outcome=outcome)


def fill_just_started(record: Record, random: Random, today: date) -> None:
    """A month of diary, the first session ten days ago."""
    sessions = dates_before(today, 10)
    habits = Habits(kept=0.93, holes=((0, 0),))
    add_days(record, make_diary(random, today - timedelta(41), today, sessions, habits))
    add_medicines(record, TRIPTAN, NSAID)
    add_session(record, sessions[0], PREEMPT, discomfort=5, note="", lot="C7731C4")


def fill_thin_diary(record: Record, random: Random, today: date) -> None:
    """Two sessions of unknown sites, and a diary kept on some days only; the third session is late."""
    sessions = dates_before(today, 178, 93)
    habits = Habits(kept=0.45, holes=((30, 55),), details=0.3)
    add_days(record, make_diary(random, today - timedelta(210), today - timedelta(1), sessions, habits))
    add_medicines(record, NSAID)
    for on in sessions:
        add_session(record, on, {}, discomfort=None, note="", lot="")


def add_days(record: Record, days: Sequence[DemoDay]) -> None:
    rows = [
        DiaryDay(
            record=record, date=day.date, headache=day.headache, intensity=day.intensity, hours=day.hours,
            features=day.features, lost=day.lost, note=day.note, written_at=evening(day.date, day.late_hours),
        )
        for day in days
    ]  # fmt: skip
    DiaryDay.objects.bulk_create(rows, batch_size=500)
    Intake.objects.bulk_create(
        Intake(day=row, name=name, drug_class=drug_class, doses=doses, relief=relief)
        for row, day in zip(rows, days, strict=True)
        for name, drug_class, doses, relief in day.intakes
    )


def add_medicines(record: Record, *medicines: tuple[str, str]) -> None:
    Medicine.objects.bulk_create(
        Medicine(record=record, name=name, drug_class=drug_class) for name, drug_class in medicines
    )


def add_session(
    record: Record, on: date, layout: Layout, *, discomfort: int | None, note: str, lot: str
) -> InjectionSession:
    """A session as if it had been entered on its evening: its reminders are in the ledger since then."""
    units = totals(layout).units or PREEMPT_UNITS
    session = InjectionSession(
        record=record, date=on, units=units, injector=CLINICIAN[1], discomfort=discomfort, note=note, lot=lot
    )
    if lot:
        session.vial, session.dilution = f"{VIAL} units", "5 units in 0.1 ml"
        session.wasted, session.clinic = VIAL - units, "Headache clinic"
    save_session(record=record, session=session, now=evening(on, 0), layout=layout)
    return session
