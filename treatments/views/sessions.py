"""Pages of the treatment: sessions, the booking, other preventives."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.models import Record
from core.dates import local_date
from treatments import actions
from treatments.domain.expectations import build_stages
from treatments.domain.sites import Totals, build_layout, totals
from treatments.forms import PreventiveForm
from treatments.models import InjectionSession, Preventive


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session of the list: its number, days since the one before and how far from due that was."""

    number: int
    session: InjectionSession
    gap: int | None
    off: int
    totals: Totals


def number_sessions(rows: list[InjectionSession], interval_days: int) -> list[SessionLine]:
    """The sessions, oldest first, each seen from the one before."""
    gaps = [None, *((after.date - before.date).days for before, after in pairwise(rows))]
    return [
        SessionLine(
            number, row, gap, gap - interval_days if gap else 0, totals(build_layout(row.injections.all()))
        )
        for number, (row, gap) in enumerate(zip(rows, gaps, strict=False), start=1)
    ]


def preventive_groups(record: Record, today: date) -> list[tuple[str, list[Preventive]]]:
    """Preventives that are taken, and those that were tried; groups without one are left out."""
    courses = list(record.preventives.all())
    running = [course for course in courses if course.runs(today)]
    tried = [course for course in courses if course not in running]
    return [(words, found) for words, found in ((_("Running"), running), (_("Tried"), tried)) if found]


@require_safe
def sessions(request: PersonRequest) -> HttpResponse:
    """All sessions, newest first, the next one above them, other preventives below."""
    record = get_own_record(request)
    today = local_date(request.user, timezone.now())
    rows = list(record.sessions.prefetch_related("injections"))
    coming = actions.get_next_session(record, today)
    dates = [row.date for row in rows]
    context = {
        "sessions": number_sessions(rows, record.interval_days)[::-1],
        "next": coming,
        "expected": [(stage, "") for stage in build_stages(dates, coming, today)] if coming else [],
        "preventives": preventive_groups(record, today),
    }
    return render(request, "treatments/sessions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_session(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask, then delete: a session carries every comparison, so this one asks."""
    kept = get_own_or_404(get_own_record(request), InjectionSession, pk=pk)
    if request.method == "POST":
        actions.delete_session(session=kept, now=timezone.now())
        messages.success(request, _("The session is deleted."))
        return redirect("sessions")
    return render(request, "treatments/delete_session.html", {"session": kept})


@require_http_methods(["GET", "HEAD", "POST"])
def preventive(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Enter another preventive, or correct one."""
    record = get_own_record(request)
    kept = get_own_or_404(record, Preventive, pk=pk) if pk else Preventive(record=record)
    form = PreventiveForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        form.save()
        drafts.discard_draft(request, timezone.now())
        messages.success(request, _("Saved."))
        return redirect("sessions")
    context = {"form": form, "pk": pk}
    return render(request, "treatments/preventive.html", context, status=422 if form.errors else 200)


@require_POST
def delete_preventive(request: PersonRequest, pk: int) -> HttpResponse:
    kept = get_own_or_404(get_own_record(request), Preventive, pk=pk)
    kept.delete()
    messages.success(request, _("%(name)s is deleted.") % {"name": kept.name})
    return redirect("sessions")
