"""The patient's reminder settings."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, has_record
from core.dates import local_date
from reminders import actions
from reminders.delivery import push
from reminders.forms import DeviceForm, PreferencesForm
from reminders.models import OPEN_STATES, State
from reminders.scheduling.recipients import get_preference


@require_http_methods(["GET", "HEAD", "POST"])
def reminders(request: PersonRequest) -> HttpResponse:
    """Everything a person chooses about her letters; what is planned, and what went out."""
    user, now = request.user, timezone.now()
    kept = get_preference(user)
    form = PreferencesForm(
        request.POST or None,
        instance=kept,
        is_patient=has_record(user),
        is_clinician=user.is_clinician,
        today=local_date(user, now),
    )
    if request.method == "POST" and form.is_valid():
        actions.save_preferences(user=user, preference=form.instance, now=now)
        messages.success(request, _("Saved."))
        return redirect("reminders")
    rows, coming = user.reminders.all(), [*OPEN_STATES, State.SENDING]
    over = [State.SENT, State.IN_DOUBT, State.FAILED, State.SUPPRESSED]
    context = {
        "form": form,
        "rhythm": user.record.get_rhythm_display() if form.is_patient else "",
        "paused": kept.pause_until if kept.pause_until and kept.pause_until > local_date(user, now) else None,
        "planned": rows.filter(state__in=coming).order_by("due_at", "pk"),
        "past": rows.filter(state__in=over).order_by("-due_at", "-pk")[:10],
        "devices": user.push_devices.all(),
        "push_key": push.public_key(),
    }
    return render(request, "reminders/reminders.html", context, status=422 if form.errors else 200)


@require_POST
def add_device(request: PersonRequest) -> HttpResponse:
    """A browser agreed to show letters. Asked by static/js/accounts/push.js, which shows the sentence it gets."""
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
    actions.clear_bounce(user=request.user)
    messages.success(request, _("Letters go to %(email)s again.") % {"email": request.user.email})
    return redirect("reminders")
