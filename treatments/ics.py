"""Appointments as calendars read them (RFC 5545), neutral in their words. Values in, bytes out; the clock handed in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from treatments.domain.schedule import NextSession

# How long a calendar shows an appointment; nobody is asked for its end.
LENGTH = timedelta(minutes=30)
PRODUCT = "-//Diary//Appointments//EN"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booked date, with or without a time of the zone."""

    on: date
    at: time | None
    place: str = ""
    note: str = ""


def local_time_exists(on: date, at: time, zone: ZoneInfo) -> bool:
    """Whether the clock of the zone shows this time on this day: not in the hour that is left out in spring."""
    local = datetime.combine(on, at, zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


def event_uid(owner: int, kind: str) -> str:
    """The same for an event as long as it is the same event, and telling nothing of whose it is."""
    return f"{salted_hmac('calendar', f'{owner}:{kind}').hexdigest()[:32]}@diary"


def build_event(owner: int, kind: str, title: str, now: datetime) -> Event:
    found = Event()
    found.add("uid", event_uid(owner, kind))
    found.add("dtstamp", now.astimezone(UTC))
    found.add("summary", title)
    found.add("class", "PRIVATE")
    return found


def booked_event(owner: int, one: Appointment, title: str, zone: ZoneInfo, now: datetime) -> Event:
    """The appointment itself: at its local time, or the whole day where no time is known."""
    found = build_event(owner, "booked", title, now)
    if one.at is None:
        found.add("dtstart", one.on)
        found.add("dtend", one.on + timedelta(1))
    else:
        # An instant, not a local time: a table of a zone's clock changes is not read alike by every calendar.
        start = datetime.combine(one.on, one.at, zone).astimezone(UTC)
        found.add("dtstart", start)
        found.add("dtend", start + LENGTH)
    if one.place:
        found.add("location", one.place)
    if one.note:
        found.add("description", one.note)
    return found


def whole_day_event(owner: int, kind: str, title: str, first: date, last: date, now: datetime) -> Event:
    """Days from first to last, both included, that leave the calendar free."""
    found = build_event(owner, kind, title, now)
    found.add("dtstart", first)
    found.add("dtend", last + timedelta(1))
    found.add("transp", "TRANSPARENT")
    return found


def to_bytes(events: list[Event], name: str) -> bytes:
    """A calendar of events."""
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    found.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    for one in events:
        found.add_component(one)
    return bytes(found.to_ical())


def appointment_calendar(owner: int, one: Appointment, zone: ZoneInfo, now: datetime) -> bytes:
    """The one appointment, with its place and, where it is given, its note: for the owner's own download."""
    return to_bytes([booked_event(owner, one, _("Appointment"), zone, now)], _("Appointments"))


def feed_calendar(
    owner: int,
    coming: NextSession | None,
    appointment: Appointment | None,
    *,
    title: str,
    zone: ZoneInfo,
    now: datetime,
) -> bytes:
    """What the secret address shows: booked, due and the usual window, under a neutral title and without a place."""
    name, events = title or _("Appointment"), []
    if appointment:
        bare = Appointment(appointment.on, appointment.at)
        events.append(booked_event(owner, bare, name, zone, now))
    if coming and coming.due and coming.window:
        due = _("%(title)s: due") % {"title": name}
        events.append(whole_day_event(owner, "due", due, coming.due, coming.due, now))
        usual = _("%(title)s: usual days") % {"title": name}
        events.append(whole_day_event(owner, "window", usual, *coming.window, now))
    return to_bytes(events, name)
