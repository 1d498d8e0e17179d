"""Pages of the treatment: sessions and other preventives."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.deletions import delete_with_undo
from core.dates import local_date
from treatments import actions
from treatments.domain.expectations import build_stages
from treatments.domain.sites import Totals, build_layout, compute_totals
from treatments.forms import PreventiveForm
from treatments.models import InjectionSession, Preventive

# So long after a session the appointment that it closed can be brought back from the list.
REOPEN_LIMIT: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session of the list: its number, days since the one before, and days from due (late: positive)."""

    number: int
    session: InjectionSession
    gap: int | None
    deviation: int
    totals: Totals


@require_safe
def sessions(request: PersonRequest) -> HttpResponse:
    """Show the next session, all sessions (newest first), and other preventives."""
    record = get_own_record(request)
    today = local_date(request.user, timezone.now())
    stored_sessions = list(record.sessions.prefetch_related("injections"))
    dates = [stored.date for stored in stored_sessions]
    gaps = [None, *((after - before).days for before, after in pairwise(dates))]
    lines = [
        SessionLine(
            number,
            stored,
            gap,
            gap - record.interval_days if gap else 0,
            compute_totals(build_layout(stored.injections.all())),
        )
        for number, (stored, gap) in enumerate(zip(stored_sessions, gaps, strict=False), start=1)
    ]
    next_session = actions.get_next_session(record, today)
    booking = actions.get_booking(record) if next_session and next_session.booked else None
    latest = stored_sessions[-1] if stored_sessions else None
    can_reopen = booking is None and latest is not None and latest.date >= today - REOPEN_LIMIT
    courses = list(record.preventives.all())
    running = [course for course in courses if course.runs(today)]
    tried = [course for course in courses if course not in running]
    context = {
        "sessions": lines[::-1],
        "next": next_session,
        "asked_booking": booking if booking and booking.asked_session else None,
        "closing_session": latest if can_reopen and latest and latest.closed_booking else None,
        "expected": [(stage, "") for stage in build_stages(dates, next_session, today)]
        if next_session
        else [],
        "preventives": [
            (label, group) for label, group in ((_("Running"), running), (_("Tried"), tried)) if group
        ],
    }
    return render(request, "treatments/sessions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_session(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask for confirmation and delete: every comparison depends on the sessions."""
    session = get_own_or_404(get_own_record(request), InjectionSession, pk=pk)
    if request.method == "POST":
        actions.delete_session(session=session, now=timezone.now())
        messages.success(request, _("The session is deleted."))
        return redirect("sessions")
    return render(request, "treatments/delete_session.html", {"session": session})


@require_http_methods(["GET", "HEAD", "POST"])
def preventive(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Enter another preventive, or correct one."""
    record = get_own_record(request)
    course = get_own_or_404(record, Preventive, pk=pk) if pk else Preventive(record=record)
    form = PreventiveForm(request.POST or None, instance=course)
    if request.method == "POST" and form.is_valid():
        form.save()
        drafts.discard_draft(request, timezone.now())
        messages.success(request, _("Saved."))
        return redirect("sessions")
    context = {"form": form, "pk": pk}
    return render(request, "treatments/preventive.html", context, status=422 if form.errors else 200)


@require_POST
def delete_preventive(request: PersonRequest, pk: int) -> HttpResponse:
    """Delete one preventive."""
    course = get_own_or_404(get_own_record(request), Preventive, pk=pk)
    text = _("%(name)s is deleted.") % {"name": course.name}
    delete_with_undo(request, course, text=text, page=reverse("sessions"))
    return redirect("sessions")
