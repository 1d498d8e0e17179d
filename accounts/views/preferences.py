"""Settings of a user: profile, record, theme, pain mode, logged-in devices."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, get_own_record, has_record
from accounts.actions import save_profile, save_record
from accounts.auth import idle
from accounts.context_processors import THEMES
from accounts.forms import ProfileForm, RecordForm
from core.dates import local_date

YEAR = 365 * 24 * 3600  # seconds
# The cookie holds a date; the longest day, on which clocks go back, has 25 hours.
PAIN_COOKIE_AGE = 26 * 3600  # seconds


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Store the chosen theme or tint in a cookie and go back to the page of the form."""
    theme, warm = request.POST.get("theme", ""), request.POST.get("warm", "")
    next_url = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(next_url, {request.get_host()}, require_https=request.is_secure()):
        next_url = "/"
    response = HttpResponseRedirect(next_url)
    if theme in THEMES:
        set_look_cookie(response, settings.THEME_COOKIE_NAME, theme)
    if warm in ("on", "off"):
        set_look_cookie(response, settings.WARM_COOKIE_NAME, warm)
    return response


def set_look_cookie(response: HttpResponse, name: str, value: str) -> None:
    """Store it in a cookie, so that the server can render the next page in it."""
    response.set_cookie(name, value, max_age=YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")


@require_POST
def pain(request: PersonRequest) -> HttpResponse:
    """Switch pain mode on or off, and go to the home page."""
    get_own_record(request)
    response = redirect("home")
    if request.POST.get("pain") == "on":
        response.set_cookie(
            settings.PAIN_COOKIE_NAME,
            local_date(request.user, timezone.now()).isoformat(),
            max_age=PAIN_COOKIE_AGE,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.PAIN_COOKIE_NAME, samesite="Lax")
    return response


@require_POST
def end_log_in(request: PersonRequest, pk: int) -> HttpResponse:
    """Log out one device; its next request gets the log-in page."""
    get_object_or_404(UserSession, user=request.user, pk=pk).end()
    messages.success(request, _("That device is logged out."))
    return redirect("usersessions_list")


@require_POST
def stay(request: PersonRequest) -> HttpResponse:
    """Prolong the log-in and return how many seconds it lasts; static/js/accounts/idle.js calls this."""
    now = timezone.now()
    if idle.get_idle_limit(request.user) is not None:
        idle.record_activity(request.session, now)
    left = idle.get_remaining(request.session, request.user, now)
    return JsonResponse({"left": None if left is None else int(left.total_seconds())})


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: PersonRequest) -> HttpResponse:
    """Show and save the profile; for a patient also the settings of the record."""
    record = get_own_record(request) if has_record(request.user) else None
    sent_form = request.POST.get("form")
    profile_form = ProfileForm(
        request.POST if sent_form == "profile" else None, instance=request.user, prefix="profile"
    )
    record_form = RecordForm(
        request.POST if sent_form == "record" else None, instance=record, prefix="record"
    )
    if sent_form == "profile" and profile_form.is_valid():
        save_profile(form=profile_form, record=record, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("preferences")
    if sent_form == "record" and record and record_form.is_valid():
        save_record(form=record_form, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("preferences")
    is_refused = request.method == "POST"
    if is_refused and not (profile_form.is_bound or record_form.is_bound):
        messages.error(request, _("The form came incomplete, so nothing was changed. Send it once more."))
    # A refused form has changed its instance in memory: the page around it shows what is stored.
    request.user.refresh_from_db()
    return render(
        request,
        "accounts/preferences.html",
        {"profile_form": profile_form, "record_form": record_form if record else None, "record": record},
        status=422 if is_refused else 200,
    )
