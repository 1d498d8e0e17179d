"""Changing sessions and bookings: atomic, announced, so that reminders move in the same transaction."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import hold
from accounts.models import Record, hashed
from treatments.models import Booking, CalendarFeed, InjectionSession, InjectionSite
from treatments.schedule import NextSession, next_session
from treatments.signals import session_changed
from treatments.sites import Given, Layout, Slot

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
    hold(record)
    session.record = record
    session.validate_constraints()
    kept = InjectionSession.objects.filter(pk=session.pk).values_list("date", flat=True).first()
    session.save()
    if layout is not None:
        keep_sites(session, layout)
    gone = kept != session.date and fulfil_booking(record, session.date)
    session_changed.send(sender=InjectionSession, record=record, now=now)
    return gone


def keep_sites(session: InjectionSession, layout: Layout) -> None:
    """Make a session's rows what the layout says; rows that stay the same are left alone."""
    rows = {Slot(row.muscle, row.side): row for row in session.injections.all()}
    gone = [row.pk for slot, row in rows.items() if layout.get(slot) != Given(row.sites, row.units)]
    session.injections.filter(pk__in=gone).delete()
    InjectionSite.objects.bulk_create(
        InjectionSite(
            session=session, muscle=slot.muscle, side=slot.side, sites=given.sites, units=given.units
        )
        for slot, given in layout.items()
        if slot not in rows or rows[slot].pk in gone
    )


def session_before(record: Record, on: date, but: int | None = None) -> InjectionSession | None:
    """The session before a day, with its sites; `but` is the one that is being corrected."""
    earlier = InjectionSession.objects.filter(record=record, date__lt=on).exclude(pk=but or 0)
    return earlier.prefetch_related("injections").last()


def other_dates(record: Record, session: InjectionSession) -> list[date]:
    """The dates of all sessions but one."""
    others = InjectionSession.objects.filter(record=record).exclude(pk=session.pk or 0)
    return list(others.values_list("date", flat=True))


def fulfil_booking(record: Record, on: date) -> bool:
    """Remove the booking that a session on this day was: one not far ahead of it, with no later session between."""
    booking = booking_of(record)
    if booking is None or booking.date > on + BOOKING_REACH:
        return False
    if InjectionSession.objects.filter(record=record, date__gt=on).exists():
        return False  # an older session entered late is not the one that was booked
    booking.delete()
    return True


@transaction.atomic
def delete_session(*, session: InjectionSession, now: datetime) -> None:
    record = session.record
    hold(record)
    session.delete()
    session_changed.send(sender=InjectionSession, record=record, now=now)


@transaction.atomic
def book(*, record: Record, on: date, now: datetime, **details: Any) -> None:
    """Keep the one booking of a record; details: time, place, note."""
    hold(record)
    Booking.objects.update_or_create(record=record, defaults={"date": on, **details})
    session_changed.send(sender=Booking, record=record, now=now)


@transaction.atomic
def cancel_booking(*, record: Record, now: datetime) -> None:
    hold(record)
    Booking.objects.filter(record=record).delete()
    session_changed.send(sender=Booking, record=record, now=now)


@transaction.atomic
def open_feed(*, record: Record, title: str, now: datetime) -> str:
    """Give the calendar feed a new secret address; an older one ends. The token is returned once, kept as a hash."""
    hold(record)
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        record=record, defaults={"token_hash": hashed(token), "title": title, "created_at": now}
    )
    return token


@transaction.atomic
def close_feed(*, record: Record) -> None:
    hold(record)
    CalendarFeed.objects.filter(record=record).delete()


def feed_of(record: Record) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(record=record).first()


def booking_of(record: Record) -> Booking | None:
    return Booking.objects.filter(record=record).first()


def upcoming(record: Record, today: date, sessions: Iterable[date] | None = None) -> NextSession | None:
    """The next session of a record, seen from a day. Two queries; one when the dates of the sessions are known."""
    booking = booking_of(record)
    dates = InjectionSession.objects.filter(record=record).values_list("date", flat=True)
    found = next_session(
        sessions=list(dates if sessions is None else sessions),
        interval_days=record.interval_days,
        booked=booking.date if booking else None,
        today=today,
    )
    return replace(found, at=booking.time, place=booking.place) if found and booking else found
