"""One's own account: what was done with it and by it, and closing it."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest
from accounts.audit.read import group_own_entries, name_actors, name_records
from accounts.emails import send_closing_notice
from accounts.erasure import GRACE, close_account
from accounts.forms import CloseForm
from core import formatting


@require_safe
def own_log(request: PersonRequest) -> HttpResponse:
    """Show a user what she did, here and in the records of others, and what was done with her account; by day."""
    groups = group_own_entries(request.user, timezone.get_current_timezone())
    log = Paginator(groups, 30).get_page(request.GET.get("page"))
    events = name_records(name_actors(log.object_list), request.user)
    return render(request, "accounts/log.html", {"log": log, "events": events})


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def close(request: PersonRequest) -> HttpResponse:
    """Say what will be erased and what stays; on POST, close the account."""
    form = CloseForm(request.POST if request.method == "POST" else None)
    now = timezone.now()
    erased_at = now + GRACE
    if request.method == "POST" and form.is_valid():
        user = request.user
        close_account(user=user, actor=user, now=now)
        send_closing_notice(user, erased_at)
        logout(request)
        day = formatting.day(timezone.localdate(erased_at))
        messages.success(
            request,
            _("Your account is closed. It is erased on %(day)s. Log in before to keep it.") % {"day": day},
        )
        return redirect("account_login")
    context = {"form": form, "erased_at": timezone.localdate(erased_at)}
    return render(request, "accounts/close.html", context, status=422 if form.errors else 200)
