"""Patients with made-up diaries in the database of a bench, and sessions to read their pages with."""

from __future__ import annotations

from typing import Any, Final

READERS: Final = 2
SESSION_EVERY: Final = 84


# ---------- inside the site: made-up patients ----------


def populate(years: list[int]) -> dict[str, str]:
    """A patient for each reader and length; gives session keys by "reader/years"."""
    return {f"{reader}/{length}": patient(reader, length) for reader in range(READERS) for length in years}


def patient(reader: int, years: int) -> str:
    """A full diary of so many years up to today; gives the key of a log-in."""
    from datetime import UTC, datetime, timedelta

    from accounts.models import Record, User
    from bench.diaries import diary
    from treatments.models import InjectionSession

    user = User.objects.create_user(f"reader{reader}.{years}@example.org", time_zone="UTC")
    record = Record.objects.create(user=user)
    made = diary(years)
    shift = datetime.now(UTC).date() - max(made.days)
    store(record, [(on + shift, day) for on, day in made.days.items()])
    first = min(made.days) + shift + timedelta(28)
    InjectionSession.objects.bulk_create(
        InjectionSession(record=record, date=first + timedelta(SESSION_EVERY * index), units=155)
        for index in range((years * 365 - 28) // SESSION_EVERY)
    )
    return log_in(user)


def store(record: Any, days: list[tuple[Any, Any]]) -> None:
    from django.utils import timezone

    from headaches.models import DiaryDay, Feature, Intake

    words = {feature.word: feature for feature in Feature}
    lost = {None: "", 0: "none", 0.5: "half", 1: "full"}
    rows = [
        DiaryDay(
            record=record, date=on, headache=day.headache, intensity=day.intensity or "", hours=day.hours,
            features=None if day.features is None else sum(words[word] for word in day.features),
            lost=lost[day.lost], written_at=timezone.now(),
        )
        for on, day in days
    ]  # fmt: skip
    DiaryDay.objects.bulk_create(rows, batch_size=500)
    kept = {row.date: row for row in DiaryDay.objects.filter(record=record)}
    Intake.objects.bulk_create(
        [
            Intake(day=kept[on], name=one.drug_class, drug_class=one.drug_class, relief=one.relief or "")
            for on, day in days
            for one in day.intakes
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
