"""Pages of the reminders: wishes, stops, a day answered from a letter, the operator's ledger, the machines' figures."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, has_record, operator
from accounts.clock import day_of
from headaches.today import answers
from reminders import actions, bounces, ledger, push, status
from reminders.forms import DeviceForm, WishesForm
from reminders.models import OPEN_STATES, OperatorNote, State
from reminders.people import preference_of


@require_http_methods(["GET", "HEAD", "POST"])
def reminders(request: PersonRequest) -> HttpResponse:
    """Everything a person chooses about her letters; what is planned, and what went out."""
    user, now = request.user, timezone.now()
    kept = preference_of(user)
    form = WishesForm(
        request.POST or None,
        instance=kept,
        is_patient=has_record(user),
        is_clinician=user.is_clinician,
        today=day_of(user, now),
    )
    if request.method == "POST" and form.is_valid():
        actions.save_wishes(user=user, kept=form.instance, now=now)
        messages.success(request, _("Saved."))
        return redirect("reminders")
    rows, coming = user.reminders.all(), [*OPEN_STATES, State.SENDING]
    over = [State.SENT, State.IN_DOUBT, State.FAILED, State.SUPPRESSED]
    context = {
        "form": form,
        "rhythm": user.record.get_rhythm_display() if form.is_patient else "",
        "paused": kept.pause_until if kept.pause_until and kept.pause_until > day_of(user, now) else None,
        "planned": rows.filter(state__in=coming).order_by("due_at", "pk"),
        "past": rows.filter(state__in=over).order_by("-due_at", "-pk")[:10],
        "devices": user.push_devices.all(),
        "push_key": push.public_key(),
    }
    return render(request, "reminders/reminders.html", context, status=422 if form.errors else 200)


@require_POST
def add_device(request: PersonRequest) -> HttpResponse:
    """A browser agreed to show letters. Asked by static/js/push.js, which shows the sentence it gets."""
    form = DeviceForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"said": _("This browser did not say where it listens. Try again.")}, status=422)
    try:
        actions.add_device(user=request.user, now=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        return JsonResponse({"said": error.messages[0]}, status=422)
    messages.success(request, _("Letters are shown on this device too."))
    return JsonResponse({"said": ""})


@require_POST
def remove_device(request: PersonRequest, pk: int) -> HttpResponse:
    actions.remove_device(device=get_object_or_404(request.user.push_devices, pk=pk), now=timezone.now())
    messages.success(request, _("The device is removed."))
    return redirect("reminders")


@require_POST
def try_address(request: PersonRequest) -> HttpResponse:
    """The address works again, she says."""
    actions.try_address_again(user=request.user)
    messages.success(request, _("Letters go to %(email)s again.") % {"email": request.user.email})
    return redirect("reminders")


def stopping(request: HttpRequest, token: str, *, everything: bool) -> HttpResponse:
    """RFC 8058: GET asks, for scanners open links; POST acts, whoever it comes from, and never redirects.

    A made-up token gets the same answer, so that none can be told from another.
    """
    if request.method == "POST":
        actions.stop(token=token, everything=everything, now=timezone.now())
        return render(request, "reminders/stopped.html", {"everything": everything})
    return render(request, "reminders/stop.html", {"token": token, "everything": everything})


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop_letters(request: HttpRequest, token: str) -> HttpResponse:
    """End letters like the one the link came with."""
    return stopping(request, token, everything=False)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop_all_letters(request: HttpRequest, token: str) -> HttpResponse:
    """End all letters by mail."""
    return stopping(request, token, everything=True)


@csrf_exempt  # the signed link is what nobody else has; a mail program's own browser may keep no cookie
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer_by_letter(request: HttpRequest, token: str) -> HttpResponse:
    """One question about one day of one person, from a letter, without a log-in. Shows nothing else of hers.

    A link that is made up, older than 72 hours or of a closed account gets one answer for all.
    """
    now = timezone.now()
    found = actions.letter_to_answer(token, now)
    if found is None:
        return render(request, "reminders/answer_gone.html", status=404)
    row, record = found
    context: dict[str, Any] = {"on": row.target_date, "today": day_of(record.user, now)}
    if request.method == "POST":
        try:
            said = actions.answer_by_letter(
                row=row, record=record, said=request.POST.get("answer", ""), now=now
            )
        except ValidationError as error:
            context["problem"] = error.messages[0]
        else:
            words = next(words for value, words, _now in answers(said) if value == said)
            return render(request, "reminders/answered.html", context | {"said": words})
    status_code = 422 if "problem" in context else 200
    return render(request, "reminders/answer.html", context | {"answers": answers(None)}, status=status_code)


@require_safe
def ledger_page(request: PersonRequest) -> HttpResponse:
    """For operators: states, the oldest due row, reasons, rows a human has to see. Each look is noted."""
    asker, now = operator(request), timezone.now()
    actions.noted(operator=asker, action=OperatorNote.Action.LOOKED, now=now)
    context = {
        "now": now,
        "health": status.health(now),
        "states": [(State(state).label, number) for state, number in status.states().items()],
        "reasons": [(State(state).label, reason, number) for state, reason, number in status.reasons()],
        "seen": Paginator(status.to_see().order_by("-due_at", "-pk"), 50).get_page(request.GET.get("page")),
        "waiting": status.due(now).order_by("due_at")[:20],
        "pulses": actions.pulses(),
        "notes": actions.latest_notes(),
    }
    return render(request, "reminders/ledger.html", context)


@require_POST
def resend(request: PersonRequest, pk: int) -> HttpResponse:
    """Try a row again that failed or is in doubt."""
    asker, now = operator(request), timezone.now()
    if not ledger.resend(pk, now):
        messages.error(request, _("This row is not there any more, or is under way already."))
        return redirect("ledger_page")
    actions.noted(operator=asker, action=OperatorNote.Action.RESENT, now=now, reminder_id=pk)
    messages.success(request, _("Row %(number)s is due again.") % {"number": pk})
    return redirect("ledger_page")


def is_private(request: HttpRequest) -> bool:
    """Whether a machine may read figures: by the token, or from this very machine when no proxy stands between."""
    token: str = settings.METRICS_TOKEN
    if token and constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return True
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} & set(request.headers)
    nobody_between = not settings.ALLAUTH_TRUSTED_PROXY_COUNT and not forwarded
    return nobody_between and request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The age of the last tick and of the oldest due row; 503 when either is too old."""
    if not is_private(request):
        raise Http404
    found = status.health(timezone.now())
    figures = {
        "well": found.is_well,
        "heartbeat_age_seconds": found.tick_age,
        "oldest_due_seconds": found.oldest_due,
    }
    return JsonResponse(figures, status=200 if found.is_well else 503)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, and for nobody else."""
    if not is_private(request):
        raise Http404
    return HttpResponse(
        status.metrics(timezone.now()), content_type="text/plain; version=0.0.4; charset=utf-8"
    )


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_hook(request: HttpRequest) -> HttpResponse:
    """Where the mail provider reports bounces; anymail checks who it is. 404 without a provider."""
    view = bounces.hook_view()
    if view is None:
        raise Http404
    return view(request)
