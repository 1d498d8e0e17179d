"""The next appointment: its booking, its calendar file, and the secret address for calendars."""

from zoneinfo import ZoneInfo

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.access import PersonRequest, get_by_token, get_own_or_404, get_own_record
from accounts.deletions import delete_with_undo
from core.dates import local_date
from treatments import actions
from treatments.forms import BookingForm, FeedForm
from treatments.ics import Appointment, render_appointment, render_feed
from treatments.models import Booking, CalendarFeed, InjectionSession

NEW_TOKEN_KEY = "calendar_token"  # noqa: S105  a key of the session, not a secret
ICS_CONTENT_TYPE = "text/calendar; charset=utf-8"


@require_http_methods(["GET", "HEAD", "POST"])
def booking(request: PersonRequest) -> HttpResponse:
    """Enter or move the booked date of the next session."""
    record = get_own_record(request)
    today = local_date(request.user, timezone.now())
    upcoming = actions.get_next_session(record, today)
    booked = actions.get_booking(record)
    initial_date = (
        booked.date if booked else (upcoming.target if upcoming and upcoming.target >= today else None)
    )
    form = BookingForm(
        request.POST or None,
        instance=booked,
        record=record,
        today=today,
        initial={"date": initial_date.isoformat()} if initial_date else {},
    )
    if request.method == "POST" and form.is_valid():
        details = {name: form.cleaned_data[name] for name in ("time", "place", "note")}
        actions.save_booking(record=record, date=form.cleaned_data["date"], now=timezone.now(), **details)
        drafts.discard_draft(request, timezone.now())
        messages.success(request, _("Appointment saved."))
        return redirect("sessions")
    context = {"form": form, "booking": booked, "next": upcoming}
    return render(request, "treatments/booking.html", context, status=422 if form.errors else 200)


@require_POST
def cancel_booking(request: PersonRequest) -> HttpResponse:
    """Remove the next appointment."""
    record, page = get_own_record(request), reverse("sessions")
    booking = actions.get_booking(record)
    if booking:
        delete_with_undo(
            request,
            booking,
            text=_("The appointment is removed."),
            page=page,
            delete=lambda: actions.cancel_booking(record=record, now=timezone.now()),
        )
    return redirect(page)


@require_POST
def answer_booking(request: PersonRequest) -> HttpResponse:
    """Take the answer to the question whether a session was the booked appointment."""
    was_appointment = request.POST.get("answer") == "yes"
    actions.answer_booking_question(
        record=get_own_record(request), was_appointment=was_appointment, now=timezone.now()
    )
    messages.success(
        request, _("The appointment is removed.") if was_appointment else _("The appointment stays as it is.")
    )
    return redirect("sessions")


@require_POST
def reopen_booking(request: PersonRequest, pk: int) -> HttpResponse:
    """Bring back the booking that a session has closed."""
    session = get_own_or_404(get_own_record(request), InjectionSession, pk=pk)
    try:
        actions.reopen_booking(session=session, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        messages.success(request, _("The appointment is back."))
    return redirect("sessions")


def build_appointment(booking: Booking | None, *, with_note: bool = False) -> Appointment | None:
    """Build the booked appointment; with its note only on request of its owner."""
    return (
        Appointment(booking.date, booking.time, booking.place, booking.note if with_note else "")
        if booking
        else None
    )


def calendar_response(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=ICS_CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def appointment_file(request: PersonRequest) -> HttpResponse:
    """Send the booked appointment as a file, with the note if ?note=1; 404 if none is booked."""
    record = get_own_record(request)
    appointment = build_appointment(actions.get_booking(record), with_note=request.GET.get("note") == "1")
    if appointment is None:
        raise Http404
    zone = ZoneInfo(record.user.time_zone)
    return calendar_response(
        render_appointment(record.key, appointment, zone, timezone.now()),
        f"appointment-{appointment.date.isoformat()}.ics",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def calendar(request: PersonRequest) -> HttpResponse:
    """Create or renew the secret address, and show it once."""
    record = get_own_record(request)
    stored_feed: CalendarFeed | None = getattr(record, "calendar_feed", None)
    form = FeedForm(request.POST or None, instance=stored_feed)
    if request.method == "POST" and form.is_valid():
        token = actions.create_feed(record=record, title=form.cleaned_data["title"], now=timezone.now())
        request.session[NEW_TOKEN_KEY] = token
        return redirect("calendar")
    token = request.session.pop(NEW_TOKEN_KEY, None)
    path = reverse("calendar_feed", kwargs={"token": token}) if token else ""
    address = f"{settings.BASE_URL.rstrip('/')}{path}" if token else ""
    webcal = f"webcal://{address.partition('://')[2]}"
    context = {"form": form, "feed": stored_feed, "address": address, "webcal": webcal}
    return render(request, "treatments/calendar.html", context, status=422 if form.errors else 200)


@require_POST
def close_calendar(request: PersonRequest) -> HttpResponse:
    """Close the address of the calendar feed."""
    actions.delete_feed(record=get_own_record(request), now=timezone.now())
    messages.success(request, _("The address is closed. Calendars can no longer read it."))
    return redirect("calendar")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Send dates under a neutral title to a calendar, which cannot log in; an unknown token gets 404."""
    stored_feed = get_by_token(CalendarFeed, token)
    if stored_feed is None:
        raise Http404
    record, now = stored_feed.record, timezone.now()
    with translation.override(record.user.language):
        content = render_feed(
            record.key,
            actions.get_next_session(record, local_date(record.user, now)),
            build_appointment(actions.get_booking(record)),
            title=stored_feed.title,
            zone=ZoneInfo(record.user.time_zone),
            now=now,
        )
    return calendar_response(content, "appointments.ics")
