"""Health check, form drafts, undo of a deletion, help, and the demo's mailbox."""

import logging
from typing import Final

from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.access import PersonRequest, get_own_record
from accounts.deletions import pop_deletion, restore_row
from accounts.models import DemoEmail
from core.counters import count
from core.health import list_problems_since_start
from core.policy_reports import read_blocked_directive

log = logging.getLogger(__name__)
MAX_REPORT: Final = 10_000  # bytes


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer "ok" if pages work, 503 with a line for each reason why they would fail.

    Reasons: the database is not reached, migrations are not applied, cache table or static files are missing.
    """
    problems = list_problems_since_start()
    return HttpResponse(
        "\n".join(problems) or "ok", status=503 if problems else 200, content_type="text/plain"
    )


@csrf_exempt  # sent by the browser itself, without a form
@login_not_required
@require_POST
@rate_limit(action="csp_report")  # type: ignore[untyped-decorator]  # allauth has no types
def csp_report(request: HttpRequest) -> HttpResponse:
    """Count a browser's report that a page tried what the content security policy forbids. Logs no address."""
    if len(request.body) > MAX_REPORT:
        return HttpResponse(status=413)
    directive = read_blocked_directive(request.body)
    count("csp_reports_total", directive=directive)
    log.warning("a page broke the content security policy: %s", directive)
    return HttpResponse(status=204)


@require_http_methods(["POST", "DELETE"])
def draft(request: PersonRequest) -> HttpResponse:
    """Store what was typed so far, or discard it; static/js/forms/drafts.js calls this."""
    if len(request.body) > 4 * drafts.MAX_LENGTH:  # as UTF-8, beside key and edit
        return HttpResponse(_("This is too long for a draft."), status=413, content_type="text/plain")
    try:
        key, edit, fields = drafts.parse_draft(request.body)
        if request.method == "DELETE":
            drafts.end_draft(user=request.user, key=key, edit=edit, now=timezone.now())
        else:
            drafts.save_draft(user=request.user, key=key, edit=edit, fields=fields or {}, now=timezone.now())
    except ValidationError as error:
        return HttpResponse(error.messages[0], status=400, content_type="text/plain")
    return HttpResponse(status=204)


@require_POST
def undo_deletion(request: PersonRequest) -> HttpResponse:
    """Bring back the row that was deleted last in this log-in."""
    record = get_own_record(request)
    stored, page = pop_deletion(request)
    try:
        restore_row(record=record, stored=stored, now=timezone.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("It is back."))
    return redirect(page)


@require_POST
def dismiss_deletion(request: PersonRequest) -> HttpResponse:
    """Dismiss the notice of a deletion, and with it its undo."""
    get_own_record(request)
    return redirect(pop_deletion(request)[1])


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Show the help, also before the log-in."""
    return render(request, "accounts/help.html")


@login_not_required
@require_safe
def mailbox(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Show the e-mails the site would have sent. Demo mode only."""
    if not settings.DEMO:
        raise Http404
    page = Paginator(DemoEmail.objects.all(), 20).get_page(request.GET.get("page"))
    email = get_object_or_404(DemoEmail, pk=pk) if pk else None
    return render(request, "accounts/mailbox.html", {"page": page, "email": email})
