"""The home page."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_own_record, has_record
from accounts.invitation_session import get_pending_invitation
from accounts.middleware import UNSAVED_ANSWER_KEY
from accounts.pain_mode import is_pain_mode
from core.dates import local_date
from headaches.calendar import month_weeks, weekday_names
from headaches.notices import get_undo_notice
from headaches.rhythm import WEEKLY, rhythm_for_day
from headaches.today import answer_choices, pain_context, today_context, week_context
from treatments.actions import get_next_session
from treatments.views.aftercare import aftercare_context


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """Ask about today or, in a weekly rhythm, about the last seven days. A clinician gets the list of patients."""
    invitation = get_pending_invitation(request)
    if invitation and invitation.email == request.user.email:
        return redirect("invitation")
    if not has_record(request.user):
        return redirect("patients")
    record = get_own_record(request)
    today = local_date(request.user, timezone.now())
    notice = get_undo_notice(request, today)
    # An answer sent after the log-in had ended is shown, so that the user can tap it again.
    unsaved_answer = request.session.pop(UNSAVED_ANSWER_KEY, "")
    labels = {value: label for value, label, _is_current in answer_choices(None)}
    unsaved_context = {"unsaved": labels.get(unsaved_answer, "")}
    if is_pain_mode(request, request.user, timezone.now()):
        context = pain_context(record, today, request.GET, notice)
        return render(request, "headaches/pain.html", context | unsaved_context)
    next_session = get_next_session(record, today)
    last, target = (next_session.last, next_session.target) if next_session else (None, None)
    is_weekly = rhythm_for_day(today, record.rhythm, last, target) == WEEKLY
    question = (week_context if is_weekly else today_context)(record, today, notice)
    context = {
        **question,
        **unsaved_context,
        "is_weekly": is_weekly,
        "next": next_session,
        "weeks": month_weeks(record, today.replace(day=1), today),
        "weekday_names": weekday_names(),
        **aftercare_context(request, record, next_session, today),
    }
    return render(request, "home/home.html", context)


@require_safe
def more(request: PersonRequest) -> HttpResponse:
    """Show the patient what is not in the navigation: reminders, medicines, sharing, data, settings, theme, log-out."""
    get_own_record(request)
    return render(request, "home/more.html")
