"""Appointments as calendar files (RFC 5545) with neutral texts. Pure: values in, bytes out, `now` is passed in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneStandard, vDuration

from treatments.domain.schedule import NextSession

# The shown length of an appointment, whose end is not recorded.
APPOINTMENT_LENGTH = timedelta(minutes=30)
REFRESH_INTERVAL = timedelta(hours=12)
PRODUCT = "-//Diary//Appointments//EN"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booked date, with or without a local time."""

    date: date
    time: time | None
    place: str = ""
    note: str = ""


def local_time_exists(day: date, time_of_day: time, zone: ZoneInfo) -> bool:
    """Whether the clock of the zone shows this time on this day; it skips an hour in spring."""
    local = datetime.combine(day, time_of_day, zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


def build_event(owner: str, kind: str, title: str, now: datetime) -> Event:
    """Build an event without days. owner: the key of the record."""
    event = Event()
    # Stable, also under another SECRET_KEY, and does not reveal the owner, whose key is random.
    event.add("uid", f"{sha256(f'calendar:{owner}:{kind}'.encode()).hexdigest()[:32]}@diary")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("summary", title)
    event.add("class", "PRIVATE")
    return event


def build_booked_event(
    owner: str, appointment: Appointment, title: str, zone: ZoneInfo, now: datetime
) -> Event:
    """Build the appointment: at its local time, or the whole day without a time."""
    event = build_event(owner, "booked", title, now)
    if appointment.time is None:
        event.add("dtstart", appointment.date)
        event.add("dtend", appointment.date + timedelta(1))
    else:
        # UTC rather than local time, because calendars interpret time zone definitions differently.
        start = datetime.combine(appointment.date, appointment.time, zone).astimezone(UTC)
        event.add("dtstart", start)
        event.add("dtend", start + APPOINTMENT_LENGTH)
    if appointment.place:
        event.add("location", appointment.place)
    if appointment.note:
        event.add("description", appointment.note)
    return event


def build_whole_day_event(owner: str, kind: str, title: str, first: date, last: date, now: datetime) -> Event:
    """Build an event over the days from first to last, both included, that does not block the calendar."""
    event = build_event(owner, kind, title, now)
    event.add("dtstart", first)
    event.add("dtend", last + timedelta(1))
    event.add("transp", "TRANSPARENT")
    return event


def serialize_calendar(events: list[Event], name: str = "") -> bytes:
    """Serialize a calendar of events. With a name it is a feed that calendars follow, asked for twice a day.

    A single appointment has no name: Outlook would create a calendar of that name instead of adding the event.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(REFRESH_INTERVAL))
    for event in events:
        calendar.add_component(event)
    if not events:
        # A calendar needs a component (RFC 5545, section 3.6), and some programs refuse one without.
        zone = Timezone()
        zone.add("tzid", "UTC")
        standard = TimezoneStandard()
        standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001  local time by definition
        standard.add("tzoffsetfrom", timedelta(0))
        standard.add("tzoffsetto", timedelta(0))
        zone.add_component(standard)
        calendar.add_component(zone)
    return bytes(calendar.to_ical())


def render_appointment(owner: str, appointment: Appointment, zone: ZoneInfo, now: datetime) -> bytes:
    """Render one appointment with its place and, if given, its note, for download by its owner."""
    return serialize_calendar([build_booked_event(owner, appointment, _("Appointment"), zone, now)])


def render_feed(
    owner: str,
    next_session: NextSession | None,
    appointment: Appointment | None,
    *,
    title: str,
    zone: ZoneInfo,
    now: datetime,
) -> bytes:
    """Render the feed of the secret address: booked, due and usual days, with a neutral title and without a place."""
    name, events = title or _("Appointment"), []
    if appointment:
        without_place = Appointment(appointment.date, appointment.time)
        events.append(build_booked_event(owner, without_place, name, zone, now))
    if next_session and next_session.due and next_session.window:
        due = _("%(title)s: due") % {"title": name}
        events.append(build_whole_day_event(owner, "due", due, next_session.due, next_session.due, now))
        usual = _("%(title)s: usual days") % {"title": name}
        events.append(build_whole_day_event(owner, "window", usual, *next_session.window, now))
    return serialize_calendar(events, name)
