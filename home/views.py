"""The first page after log-in."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, has_record, own_record
from accounts.invitation_session import pending_invitation
from accounts.middleware import UNSAVED
from accounts.pain_mode import in_pain
from core.dates import day_of
from headaches.calendar import weekday_heads, weeks
from headaches.notices import waiting_toast
from headaches.rhythm import WEEKLY, rhythm_on
from headaches.today import answers, pain_context, today_context, week_context
from treatments.actions import upcoming
from treatments.views.aftercare import aftercare_context


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """How was today? A clinician without a diary goes to the list of patients."""
    waiting = pending_invitation(request)
    if waiting and waiting.email == request.user.email:
        return redirect("invitation")
    if not has_record(request.user):
        return redirect("patients")
    record = own_record(request)
    today = day_of(request.user, timezone.now())
    unsaved = request.session.pop(UNSAVED, "")
    forgotten = {"unsaved": next((words for value, words, _now in answers(None) if value == unsaved), "")}
    if in_pain(request, request.user, timezone.now()):
        context = pain_context(record, today, request.GET, waiting_toast(request, today))
        return render(request, "headaches/pain.html", context | forgotten)
    coming = upcoming(record, today)
    last, target = (coming.last, coming.target) if coming else (None, None)
    weekly = rhythm_on(today, record.rhythm, last, target) == WEEKLY
    asks = week_context if weekly else today_context
    context = (
        asks(record, today, waiting_toast(request, today))
        | forgotten
        | {
            "weekly": weekly,
            "next": coming,
            "weeks": weeks(record, today.replace(day=1), today),
            "heads": weekday_heads(),
            **aftercare_context(request, record, coming, today),
        }
    )
    return render(request, "home/home.html", context)
