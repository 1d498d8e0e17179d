"""Health check, form drafts, help, and the demo's mailbox."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import drafts
from accounts.access import PersonRequest
from accounts.models import DemoEmail


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer "ok" if the process reaches its database. A connection that is open may still be dead: it is queried."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


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
