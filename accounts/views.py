"""Pages of the ground floor: settings, who has access, invitations, theme, health, the demo's mailbox."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template import loader
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts, idle, letters, sharing
from accounts.access import PersonRequest, has_record, mine, own_record
from accounts.calm import end_pain, set_pain
from accounts.context import THEMES, is_warm, theme_of
from accounts.forms import InviteForm, ProfileForm, RecordForm
from accounts.models import DemoLetter, Grant, Invitation
from accounts.pending import drop_token, keep_token, pending_invitation
from accounts.settings_change import save_profile, save_record

YEAR = 365 * 24 * 3600


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers and reaches its database."""
    connection.ensure_connection()
    return HttpResponse("ok", content_type="text/plain")


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
        keep_look(response, settings.THEME_COOKIE_NAME, chosen)
    if warm in ("on", "off"):
        keep_look(response, settings.WARM_COOKIE_NAME, warm)
    return response


def keep_look(response: HttpResponse, name: str, chosen: str) -> None:
    """In a cookie, so that the first byte of the next page is in the right light."""
    response.set_cookie(name, chosen, max_age=YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")


@require_POST
def pain(request: PersonRequest) -> HttpResponse:
    """The switch for a bad day; either way back to the first page."""
    own_record(request)
    response = redirect("home")
    if request.POST.get("pain") == "on":
        set_pain(response, request.user, timezone.now())
    else:
        end_pain(response)
    return response


@require_http_methods(["POST", "DELETE"])
def draft(request: PersonRequest) -> HttpResponse:
    """Keep what was typed so far, or let it go; asked by static/js/drafts.js."""
    if len(request.body) > 4 * drafts.LONGEST:  # as UTF-8, beside key and edit
        return HttpResponse(_("This is too long for a draft."), status=413, content_type="text/plain")
    try:
        key, edit, fields = drafts.read(request.body)
        if request.method == "DELETE":
            drafts.end(user=request.user, key=key, edit=edit, now=timezone.now())
        else:
            drafts.keep(user=request.user, key=key, edit=edit, fields=fields or {}, now=timezone.now())
    except ValidationError as error:
        return HttpResponse(error.messages[0], status=400, content_type="text/plain")
    return HttpResponse(status=204)


@require_POST
def end_log_in(request: PersonRequest, pk: int) -> HttpResponse:
    """End one log-in of the list; the device meets the log-in page with its next request."""
    get_object_or_404(UserSession, user=request.user, pk=pk).end()
    messages.success(request, _("That log-in has ended."))
    return redirect("usersessions_list")


@require_POST
def stay(request: PersonRequest) -> HttpResponse:
    """Somebody is there: the log-in lasts on. Answers how many seconds; asked by static/js/idle.js."""
    now, limit = timezone.now(), idle.limit_of(request.user)
    if limit is None:
        return JsonResponse({"left": None})
    idle.notice(request.session, now)
    return JsonResponse({"left": int(idle.left(request.session, limit, now).total_seconds())})


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/help.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. What is wrong may be the host or the session: nothing of either is asked here."""
    return alone(request, "400.html", 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. The database may be away: the page asks it nothing, and is in the reader's light all the same."""
    return alone(request, "500.html", 500)


def alone(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """A page that needs nothing but itself: no person, no form, no message."""
    with translation.override(translation.get_language_from_request(request)):
        context = {
            "theme": theme_of(request), "warm": is_warm(request), "LANGUAGE_CODE": translation.get_language(),
            "LANGUAGE_BIDI": translation.get_language_bidi(),
        }  # fmt: skip
        return HttpResponse(loader.render_to_string(template, context), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that lost its token: a sentence and a way on instead of a dead end."""
    return render(request, "403_csrf.html", status=403)


@login_not_required
@require_safe
def mailbox(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Demo mode only: the letters the site would have sent."""
    if not settings.DEMO:
        raise Http404
    page = Paginator(DemoLetter.objects.all(), 20).get_page(request.GET.get("page"))
    letter = get_object_or_404(DemoLetter, pk=pk) if pk else None
    return render(request, "accounts/mailbox.html", {"page": page, "letter": letter})


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: PersonRequest) -> HttpResponse:
    """Name, zone, language; and for a patient what counts as a headache day, and the interval."""
    record = own_record(request) if has_record(request.user) else None
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


@require_safe
def access(request: PersonRequest) -> HttpResponse:
    """Who sees the record, who is invited, and who has looked."""
    record = own_record(request)
    now = timezone.now()
    grants = record.grants.filter(revoked_at__isnull=True).select_related("clinician")
    waiting = [invitation for invitation in record.invitations.all() if invitation.is_open(now)]
    log = Paginator(record.audit.all(), 30).get_page(request.GET.get("page"))
    return render(request, "accounts/access.html", {"grants": grants, "waiting": waiting, "log": log})


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def invite(request: PersonRequest) -> HttpResponse:
    record = own_record(request)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, token = sharing.invite(
                record=record, email=form.cleaned_data["email"], now=timezone.now()
            )
        except ValidationError as error:
            form.add_error("email", error)
        else:
            letters.invitation(invitation, token)
            messages.success(
                request, _("The invitation is on its way to %(email)s.") % {"email": invitation.email}
            )
            return redirect("access")
    return render(request, "accounts/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    invitation = mine(own_record(request), Invitation, pk=pk)
    sharing.withdraw(invitation=invitation, now=timezone.now())
    messages.success(request, _("The invitation no longer works."))
    return redirect("access")


@require_POST
def revoke(request: PersonRequest, pk: int) -> HttpResponse:
    grant = mine(own_record(request), Grant, pk=pk)
    sharing.revoke(grant=grant, now=timezone.now())
    messages.success(request, _("%(name)s no longer sees your record.") % {"name": grant.clinician})
    return redirect("access")


@login_not_required
@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the letter. Looking changes nothing: mail scanners open links too."""
    if sharing.open_invitation(token, timezone.now()) is None:
        return render(request, "accounts/invitation_gone.html", status=404)
    keep_token(request, token)
    return redirect("invitation")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept the invitation this visitor came by; before log-in, the way to an account."""
    found = pending_invitation(request)
    if found is None:
        drop_token(request)
        return render(request, "accounts/invitation_gone.html", status=404)
    context: dict[str, Any] = {"invitation": found}
    if not request.user.is_authenticated:
        return render(request, "accounts/invitation_start.html", context)
    user = request.user
    if user.email != found.email:
        drop_token(request)  # not for this account: her own pages stay hers
        return render(request, "accounts/invitation_other.html", context)
    if request.method == "POST":
        grant = sharing.accept(invitation=found, clinician=user, now=timezone.now())
        drop_token(request)
        if grant is None:
            return render(request, "accounts/invitation_gone.html", status=404)
        messages.success(request, _("You now see the record of %(name)s.") % {"name": found.record.user})
        return redirect("patients")
    return render(request, "accounts/invitation_accept.html", context)
