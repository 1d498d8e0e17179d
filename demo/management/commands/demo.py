"""manage.py demo: load three patients and a clinician to try the product with. Only in demo mode."""

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
from accounts.consent import give_consent
from accounts.models import Record, User
from core.dates import local_date
from demo.diaries import (
    EFFECTS,
    EXTRAS,
    GOALS,
    LOTS,
    NSAID,
    PREVENTIVES,
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
from treatments.domain.sites import PREEMPT, Layout, build_preempt_layout, compute_totals
from treatments.models import (
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
        parser.add_argument("--seed", type=int, default=131, help="seed of the random diaries")
        parser.add_argument("--fresh", action="store_true", help="delete the demo accounts first")

    def handle(self, *_args: Any, seed: int, fresh: bool, **_options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo runs only with DEMO=1. Its accounts have a known password.")
        demo_accounts = User.objects.filter(is_demo=True)
        if fresh:
            demo_accounts.delete()
        if demo_accounts.exists():
            self.stdout.write("The demo is loaded already; --fresh replaces it.")
            return
        others = User.objects.filter(email__in=[CLINICIAN[0], *(email for email, _name in PATIENTS)])
        if others.exists():
            raise CommandError("One of the demo's addresses belongs to an account that is not the demo's.")
        now = timezone.now()
        with transaction.atomic():
            make_demo(Random(seed), now)  # noqa: S311  a diary, not a secret
        call_command("send_reminders", now=now.isoformat(), stdout=self.stdout)
        self.stdout.write(f"Demo accounts: {', '.join(email for email, _name in (*PATIENTS, CLINICIAN))}")


def make_demo(random: Random, now: datetime) -> None:
    """Create all accounts of the demo, as of an instant."""
    clinician = make_person(*CLINICIAN, is_clinician=True)
    records = [Record.objects.create(user=make_person(email, name)) for email, name in PATIENTS]
    for record in records:
        give_consent(user=record.user, language=record.user.language, now=now)
    five_cycles, just_started, thin = records
    today = local_date(five_cycles.user, now)
    fill_five_cycles(five_cycles, random, today)
    # A month of diary with the first session ten days ago.
    [session] = dates_before(today, 10)
    habits = Habits(recorded=0.93, gaps=((0, 0),))
    add_days(just_started, make_diary(random, today - timedelta(41), today, [session], habits))
    add_medicines(just_started, TRIPTAN, NSAID)
    add_session(just_started, session, PREEMPT, discomfort=5, note="", lot="C7731C4")
    # Two sessions of unknown sites and a diary with many gaps; the third session is late.
    sessions = dates_before(today, 178, 93)
    habits = Habits(recorded=0.45, gaps=((30, 55),), details=0.3)
    add_days(thin, make_diary(random, today - timedelta(210), today - timedelta(1), sessions, habits))
    add_medicines(thin, NSAID)
    for day in sessions:
        add_session(thin, day, {}, discomfort=None, note="", lot="")
    for record in records:
        invitation, _token = sharing.invite(record=record, email=clinician.email, now=now)
        sharing.accept(invitation=invitation, clinician=clinician, now=now)
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
    """Give each demo account other reminders, early enough that the mailbox holds one of most kinds."""
    local = now.astimezone(ZoneInfo(user.time_zone))
    hour = local.replace(minute=0, second=0, microsecond=0)
    name = user.email.partition("@")[0]
    choices: dict[str, dict[str, Any]] = {
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
    # The new patient chose after the session ten days ago, the others just before the reminders of the mailbox.
    since = {"new": timedelta(days=10), "clinician": timedelta(hours=26)}.get(name, timedelta(hours=1))
    change_preferences(user=user, now=hour - since, **choices.get(name, {}))
    plan(user, hour - timedelta(hours=1))


def evening(day: date, late_hours: int) -> datetime:
    return datetime.combine(day, time(21), ZoneInfo(ZONE)) + timedelta(hours=late_hours)


def dates_before(today: date, *days_back: int) -> list[date]:
    return [today - timedelta(days) for days in days_back]


def fill_five_cycles(record: Record, random: Random, today: date) -> None:
    """Fill in five sessions, the third a week late; the sixth is due in 13 days."""
    sessions = dates_before(today, 414, 330, 239, 155, 71)
    habits = Habits(recorded=0.95, gaps=((191, 199), (283, 297), (2, 2)))
    add_days(record, make_diary(random, today - timedelta(444), today - timedelta(1), sessions, habits))
    add_medicines(record, TRIPTAN, NSAID, SIMPLE)
    saved_sessions = [
        add_session(
            record,
            day,
            build_preempt_layout(EXTRAS[number]),
            discomfort=(4, 3, 5, 3, 3)[number],
            note="Neck stiff in the evening." if number == 2 else "",
            lot=LOTS[number],
        )
        for number, day in enumerate(sessions)
    ]
    add_aftercare(saved_sessions)
    Preventive.objects.bulk_create(
        Preventive(
            record=record, name=name, drug_class=drug_class, dose=dose, outcome=outcome,
            started=today - timedelta(start), ended=today - timedelta(end),
        )
        for name, drug_class, dose, start, end, outcome in PREVENTIVES
    )  # fmt: skip
    Score.objects.bulk_create(
        Score(record=record, date=today - timedelta(back), instrument=instrument, scale=scale, score=score)
        for back, instrument, scale, score in SCORES
    )
    Record.objects.filter(pk=record.pk).update(recalled_baseline=18)
    save_booking(
        record=record, date=today + timedelta(13), now=evening(today - timedelta(20), 0), time=time(9, 30),
        place="Headache clinic, room 4",
    )  # fmt: skip


def add_aftercare(sessions: Sequence[InjectionSession]) -> None:
    """Add side effects, the answers on days 3, 7 and 14, and goals with their outcomes."""
    for number, effect, severity, first, last in EFFECTS:
        session = sessions[number]
        days = {"started": session.date + timedelta(first), "ended": session.date + timedelta(last)}
        SideEffect.objects.create(session=session, effect=effect, severity=severity, **days)
    for number, session in enumerate(sessions):
        spans = [(first, last) for index, _effect, _severity, first, last in EFFECTS if index == number]
        for day in EffectCheck.DAYS:
            has_effect = any(first <= day <= last for first, last in spans)
            answer = "something" if has_effect else "nothing"
            EffectCheck.objects.create(session=session, day=day, answer=answer)
    for index, *goals in GOALS:
        for number, (goal, outcome) in enumerate(goals, start=1):
            Goal.objects.create(session=sessions[index], number=number, goal=goal, outcome=outcome)


def add_days(record: Record, days: Sequence[DemoDay]) -> None:
    diary_days = [
        DiaryDay(
            record=record, date=day.date, headache=day.headache, intensity=day.intensity, hours=day.hours,
            features=day.features, lost=day.lost, note=day.note, written_at=evening(day.date, day.late_hours),
        )
        for day in days
    ]  # fmt: skip
    DiaryDay.objects.bulk_create(diary_days, batch_size=500)
    Intake.objects.bulk_create(
        Intake(day=diary_day, name=name, drug_class=drug_class, doses=doses, relief=relief)
        for diary_day, day in zip(diary_days, days, strict=True)
        for name, drug_class, doses, relief in day.intakes
    )


def add_medicines(record: Record, *medicines: tuple[str, str]) -> None:
    Medicine.objects.bulk_create(
        Medicine(record=record, name=name, drug_class=drug_class) for name, drug_class in medicines
    )


def add_session(
    record: Record, day: date, layout: Layout, *, discomfort: int | None, note: str, lot: str
) -> InjectionSession:
    """Save a session as if it had been entered on its evening, so that its reminders were planned then."""
    units = compute_totals(layout).units
    session = InjectionSession(
        record=record,
        date=day,
        units=units or None,
        injector=CLINICIAN[1],
        discomfort=discomfort,
        note=note,
        lot=lot,
    )
    if lot:
        session.vial, session.dilution = f"{VIAL} units", "5 units in 0.1 ml"
        session.wasted, session.clinic = VIAL - units, "Headache clinic"
    save_session(record=record, session=session, now=evening(day, 0), layout=layout)
    return session
