"""Who sees a record: grants, invitations and the access log."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import emails, sharing
from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.audit.read import group_entries, name_actors
from accounts.forms import InviteForm
from accounts.invitation_session import SESSION_KEY as INVITATION_KEY
from accounts.invitation_session import clear_token, get_pending_invitation
from accounts.models import Grant, Invitation


@require_safe
def access(request: PersonRequest) -> HttpResponse:
    """List who sees the record, who is invited, and the access log."""
    record = get_own_record(request)
    now = timezone.now()
    grants = record.grants.filter(revoked_at__isnull=True).select_related("clinician")
    open_invitations = [invitation for invitation in record.invitations.all() if invitation.is_open(now)]
    groups = group_entries(request.user, timezone.get_current_timezone())
    log = Paginator(groups, 30).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/access.html",
        {
            "record": record,
            "grants": grants,
            "invitations": open_invitations,
            "log": log,
            "events": name_actors(log.object_list),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
@rate_limit(action="invite")  # type: ignore[untyped-decorator]  # as above
def invite(request: PersonRequest) -> HttpResponse:
    """Invite a clinician by e-mail; the password is asked first."""
    record = get_own_record(request)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, token = sharing.invite(
                record=record, email=form.cleaned_data["email"], now=timezone.now()
            )
        except ValidationError as error:
            form.add_error("email", error)
        else:
            emails.send_invitation(invitation, token)
            messages.success(
                request, _("The invitation was sent to %(email)s.") % {"email": invitation.email}
            )
            return redirect("access")
    return render(request, "accounts/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Withdraw an invitation that nobody has accepted yet."""
    invitation = get_own_or_404(get_own_record(request), Invitation, pk=pk)
    sharing.withdraw(invitation=invitation, now=timezone.now())
    messages.success(request, _("The invitation no longer works."))
    return redirect("access")


@require_POST
def revoke(request: PersonRequest, pk: int) -> HttpResponse:
    """End the access of one clinician."""
    grant = get_own_or_404(get_own_record(request), Grant, pk=pk)
    sharing.revoke(grant=grant, now=timezone.now())
    messages.success(request, _("%(name)s can no longer see your record.") % {"name": grant.clinician})
    return redirect("access")


@login_not_required
@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Open the link of the e-mail. It changes nothing, for mail scanners open links too."""
    if sharing.open_invitation(token, timezone.now()) is None:
        return render(request, "accounts/invitation_gone.html", status=404)
    request.session[INVITATION_KEY] = token
    return redirect("invitation")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept the visitor's invitation; before log-in, offer log-in and sign-up."""
    invitation = get_pending_invitation(request)
    if invitation is None:
        clear_token(request)
        return render(request, "accounts/invitation_gone.html", status=404)
    context: dict[str, Any] = {"invitation": invitation}
    if not request.user.is_authenticated:
        return render(request, "accounts/invitation_start.html", context)
    user = request.user
    if user.email != invitation.email:
        clear_token(request)  # it is not for this account
        return render(request, "accounts/invitation_other.html", context)
    if request.method == "POST":
        grant = sharing.accept(invitation=invitation, clinician=user, now=timezone.now())
        clear_token(request)
        if grant is None:
            return render(request, "accounts/invitation_gone.html", status=404)
        messages.success(
            request, _("You can now see the record of %(name)s.") % {"name": invitation.record.user}
        )
        return redirect("patients")
    return render(request, "accounts/invitation_accept.html", context)
