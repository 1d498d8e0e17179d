"""Patients with generated diaries in the database of a bench, and their log-ins."""

from __future__ import annotations

from typing import Any, Final

READERS: Final = 2
SESSION_EVERY: Final = 84


# ---------- inside the site ----------


def populate(years: list[int]) -> dict[str, str]:
    """Create a patient for each reader and length. Return session keys by "reader/years"."""
    return {
        f"{reader}/{length}": create_patient(reader, length) for reader in range(READERS) for length in years
    }


def create_patient(reader: int, years: int) -> str:
    """Create a patient with a full diary up to today. Return a session key."""
    from datetime import UTC, datetime, timedelta

    from accounts.models import Record, User
    from bench.diaries import build_diary
    from treatments.models import InjectionSession

    user = User.objects.create_user(f"reader{reader}.{years}@example.org", time_zone="UTC")
    record = Record.objects.create(user=user)
    generated = build_diary(years)
    shift = datetime.now(UTC).date() - max(generated.days)
    store_days(record, [(date + shift, day) for date, day in generated.days.items()])
    first = min(generated.days) + shift + timedelta(28)
    InjectionSession.objects.bulk_create(
        InjectionSession(record=record, date=first + timedelta(SESSION_EVERY * index), units=155)
        for index in range((years * 365 - 28) // SESSION_EVERY)
    )
    return log_in(user)


def store_days(record: Any, days: list[tuple[Any, Any]]) -> None:
    from django.utils import timezone

    from headaches.models import DiaryDay, Feature, Intake

    features = {feature.word: feature for feature in Feature}
    lost = {None: "", 0: "none", 0.5: "half", 1: "full"}
    diary_days = [
        DiaryDay(
            record=record, date=date, headache=day.headache, intensity=day.intensity or "", hours=day.hours,
            features=None if day.features is None else sum(features[name] for name in day.features),
            lost=lost[day.lost], written_at=timezone.now(),
        )
        for date, day in days
    ]  # fmt: skip
    DiaryDay.objects.bulk_create(diary_days, batch_size=500)
    stored = {stored_day.date: stored_day for stored_day in DiaryDay.objects.filter(record=record)}
    Intake.objects.bulk_create(
        [
            Intake(
                day=stored[date],
                name=intake.drug_class,
                drug_class=intake.drug_class,
                relief=intake.relief or "",
            )
            for date, day in days
            for intake in day.intakes
        ],
        batch_size=500,
    )


def log_in(user: Any) -> str:
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
