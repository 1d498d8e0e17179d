"""Pages of the treatment: sessions, the booking, other preventives."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, mine, own_record
from accounts.clock import day_of
from treatments import actions
from treatments.forms import BookingForm, PreventiveForm
from treatments.models import InjectionSession, Preventive


def numbered(rows: list[InjectionSession]) -> list[tuple[int, InjectionSession, int | None]]:
    """Number, session, and days since the one before."""
    return [
        (index + 1, row, (row.date - rows[index - 1].date).days if index else None)
        for index, row in enumerate(rows)
    ]


@require_safe
def sessions(request: PersonRequest) -> HttpResponse:
    """All sessions, newest first, the next one above them, other preventives below."""
    record = own_record(request)
    today = day_of(request.user, timezone.now())
    context = {
        "sessions": numbered(list(record.sessions.all()))[::-1],
        "next": actions.upcoming(record, today),
        "preventives": record.preventives.all(),
    }
    return render(request, "treatments/sessions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_session(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask, then delete: a session carries every comparison, so this one asks."""
    kept = mine(own_record(request), InjectionSession, pk=pk)
    if request.method == "POST":
        actions.delete_session(session=kept, now=timezone.now())
        messages.success(request, _("The session is deleted."))
        return redirect("sessions")
    return render(request, "treatments/delete_session.html", {"session": kept})


@require_http_methods(["GET", "HEAD", "POST"])
def booking(request: PersonRequest) -> HttpResponse:
    """Enter or move the booked date of the next session."""
    record = own_record(request)
    today = day_of(request.user, timezone.now())
    upcoming = actions.upcoming(record, today)
    kept = actions.booking_of(record)
    offered = kept.date if kept else (upcoming.target if upcoming and upcoming.target >= today else None)
    start = {"date": offered.isoformat()} if offered else {}
    form = BookingForm(request.POST or None, record=record, today=today, initial=start)
    if request.method == "POST" and form.is_valid():
        actions.book(record=record, on=form.cleaned_data["date"], now=timezone.now())
        messages.success(request, _("Booking saved."))
        return redirect("sessions")
    context = {"form": form, "booking": kept, "next": upcoming}
    return render(request, "treatments/booking.html", context, status=422 if form.errors else 200)


@require_POST
def cancel_booking(request: PersonRequest) -> HttpResponse:
    actions.cancel_booking(record=own_record(request), now=timezone.now())
    messages.success(request, _("The booking is removed."))
    return redirect("sessions")


@require_http_methods(["GET", "HEAD", "POST"])
def preventive(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Enter another preventive, or correct one."""
    record = own_record(request)
    kept = mine(record, Preventive, pk=pk) if pk else Preventive(record=record)
    form = PreventiveForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("sessions")
    context = {"form": form, "pk": pk}
    return render(request, "treatments/preventive.html", context, status=422 if form.errors else 200)


@require_POST
def delete_preventive(request: PersonRequest, pk: int) -> HttpResponse:
    kept = mine(own_record(request), Preventive, pk=pk)
    kept.delete()
    messages.success(request, _("%(name)s is deleted.") % {"name": kept.name})
    return redirect("sessions")
