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
    """Unsubscribe as RFC 8058 wants it: GET asks, for scanners open links; POST acts without a log-in or a redirect.

    A link that belongs to no reminder gets 404 and changes nothing. Links are signed, so nobody can guess a valid one.
    """
    reminder = actions.get_reminder_to_unsubscribe(token)
    if reminder is None:
        return render(request, "reminders/unsubscribe_gone.html", status=404)
    if request.method == "POST":
        actions.unsubscribe(reminder=reminder, everything=everything, now=timezone.now())
        return render(request, "reminders/unsubscribed.html", {"everything": everything})
    return render(request, "reminders/unsubscribe.html", {"token": token, "everything": everything})


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop e-mails like the one the link came with."""
    return render_unsubscribe(request, token, everything=False)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_all(request: HttpRequest, token: str) -> HttpResponse:
    """Stop all e-mails."""
    return render_unsubscribe(request, token, everything=True)


@csrf_exempt  # only the recipient has the signed link, and a mail program's own browser may refuse cookies
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer_by_email(request: HttpRequest, token: str) -> HttpResponse:
    """Ask about one day of one person, from an e-mail, without a log-in. Nothing else of the diary is shown.

    A link that is invalid, older than 72 hours or of a closed account always gets the same answer.
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
            is_recorded = actions.answer_by_email(reminder=reminder, record=record, answer=answer, now=now)
        except ValidationError as error:
            context["problem"] = error.messages[0]
        else:
            if not is_recorded:
                return render(request, "reminders/answered_before.html", context)
            labels = {value: label for value, label, _is_current in answer_choices(answer)}
            return render(request, "reminders/answered.html", context | {"label": labels[answer]})
    return render(request, "reminders/answer.html", context, status=422 if "problem" in context else 200)
