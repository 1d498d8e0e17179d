"""Pages of the reminders: the patient's switch, and the address that ends the letters."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import PersonRequest, own_record
from accounts.models import Record
from reminders.letters import record_key_of
from reminders.models import OPEN_STATES, ReminderPreference, State
from reminders.planning import plan, wants_letters


@transaction.atomic
def switch(record: Record, *, on: bool) -> None:
    """Turn the letters on or off, and the ledger with them."""
    ReminderPreference.objects.update_or_create(record=record, defaults={"session_letters": on})
    plan(record, timezone.now())


@require_http_methods(["GET", "POST"])
def reminders(request: PersonRequest) -> HttpResponse:
    """Which letters are planned, which were sent; and the switch."""
    record = own_record(request)
    if request.method == "POST":
        on = request.POST.get("letters") == "on"
        switch(record, on=on)
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
@require_http_methods(["GET", "POST"])
def stop_letters(request: HttpRequest, token: str) -> HttpResponse:
    """End the letters (RFC 8058): GET asks, for scanners open links; POST acts, whoever it comes from.

    A made-up token gets the same answer, so that none can be told from another.
    """
    if request.method == "GET":
        return render(request, "reminders/stop.html", {"token": token})
    record = Record.objects.select_related("user").filter(key=record_key_of(token) or "").first()
    if record:
        switch(record, on=False)
    return render(request, "reminders/stopped.html")
