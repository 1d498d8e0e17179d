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
from reminders.models import ACTIVE, ReminderPreference, State


@require_http_methods(["GET", "HEAD", "POST"])
def reminders(request: PersonRequest) -> HttpResponse:
    """Show and save a user's reminder settings; list what is planned and what was sent."""
    user, now = request.user, timezone.now()
    # What the user chose, or an unsaved row with the defaults.
    preference = getattr(user, "reminder_preference", None) or ReminderPreference(user=user)
    today = local_date(user, now)
    form = PreferencesForm(
        request.POST or None,
        instance=preference,
        is_patient=has_record(user),
        is_clinician=user.is_clinician,
        today=today,
    )
    if request.method == "POST" and form.is_valid():
        actions.save_preferences(user=user, preference=form.instance, changed=form.changed_data, now=now)
        messages.success(request, _("Saved."))
        return redirect("reminders")
    past_states = [State.SENT, State.IN_DOUBT, State.FAILED, State.SUPPRESSED]
    is_paused = preference.pause_until is not None and preference.pause_until > today
    context = {
        "form": form,
        "rhythm": user.record.get_rhythm_display() if form.is_patient else "",
        "paused_until": preference.pause_until if is_paused else None,
        "planned": user.reminders.filter(state__in=ACTIVE).order_by("due_at", "pk"),
        "past": user.reminders.filter(state__in=past_states).order_by("-due_at", "-pk")[:10],
        "devices": user.push_devices.all(),
        "push_key": push.public_key(),
    }
    return render(request, "reminders/reminders.html", context, status=422 if form.errors else 200)


@require_POST
def add_device(request: PersonRequest) -> HttpResponse:
    """Store the push subscription of a browser. static/js/accounts/push.js sends it and shows the text in "said"."""
    form = DeviceForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"said": _("This device could not be added. Try again.")}, status=422)
    try:
        actions.add_device(user=request.user, now=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        return JsonResponse({"said": error.messages[0]}, status=422)
    messages.success(request, _("Reminders are shown on this device too."))
    return JsonResponse({"said": ""})


@require_POST
def remove_device(request: PersonRequest, pk: int) -> HttpResponse:
    """Stop notifications on one device."""
    actions.remove_device(device=get_object_or_404(request.user.push_devices, pk=pk), now=timezone.now())
    messages.success(request, _("The device is removed."))
    return redirect("reminders")


@require_POST
def try_address(request: PersonRequest) -> HttpResponse:
    """Send e-mails to the address again, because the user says that it works."""
    request.user.bounced_email = ""
    request.user.save(update_fields=["bounced_email"])
    messages.success(request, _("E-mails go to %(email)s again.") % {"email": request.user.email})
    return redirect("reminders")
