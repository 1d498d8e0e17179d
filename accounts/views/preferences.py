"""Settings of a person: profile, record, theme, pain mode, and open log-ins."""

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
from accounts.pain_mode import end_pain_mode, start_pain_mode

YEAR = 365 * 24 * 3600


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme or tint in a cookie and go back to where the reader was."""
    chosen, warm = request.POST.get("theme", ""), request.POST.get("warm", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    if chosen in THEMES:
        set_look_cookie(response, settings.THEME_COOKIE_NAME, chosen)
    if warm in ("on", "off"):
        set_look_cookie(response, settings.WARM_COOKIE_NAME, warm)
    return response


def set_look_cookie(response: HttpResponse, name: str, chosen: str) -> None:
    """In a cookie, so that the first byte of the next page is in the right light."""
    response.set_cookie(name, chosen, max_age=YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")


@require_POST
def pain(request: PersonRequest) -> HttpResponse:
    """The switch for a bad day; either way back to the first page."""
    get_own_record(request)
    response = redirect("home")
    if request.POST.get("pain") == "on":
        start_pain_mode(response, request.user, timezone.now())
    else:
        end_pain_mode(response)
    return response


@require_POST
def end_log_in(request: PersonRequest, pk: int) -> HttpResponse:
    """End one log-in of the list; the device meets the log-in page with its next request."""
    get_object_or_404(UserSession, user=request.user, pk=pk).end()
    messages.success(request, _("That log-in has ended."))
    return redirect("usersessions_list")


@require_POST
def stay(request: PersonRequest) -> HttpResponse:
    """Somebody is there: the log-in lasts on. Answers how many seconds; asked by static/js/accounts/idle.js."""
    now, limit = timezone.now(), idle.get_idle_limit(request.user)
    if limit is None:
        return JsonResponse({"left": None})
    idle.record_activity(request.session, now)
    return JsonResponse({"left": int(idle.remaining(request.session, limit, now).total_seconds())})


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: PersonRequest) -> HttpResponse:
    """Name, zone, language; and for a patient what counts as a headache day, and the interval."""
    record = get_own_record(request) if has_record(request.user) else None
    which = request.POST.get("form")
    profile = ProfileForm(
        request.POST if which == "profile" else None, instance=request.user, prefix="profile"
    )
    about = RecordForm(request.POST if which == "record" else None, instance=record, prefix="record")
    if which == "profile" and profile.is_valid():
        save_profile(form=profile, record=record, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("preferences")
    if which == "record" and record and about.is_valid():
        save_record(form=about, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("preferences")
    status = 422 if request.method == "POST" else 200
    # A refused form has changed its instance in memory: the page around it shows what is stored.
    request.user.refresh_from_db()
    return render(
        request,
        "accounts/preferences.html",
        {"profile": profile, "about": about if record else None, "record": record},
        status=status,
    )
