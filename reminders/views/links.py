"""Links in e-mails: unsubscribe and answer, without log-in."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.dates import local_date
from headaches.today import answer_choices
from reminders import actions


def render_unsubscribe(request: HttpRequest, token: str, *, everything: bool) -> HttpResponse:
    """RFC 8058: GET asks, for scanners open links; POST acts, whoever it comes from, and never redirects.

    A made-up token gets the same answer, so that none can be told from another.
    """
    if request.method == "POST":
        actions.unsubscribe(token=token, everything=everything, now=timezone.now())
        return render(request, "reminders/stopped.html", {"everything": everything})
    return render(request, "reminders/stop.html", {"token": token, "everything": everything})


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop_letters(request: HttpRequest, token: str) -> HttpResponse:
    """End letters like the one the link came with."""
    return render_unsubscribe(request, token, everything=False)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop_all_letters(request: HttpRequest, token: str) -> HttpResponse:
    """End all letters by mail."""
    return render_unsubscribe(request, token, everything=True)


@csrf_exempt  # the signed link is what nobody else has; a mail program's own browser may keep no cookie
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer_by_letter(request: HttpRequest, token: str) -> HttpResponse:
    """One question about one day of one person, from a letter, without a log-in. Shows nothing else of hers.

    A link that is made up, older than 72 hours or of a closed account gets one answer for all.
    """
    now = timezone.now()
    match = actions.get_reminder_to_answer(token, now)
    if match is None:
        return render(request, "reminders/answer_gone.html", status=404)
    reminder, record = match
    context: dict[str, Any] = {
        "date": reminder.target_date,
        "today": local_date(record.user, now),
        "answers": answer_choices(None),
    }
    if request.method == "POST":
        answer = request.POST.get("answer", "")
        try:
            actions.answer_by_email(reminder=reminder, record=record, answer=answer, now=now)
        except ValidationError as error:
            context["problem"] = error.messages[0]
        else:
            labels = {value: label for value, label, _is_current in answer_choices(answer)}
            return render(request, "reminders/answered.html", context | {"label": labels[answer]})
    return render(request, "reminders/answer.html", context, status=422 if "problem" in context else 200)
