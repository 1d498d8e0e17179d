"""Changes of the treatment, and the queries of its pages.

A change of a session or a booking sends session_changed in its transaction, so that reminders are planned with it.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Sum
from django.utils.translation import gettext as _

from accounts.access import lock_record
from accounts.audit.log import log_changed_settings
from accounts.models import Record, hash_token
from core.dates import local_date
from treatments.domain.schedule import NextSession, compute_next_session
from treatments.domain.side_effects import OFFERED, due_check, summarize_effects
from treatments.domain.sites import Layout, SiteDose, Slot
from treatments.models import (
    Booking,
    CalendarFeed,
    EffectCheck,
    Goal,
    Impression,
    InjectionSession,
    InjectionSite,
    Score,
    SideEffect,
    VisitSheet,
)
from treatments.signals import session_changed

# A booking at most so far from a recorded session was for that session; up to the longer time after it, perhaps.
BOOKING_DISTANCE = timedelta(days=7)
MAX_BOOKING_LEAD = timedelta(days=28)


@transaction.atomic
def save_session(
    *, record: Record, session: InjectionSession, now: datetime, layout: Layout | None = None
) -> bool:
    """Save a session, and its sites unless layout is None.

    A new date within a week of the booked one fulfils the booking, which is closed; return whether it was. At a
    greater distance the patient is asked (answer_booking_question).
    """
    lock_record(record)
    session.record = record
    session.validate_constraints()
    stored_date = InjectionSession.objects.filter(pk=session.pk).values_list("date", flat=True).first()
    session.save()
    if layout is not None:
        save_sites(session, layout)
    booking = get_booking(record) if stored_date != session.date else None
    # A booking far ahead is not for this session; nor is any for an older session that is entered late.
    is_near = (
        booking is not None
        and booking.date <= session.date + MAX_BOOKING_LEAD
        and not InjectionSession.objects.filter(record=record, date__gt=session.date).exists()
    )
    is_fulfilled = bool(booking and is_near and abs(booking.date - session.date) <= BOOKING_DISTANCE)
    if booking and is_fulfilled:
        close_booking(booking, session)
    elif booking and is_near:
        booking.asked_session = session
        booking.save(update_fields=["asked_session"])
    session_changed.send(sender=InjectionSession, record=record, now=now)
    return is_fulfilled


def close_booking(booking: Booking, session: InjectionSession) -> None:
    """Remove a booking that a session fulfilled; the session keeps it for an undo."""
    session.closed_booking = {
        "date": booking.date.isoformat(),
        "time": booking.time.isoformat() if booking.time else None,
        "place": booking.place,
        "note": booking.note,
    }
    session.save(update_fields=["closed_booking"])
    booking.delete()


def bring_booking_back(session: InjectionSession) -> bool:
    """Restore the booking that a session has closed, unless another one was entered since; return whether it was."""
    closed = session.closed_booking
    if closed is None or get_booking(session.record):
        return False
    Booking.objects.create(
        record=session.record,
        date=date.fromisoformat(closed["date"]),
        time=time.fromisoformat(closed["time"]) if closed["time"] else None,
        place=closed["place"],
        note=closed["note"],
    )
    return True


@transaction.atomic
def reopen_booking(*, session: InjectionSession, now: datetime) -> None:
    """Undo the closing of a booking. Raise ValidationError if another one was entered since."""
    lock_record(session.record)
    session.refresh_from_db(fields=["closed_booking"])
    if not bring_booking_back(session):
        raise ValidationError(_("Nothing was changed: another appointment is entered already."))
    session.closed_booking = None
    session.save(update_fields=["closed_booking"])
    session_changed.send(sender=Booking, record=session.record, now=now)


@transaction.atomic
def answer_booking_question(*, record: Record, was_appointment: bool, now: datetime) -> None:
    """Close the booking with the session that the patient was asked about, or keep it and ask no more."""
    lock_record(record)
    booking = Booking.objects.filter(record=record).select_related("asked_session").first()
    if booking is None or booking.asked_session is None:
        return
    if was_appointment:
        close_booking(booking, booking.asked_session)
    else:
        booking.asked_session = None
        booking.save(update_fields=["asked_session"])
    session_changed.send(sender=Booking, record=record, now=now)


def save_sites(session: InjectionSession, layout: Layout) -> None:
    """Store the layout of a session; unchanged rows are not written."""
    stored = {Slot(site.muscle, site.side): site for site in session.injections.all()}
    outdated = [
        site.pk for slot, site in stored.items() if layout.get(slot) != SiteDose(site.sites, site.units)
    ]
    session.injections.filter(pk__in=outdated).delete()
    InjectionSite.objects.bulk_create(
        InjectionSite(session=session, muscle=slot.muscle, side=slot.side, sites=dose.sites, units=dose.units)
        for slot, dose in layout.items()
        if slot not in stored or stored[slot].pk in outdated
    )


@transaction.atomic
def delete_session(*, session: InjectionSession, now: datetime) -> None:
    """Delete a session. The booking that it had closed comes back, unless another one was entered since."""
    record = session.record
    lock_record(record)
    bring_booking_back(session)
    session.delete()
    session_changed.send(sender=InjectionSession, record=record, now=now)


@transaction.atomic
def save_booking(*, record: Record, date: date, now: datetime, **details: Any) -> None:
    """Create or change the booking of a record. details: time, place, note."""
    lock_record(record)
    Booking.objects.update_or_create(record=record, defaults={"date": date, **details})
    session_changed.send(sender=Booking, record=record, now=now)


@transaction.atomic
def cancel_booking(*, record: Record, now: datetime) -> None:
    lock_record(record)
    Booking.objects.filter(record=record).delete()
    session_changed.send(sender=Booking, record=record, now=now)


@transaction.atomic
def create_feed(*, record: Record, title: str, now: datetime) -> str:
    """Create a new secret address of the calendar feed, which replaces an older one.

    Return the token; only its hash is stored.
    """
    lock_record(record)
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        record=record, defaults={"token_hash": hash_token(token), "title": title, "created_at": now}
    )
    log_changed_settings(record.user, ["address made"], now, actor=record.user, area="calendar")
    return token


@transaction.atomic
def delete_feed(*, record: Record, now: datetime) -> None:
    lock_record(record)
    if CalendarFeed.objects.filter(record=record).delete()[0]:
        log_changed_settings(record.user, ["address closed"], now, actor=record.user, area="calendar")


@transaction.atomic
def answer_effects(
    *, session: InjectionSession, effect: str, today: date
) -> tuple[EffectCheck, SideEffect | None]:
    """Store the answer to today's open question; an effect that is still going on is not stored twice.

    effect: one of OFFERED, or "" for nothing to report. Raise ValidationError if no question is open.
    """
    lock_record(session.record)
    answered = session.effect_checks.values_list("day", flat=True)
    day = due_check(session.date, list(answered), today)
    if day is None:
        raise ValidationError(_("This was answered already, or its time has passed."))
    if effect and effect not in OFFERED:
        raise ValidationError(_("This is not on the list. Enter it on the page of the session."))
    kind = EffectCheck.Answer.SOMETHING if effect else EffectCheck.Answer.NOTHING
    check = EffectCheck.objects.create(session=session, day=day, answer=kind)
    ongoing = session.side_effects.filter(effect=effect, ended__isnull=True).first() if effect else None
    if effect and ongoing is None:
        return check, SideEffect.objects.create(session=session, effect=effect)
    return check, ongoing


@transaction.atomic
def undo_answer(*, check: EffectCheck, effect: int | None) -> None:
    """Delete an answer, and the effect it created unless details were added to that since."""
    lock_record(check.session.record)
    without_details = {"severity": "", "note": "", "started__isnull": True, "ended__isnull": True}
    SideEffect.objects.filter(pk=effect or 0, session=check.session_id, **without_details).delete()
    check.delete()


@transaction.atomic
def save_effect(*, record: Record, effect: SideEffect) -> None:
    lock_record(record)
    effect.validate_constraints()
    effect.save()


@transaction.atomic
def save_score(*, record: Record, score: Score) -> None:
    lock_record(record)
    score.validate_constraints()
    score.save()


@transaction.atomic
def save_impression(*, session: InjectionSession, answer: str, today: date) -> Impression:
    """Save the overall impression of a session; it replaces an earlier one. Raise ValidationError."""
    lock_record(session.record)
    impression = Impression.objects.filter(session=session).first() or Impression(session=session)
    impression.answer, impression.date = answer, today
    impression.full_clean(exclude=["session"])
    impression.save()
    return impression


@transaction.atomic
def remove_impression(*, session: InjectionSession) -> None:
    """Remove the overall impression of a session, if there is one."""
    lock_record(session.record)
    Impression.objects.filter(session=session).delete()


class SessionSummary(NamedTuple):
    """The main values of a session. sites: sum of known sites, or None; answered: whether a question was answered."""

    pk: int
    date: date
    product: str
    units: Decimal | None
    lot: str
    sites: int | None
    answered: bool


def load_session_summaries(record: Record, last: date) -> list[SessionSummary]:
    """Load the sessions up to a day, oldest first. One query."""
    answers = EffectCheck.objects.filter(session=OuterRef("pk"))
    sessions = (
        InjectionSession.objects.filter(record=record, date__lte=last)
        .values_list("pk", "date", "product", "units", "lot")
        .annotate(sites=Sum("injections__sites"), answered=Exists(answers))
        .order_by("date")
    )
    return [SessionSummary(*values) for values in sessions]


def side_effects_context(record: Record, summaries: Sequence[SessionSummary], today: date) -> dict[str, Any]:
    """Return the side effects of sessions, the number of sessions, and of those with any answer. One query."""
    side_effects = SideEffect.objects.filter(session__record=record)
    by_pk = {session.pk: session for session in summaries}
    effects = [
        effect for effect in side_effects.order_by("session__date", "pk") if effect.session_id in by_pk
    ]
    answered = {effect.session_id for effect in effects} | {
        session.pk for session in summaries if session.answered
    }
    return {
        "effect_lines": summarize_effects(effects, len(answered), today),
        "effect_sessions": len(by_pk),
        "effect_answered": len(answered),
    }


def load_latest_goals(record: Record, last: date) -> list[tuple[date, list[Goal]]]:
    """Load the goals of the last two sessions with goals up to a day, the latest first. One query."""
    goals_of_record = Goal.objects.filter(session__record=record, session__date__lte=last).annotate(
        on=F("session__date")
    )
    latest = goals_of_record.order_by("-on", "number")[: 2 * Goal.MAX_PER_SESSION]
    by_date: list[tuple[date, list[Goal]]] = [
        (day, [*goals]) for day, goals in groupby(latest, key=lambda goal: goal.on)
    ]
    return by_date[:2]


def load_previous_goals(session: InjectionSession) -> list[Goal]:
    """Load the goals of the session before."""
    earlier = InjectionSession.objects.filter(record=session.record_id, date__lt=session.date).last()
    return list(earlier.goals.all()) if earlier else []


@transaction.atomic
def save_goals(*, session: InjectionSession, goals: Mapping[int, str], outcomes: Mapping[int, str]) -> None:
    """Save goals by number, and outcomes of earlier goals by primary key. An emptied goal is deleted."""
    lock_record(session.record)
    stored = {goal.number: goal for goal in session.goals.all()}
    for number in range(1, Goal.MAX_PER_SESSION + 1):
        text, goal = goals.get(number, ""), stored.get(number)
        if goal and not text:
            goal.delete()
        elif goal and goal.goal != text:
            Goal.objects.filter(pk=goal.pk).update(goal=text, outcome="")
        elif text and not goal:
            Goal.objects.create(session=session, number=number, goal=text)
    for goal in load_previous_goals(session):
        if outcomes.get(goal.pk, goal.outcome) != goal.outcome:
            Goal.objects.filter(pk=goal.pk).update(outcome=outcomes[goal.pk])


def get_visit_sheet(record: Record) -> VisitSheet:
    """Return what the patient added to her visit page; an empty sheet, not saved, if nothing yet."""
    return VisitSheet.objects.filter(record=record).first() or VisitSheet(record=record)


def get_booking(record: Record) -> Booking | None:
    return Booking.objects.filter(record=record).select_related("asked_session").first()


def get_next_session(
    record: Record, today: date, sessions: Iterable[date] | None = None
) -> NextSession | None:
    """Compute the next session of a record as of a day. Two queries; one if the dates of the sessions are given."""
    booking = get_booking(record)
    dates = InjectionSession.objects.filter(record=record).values_list("date", flat=True)
    next_session = compute_next_session(
        sessions=list(dates if sessions is None else sessions),
        interval_days=record.interval_days,
        booked=booking.date if booking else None,
        today=today,
    )
    if next_session is None or booking is None:
        return next_session
    return replace(next_session, at=booking.time, place=booking.place, note=booking.note)


def get_next_sessions(records: Collection[Record], now: datetime) -> dict[int, NextSession | None]:
    """Compute the next session by record, as of the current day of its owner. Two queries."""
    dates: dict[int, list[date]] = defaultdict(list)
    sessions = InjectionSession.objects.filter(record__in=records).order_by()
    for record_id, day in sessions.values_list("record_id", "date"):
        dates[record_id].append(day)
    booked = dict(Booking.objects.filter(record__in=records).values_list("record_id", "date"))
    return {
        record.pk: compute_next_session(
            sessions=dates[record.pk],
            interval_days=record.interval_days,
            booked=booked.get(record.pk),
            today=local_date(record.user, now),
        )
        for record in records
    }


def get_effect_check(*, record: Record, pk: int) -> EffectCheck | None:
    """Return one answer of this record with its session; None when it has been undone."""
    return EffectCheck.objects.filter(pk=pk, session__record=record).select_related("session").first()
