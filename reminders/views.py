"""Pages of the reminders: the patient's switch, and the address that ends the letters."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import PersonRequest, own_record, record_behind
from reminders.letters import record_key_of
from reminders.models import OPEN_STATES, State
from reminders.planning import switch, wants_letters


@require_http_methods(["GET", "HEAD", "POST"])
def reminders(request: PersonRequest) -> HttpResponse:
    """Which letters are planned, which were sent; and the switch."""
    record = own_record(request)
    if request.method == "POST":
        on = request.POST.get("letters") == "on"
        switch(record, on=on, now=timezone.now())
        messages.success(request, _("Reminders are on.") if on else _("Reminders are off."))
        return redirect("reminders")
    rows = record.reminders.all()
    context = {
        "on": wants_letters(record),
        "planned": rows.filter(state__in=[*OPEN_STATES, State.SENDING]),
        "past": rows.exclude(state__in=[*OPEN_STATES, State.SENDING]).order_by("-due_at")[:20],
    }
    return render(request, "reminders/reminders.html", context)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop_letters(request: HttpRequest, token: str) -> HttpResponse:
    """End the letters (RFC 8058): GET asks, for scanners open links; POST acts, whoever it comes from.

    A made-up token gets the same answer, so that none can be told from another.
    """
    if request.method == "GET":
        return render(request, "reminders/stop.html", {"token": token})
    record = record_behind(record_key_of(token))
    if record:
        switch(record, on=False, now=timezone.now())
    return render(request, "reminders/stopped.html")
