"""The home page."""

import datetime as dt

from django.forms import BaseForm
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest, get_own_record, has_record
from accounts.consent import is_asked
from accounts.invitation_session import get_pending_invitation
from accounts.middleware import UNSAVED_ANSWER_KEY
from accounts.models import Record
from accounts.pain_mode import is_pain_mode
from core.dates import local_date
from core.form_actions import save_form
from headaches import actions
from headaches.calendar import load_recent_days, mark_days, month_weeks, weekday_names
from headaches.notices import get_undo_notice
from headaches.rhythm import WEEKLY, rhythm_for_day
from headaches.today import answer_choices, pain_context, today_context, week_context
from home import setup
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
    if record.setup_step == setup.TODAY:
        return redirect("begin")
    today = local_date(request.user, timezone.now())
    notice = get_undo_notice(request, today)
    # An answer sent after the log-in had ended is shown, so that the user can tap it again.
    unsaved_answer = request.session.pop(UNSAVED_ANSWER_KEY, "")
    labels = {value: label for value, label, _is_current in answer_choices(None)}
    unsaved_context = {"unsaved": labels.get(unsaved_answer, "")}
    if is_pain_mode(request, request.user, timezone.now()):
        context = pain_context(record, today, request.GET, notice, timezone.now())
        return render(request, "headaches/pain.html", context | unsaved_context)
    next_session = get_next_session(record, today)
    last, target = (next_session.last, next_session.target) if next_session else (None, None)
    is_weekly = rhythm_for_day(today, record.rhythm, last, target) == WEEKLY
    recorded = load_recent_days(record, today)
    build_question = week_context if is_weekly else today_context
    question = build_question(record, recorded, today, notice, timezone.now())
    context = {
        **question,
        **unsaved_context,
        "record": record,
        "asks_consent": is_asked(request, request.user),
        "is_weekly": is_weekly,
        "next": next_session,
        "weeks": month_weeks(mark_days(recorded), today, today),
        "weekday_names": weekday_names(),
        "first_days": setup.count_first_week(record, timezone.now()),
        "first_week": setup.FIRST_WEEK,
        **aftercare_context(request, record, next_session, today),
    }
    return render(request, "home/home.html", context)


@require_safe
def more(request: PersonRequest) -> HttpResponse:
    """Show the patient what is not in the navigation: reminders, medicines, sharing, data, settings, theme, log-out."""
    get_own_record(request)
    return render(request, "home/more.html")


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: PersonRequest) -> HttpResponse:
    """Ask the next of the three questions after sign-up; "skip" leaves one out, "later" the rest."""
    if not has_record(request.user):
        return redirect("home")
    record, now = get_own_record(request), timezone.now()
    step, today = record.setup_step, local_date(request.user, now)
    if not step:
        return redirect("home")
    data = request.POST if request.method == "POST" else None
    if data is not None and data.get("step") != str(step):  # a page that was answered already
        return redirect("begin")
    if data is not None and ("skip" in data or "later" in data):
        setup.save_step(record=record, step=setup.DONE if "later" in data else step + 1)
        return redirect("begin")
    form, is_saved = answer_step(record, step, data, today, now)
    if is_saved:
        setup.save_step(record=record, step=step + 1)
        brings_file = step == setup.OLD_DIARY and form.cleaned_data["answer"] == setup.FILE
        return redirect("data" if brings_file else "begin")
    context = {
        "form": form,
        "step": step,
        "steps": setup.STEPS,
        "answers": answer_choices(None),
        "has_session": step == setup.OLD_DIARY and record.sessions.exists(),
    }
    return render(request, "home/begin.html", context, status=422 if form.errors else 200)


def answer_step(
    record: Record, step: int, data: QueryDict | None, today: dt.date, now: dt.datetime
) -> tuple[BaseForm, bool]:
    """Bind the form of a question and save a valid answer; return the form and whether it was saved."""
    if step == setup.TODAY:
        today_form = setup.TodayForm(data)
        return today_form, save_form(
            today_form,
            lambda: actions.record_answer(
                record=record, date=today, answer=today_form.cleaned_data["answer"], today=today, now=now
            ),
        )
    if step == setup.SESSION:
        form = setup.LastSessionForm(data, today=today, record=record)
        return form, save_form(form, lambda: setup.save_last_session(record=record, form=form, now=now))
    old = setup.OldDiaryForm(data)
    return old, save_form(old, lambda: setup.save_recalled_baseline(record=record, form=old))
