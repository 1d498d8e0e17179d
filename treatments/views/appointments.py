"""The next appointment: booking it, the file of it, and the secret address a calendar reads."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.access import PersonRequest, get_by_token, get_own_record
from accounts.models import Record
from core.dates import local_date
from treatments import actions
from treatments.forms import BookingForm, FeedForm
from treatments.ics import Appointment, appointment_calendar, feed_calendar
from treatments.models import Booking, CalendarFeed

NEW_TOKEN = "calendar_token"  # noqa: S105  a key of the session, not a secret
ICS = "text/calendar; charset=utf-8"


@require_http_methods(["GET", "HEAD", "POST"])
def booking(request: PersonRequest) -> HttpResponse:
    """Enter or move the booked date of the next session."""
    record = get_own_record(request)
    today = local_date(request.user, timezone.now())
    upcoming = actions.get_next_session(record, today)
    kept = actions.get_booking(record)
    offered = kept.date if kept else (upcoming.target if upcoming and upcoming.target >= today else None)
    form = BookingForm(
        request.POST or None,
        instance=kept,
        record=record,
        today=today,
        initial={"date": offered.isoformat()} if offered else {},
    )
    if request.method == "POST" and form.is_valid():
        details = {name: form.cleaned_data[name] for name in ("time", "place", "note")}
        actions.save_booking(record=record, on=form.cleaned_data["date"], now=timezone.now(), **details)
        drafts.discard_draft(request, timezone.now())
        messages.success(request, _("Booking saved."))
        return redirect("sessions")
    context = {"form": form, "booking": kept, "next": upcoming}
    return render(request, "treatments/booking.html", context, status=422 if form.errors else 200)


@require_POST
def cancel_booking(request: PersonRequest) -> HttpResponse:
    actions.cancel_booking(record=get_own_record(request), now=timezone.now())
    messages.success(request, _("The booking is removed."))
    return redirect("sessions")


def build_appointment(kept: Booking | None, *, with_note: bool = False) -> Appointment | None:
    """The booked appointment; its note only where its owner asked for it."""
    return Appointment(kept.date, kept.time, kept.place, kept.note if with_note else "") if kept else None


def calendar_response(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=ICS)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def appointment_file(request: PersonRequest) -> HttpResponse:
    """The booked appointment as a file, with the note when ?note=1; 404 where none is booked."""
    record = get_own_record(request)
    one = build_appointment(actions.get_booking(record), with_note=request.GET.get("note") == "1")
    if one is None:
        raise Http404
    zone = ZoneInfo(record.user.time_zone)
    return calendar_response(
        appointment_calendar(record.pk, one, zone, timezone.now()), f"appointment-{one.on.isoformat()}.ics"
    )


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: PersonRequest) -> HttpResponse:
    """The secret address: make it, renew it, see it once."""
    record = get_own_record(request)
    kept = actions.get_feed(record)
    form = FeedForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        token = actions.create_feed(record=record, title=form.cleaned_data["title"], now=timezone.now())
        request.session[NEW_TOKEN] = token
        return redirect("calendar")
    token = request.session.pop(NEW_TOKEN, None)
    context = {"form": form, "feed": kept, "address": feed_address(token) if token else ""}
    return render(request, "treatments/calendar.html", context, status=422 if form.errors else 200)


def feed_address(token: str) -> str:
    return f"{settings.BASE_URL.rstrip('/')}{reverse('calendar_feed', kwargs={'token': token})}"


@require_POST
def close_calendar(request: PersonRequest) -> HttpResponse:
    actions.delete_feed(record=get_own_record(request))
    messages.success(request, _("The address is closed. Calendars that read it find nothing."))
    return redirect("calendar")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What a calendar reads: dates under a neutral title. It cannot log in; a made-up token gets 404."""
    found = get_by_token(CalendarFeed, token)
    if found is None:
        raise Http404
    with translation.override(found.record.user.language):
        return calendar_response(feed_response(found.record, found.title), "appointments.ics")


def feed_response(record: Record, title: str) -> bytes:
    now = timezone.now()
    return feed_calendar(
        record.pk,
        actions.get_next_session(record, local_date(record.user, now)),
        build_appointment(actions.get_booking(record)),
        title=title,
        zone=ZoneInfo(record.user.time_zone),
        now=now,
    )
