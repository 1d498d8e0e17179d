"""People for the browser to be: a patient with two cycles, gaps and medicines, one who has just begun, a clinician."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Record, User
from core.dates import local_date
from headaches.models import DiaryDay, Feature, Intake, Medicine
from tests.conftest import make_grant, make_patient, make_user
from treatments.actions import save_session
from treatments.domain.sites import PREEMPT
from treatments.models import Goal, InjectionSession, Preventive, Score, SideEffect

SESSIONS = (130, 45)  # days back
FIRST_DAY = 165
# Whole stretches without an entry: one makes a period of too few known days, one lies in this month's strip.
GAPS = ((70, 92), (2, 3))
INTENSITIES = ("mild", "moderate", "severe")


def evening(on: date) -> datetime:
    return datetime.combine(on, time(19), UTC)


def has_headache(back: int) -> bool:
    """Fewer headache days after each session, without a random number."""
    if back > SESSIONS[0]:
        return back % 7 not in {0, 3}
    if back > SESSIONS[1]:
        return back % 2 == 0
    return back % 3 == 0


def entry(record: Record, on: date, back: int) -> DiaryDay:
    if not has_headache(back):
        return DiaryDay(record=record, date=on, headache=False, written_at=evening(on))
    detailed = back % 4 != 1
    return DiaryDay(
        record=record,
        date=on,
        headache=True,
        intensity=INTENSITIES[back % 3] if back % 5 else "",
        hours=Decimal(2 + back % 9) if detailed else None,
        features=int(Feature.ONE_SIDED | Feature.NAUSEA | Feature.LIGHT) if detailed else None,
        lost=("none", "half", "full")[back % 3],
        note="Woke up with it." if back % 17 == 0 else "",
        written_at=evening(on),
    )


def patient_of_two_cycles(email: str = "alma@example.org") -> Record:
    """Every kind of day and of period: complete, running, too thin; with medicines, sessions, preventives, letters."""
    record = make_patient(email, display_name="Alma Ferreira-Lindström")
    today = local_date(record.user, timezone.now())
    kept = [back for back in range(1, FIRST_DAY + 1) if not any(low <= back <= high for low, high in GAPS)]
    rows = [entry(record, today - timedelta(back), back) for back in kept]
    DiaryDay.objects.bulk_create(rows)
    Intake.objects.bulk_create(
        Intake(day=row, name="Sumatriptan 50 mg", drug_class="triptan", doses=Decimal(1), relief="partial")
        for row in rows
        if row.intensity == "severe"
    )
    for name, drug_class in (("Sumatriptan 50 mg", "triptan"), ("Ibuprofen 400 mg", "nsaid")):
        Medicine.objects.create(record=record, name=name, drug_class=drug_class)
    for back in SESSIONS:
        on = today - timedelta(back)
        session = InjectionSession(
            date=on, injector="Dr Carl", discomfort=4, note="Neck sore for two days.", lot="C7412C3"
        )
        save_session(record=record, session=session, now=evening(on), layout=PREEMPT)
        SideEffect.objects.create(
            session=session, effect="eyelid droop", severity="mild", started=on, ended=on
        )
        Goal.objects.create(session=session, number=1, goal="Pick the kids up every day")
    for back, total in ((131, 66), (20, 58)):
        Score.objects.create(record=record, date=today - timedelta(back), instrument="hit6", score=total)
    Preventive.objects.create(
        record=record,
        name="Topiramate",
        dose="100 mg daily",
        started=today - timedelta(900),
        ended=today - timedelta(780),
        outcome="not tolerated",
    )
    Record.objects.filter(pk=record.pk).update(recalled_baseline=18)
    return record


def clinician_of(*records: Record) -> User:
    """A clinician whom these patients have invited, one other invitation still waiting."""
    clinician = make_user("carl@example.org", display_name="Dr Carl", is_clinician=True)
    for record in records:
        make_grant(record, clinician, timezone.now())
    return clinician
