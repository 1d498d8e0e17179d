"""Changing sessions and bookings: atomic, announced, so that reminders move in the same transaction."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Sum
from django.utils.translation import gettext as _

from accounts.access import lock_record
from accounts.models import Record, hash_token
from core.dates import local_date
from treatments.domain.schedule import NextSession, compute_next_session
from treatments.domain.side_effects import OFFERED, due_check, summary
from treatments.domain.sites import Layout, SiteDose, Slot
from treatments.models import (
    Booking,
    CalendarFeed,
    EffectCheck,
    Goal,
    InjectionSession,
    InjectionSite,
    Score,
    SideEffect,
)
from treatments.signals import session_changed

# A booking this close after a recorded session was for that session.
BOOKING_REACH = timedelta(days=28)


def check_session_date(on: date, today: date) -> None:
    if on > today:
        raise ValidationError(
            _("This date lies in the future. Enter the day of the injections; a planned one is a booking.")
        )


def check_booking(record: Record, on: date, today: date) -> None:
    if on < today:
        raise ValidationError(_("This date has passed. Enter the date of the next session."))
    if on > today + timedelta(days=366):
        raise ValidationError(_("This date is more than a year away. Check the year."))
    if InjectionSession.objects.filter(record=record, date=on).exists():
        raise ValidationError(_("A session on this date is recorded already."))


@transaction.atomic
def save_session(
    *, record: Record, session: InjectionSession, now: datetime, layout: Layout | None = None
) -> bool:
    """Store a session, and its sites unless layout is None; the booking that a new date fulfils goes.

    Answers whether one went.
    """
    lock_record(record)
    session.record = record
    session.validate_constraints()
    kept = InjectionSession.objects.filter(pk=session.pk).values_list("date", flat=True).first()
    session.save()
    if layout is not None:
        save_sites(session, layout)
    gone = kept != session.date and close_fulfilled_booking(record, session.date)
    session_changed.send(sender=InjectionSession, record=record, now=now)
    return gone


def save_sites(session: InjectionSession, layout: Layout) -> None:
    """Make a session's rows what the layout says; rows that stay the same are left alone."""
    rows = {Slot(row.muscle, row.side): row for row in session.injections.all()}
    gone = [row.pk for slot, row in rows.items() if layout.get(slot) != SiteDose(row.sites, row.units)]
    session.injections.filter(pk__in=gone).delete()
    InjectionSite.objects.bulk_create(
        InjectionSite(
            session=session, muscle=slot.muscle, side=slot.side, sites=given.sites, units=given.units
        )
        for slot, given in layout.items()
        if slot not in rows or rows[slot].pk in gone
    )


def get_session_before(record: Record, on: date, but: int | None = None) -> InjectionSession | None:
    """The session before a day, with its sites; `but` is the one that is being corrected."""
    earlier = InjectionSession.objects.filter(record=record, date__lt=on).exclude(pk=but or 0)
    return earlier.prefetch_related("injections").last()


def load_other_dates(record: Record, session: InjectionSession) -> list[date]:
    """The dates of all sessions but one."""
    others = InjectionSession.objects.filter(record=record).exclude(pk=session.pk or 0)
    return list(others.values_list("date", flat=True))


def close_fulfilled_booking(record: Record, on: date) -> bool:
    """Remove the booking that a session on this day was: one not far ahead of it, with no later session between."""
    booking = get_booking(record)
    if booking is None or booking.date > on + BOOKING_REACH:
        return False
    if InjectionSession.objects.filter(record=record, date__gt=on).exists():
        return False  # an older session entered late is not the one that was booked
    booking.delete()
    return True


@transaction.atomic
def delete_session(*, session: InjectionSession, now: datetime) -> None:
    record = session.record
    lock_record(record)
    session.delete()
    session_changed.send(sender=InjectionSession, record=record, now=now)


@transaction.atomic
def save_booking(*, record: Record, on: date, now: datetime, **details: Any) -> None:
    """Keep the one booking of a record; details: time, place, note."""
    lock_record(record)
    Booking.objects.update_or_create(record=record, defaults={"date": on, **details})
    session_changed.send(sender=Booking, record=record, now=now)


@transaction.atomic
def cancel_booking(*, record: Record, now: datetime) -> None:
    lock_record(record)
    Booking.objects.filter(record=record).delete()
    session_changed.send(sender=Booking, record=record, now=now)


@transaction.atomic
def create_feed(*, record: Record, title: str, now: datetime) -> str:
    """Give the calendar feed a new secret address; an older one ends. The token is returned once, kept as a hash."""
    lock_record(record)
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        record=record, defaults={"token_hash": hash_token(token), "title": title, "created_at": now}
    )
    return token


@transaction.atomic
def delete_feed(*, record: Record) -> None:
    lock_record(record)
    CalendarFeed.objects.filter(record=record).delete()


def get_feed(record: Record) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(record=record).first()


@transaction.atomic
def answer_effects(
    *, session: InjectionSession, said: str, today: date
) -> tuple[EffectCheck, SideEffect | None]:
    """Keep the answer to the question that is open today; an effect that goes on already is not noted twice."""
    lock_record(session.record)
    answered = session.effect_checks.values_list("day", flat=True)
    day = due_check(session.date, list(answered), today)
    if day is None:
        raise ValidationError(_("This was answered already, or its time has passed."))
    if said and said not in OFFERED:
        raise ValidationError(_("This is not on the list. Enter it on the page of the session."))
    kind = EffectCheck.Answer.SOMETHING if said else EffectCheck.Answer.NOTHING
    check = EffectCheck.objects.create(session=session, day=day, answer=kind)
    goes_on = session.side_effects.filter(effect=said, ended__isnull=True).first() if said else None
    if said and goes_on is None:
        return check, SideEffect.objects.create(session=session, effect=said)
    return check, goes_on


@transaction.atomic
def undo_answer(*, check: EffectCheck, effect: int | None) -> None:
    """Take an answer back, and the effect it noted unless something was added to that since."""
    lock_record(check.session.record)
    bare = {"severity": "", "note": "", "started__isnull": True, "ended__isnull": True}
    SideEffect.objects.filter(pk=effect or 0, session=check.session_id, **bare).delete()
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


def load_full_sessions(record: Record, last: date) -> list[InjectionSession]:
    """The sessions up to a day, oldest first, with everything that hangs on them. Five queries."""
    found = InjectionSession.objects.filter(record=record, date__lte=last)
    return list(found.prefetch_related("injections", "side_effects", "effect_checks", "goals"))


class GivenSession(NamedTuple):
    """What a session gave, in one row. sites: known ones, None without any; answered: whether a question was."""

    pk: int
    date: date
    product: str
    units: Decimal | None
    lot: str
    sites: int | None
    answered: bool


def sessions_until(record: Record, last: date) -> list[GivenSession]:
    """What was given up to a day, oldest first. One query."""
    answers = EffectCheck.objects.filter(session=OuterRef("pk"))
    rows = (
        InjectionSession.objects.filter(record=record, date__lte=last)
        .values_list("pk", "date", "product", "units", "lot")
        .annotate(sites=Sum("injections__sites"), answered=Exists(answers))
        .order_by("date")
    )
    return [GivenSession(*row) for row in rows]


def side_effects_context(record: Record, given: Sequence[GivenSession], today: date) -> dict[str, Any]:
    """Side effects after these sessions: lines, how many sessions, and after how many anything was said. One query."""
    found = SideEffect.objects.filter(session__record=record)
    sessions = {session.pk: session for session in given}
    rows = [row for row in found.order_by("session__date", "pk") if row.session_id in sessions]
    told = {row.session_id for row in rows} | {session.pk for session in given if session.answered}
    return {
        "effect_lines": summary(rows, len(sessions), today),
        "effect_sessions": len(sessions),
        "effect_told": len(told),
    }


def load_latest_goals(record: Record, last: date) -> list[tuple[date, list[Goal]]]:
    """The goals of the last two sessions up to a day that have some, the latest first. One query."""
    found = Goal.objects.filter(session__record=record, session__date__lte=last).annotate(
        on=F("session__date")
    )
    rows = found.order_by("-on", "number")[: 2 * Goal.MOST]
    by_day: list[tuple[date, list[Goal]]] = [
        (on, [*goals]) for on, goals in groupby(rows, key=lambda goal: goal.on)
    ]
    return by_day[:2]


def load_previous_goals(session: InjectionSession) -> list[Goal]:
    """The goals of the session before, if that one has any."""
    earlier = InjectionSession.objects.filter(record=session.record_id, date__lt=session.date).last()
    return list(earlier.goals.all()) if earlier else []


@transaction.atomic
def save_goals(*, session: InjectionSession, goals: Mapping[int, str], outcomes: Mapping[int, str]) -> None:
    """Keep goals by number, and how earlier ones went by primary key. A goal that is emptied goes."""
    lock_record(session.record)
    kept = {goal.number: goal for goal in session.goals.all()}
    for number in range(1, Goal.MOST + 1):
        words, old = goals.get(number, ""), kept.get(number)
        if old and not words:
            old.delete()
        elif old and old.goal != words:
            Goal.objects.filter(pk=old.pk).update(goal=words, outcome="")
        elif words and not old:
            Goal.objects.create(session=session, number=number, goal=words)
    for goal in load_previous_goals(session):
        if outcomes.get(goal.pk, goal.outcome) != goal.outcome:
            Goal.objects.filter(pk=goal.pk).update(outcome=outcomes[goal.pk])


def get_booking(record: Record) -> Booking | None:
    return Booking.objects.filter(record=record).first()


def get_next_session(
    record: Record, today: date, sessions: Iterable[date] | None = None
) -> NextSession | None:
    """The next session of a record, seen from a day. Two queries; one when the dates of the sessions are known."""
    booking = get_booking(record)
    dates = InjectionSession.objects.filter(record=record).values_list("date", flat=True)
    found = compute_next_session(
        sessions=list(dates if sessions is None else sessions),
        interval_days=record.interval_days,
        booked=booking.date if booking else None,
        today=today,
    )
    if found is None or booking is None:
        return found
    return replace(found, at=booking.time, place=booking.place, note=booking.note)


def get_next_sessions(records: Collection[Record], now: datetime) -> dict[int, NextSession | None]:
    """The next session of each record by primary key, seen from its owner's own day. Two queries."""
    dates: dict[int, list[date]] = defaultdict(list)
    sessions = InjectionSession.objects.filter(record__in=records).order_by()
    for record_id, on in sessions.values_list("record_id", "date"):
        dates[record_id].append(on)
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
