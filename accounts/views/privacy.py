"""The privacy page, the consent to it, and the operator's imprint."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import consent
from accounts.access import PersonRequest, get_own_record, has_record
from accounts.erasure import GRACE
from accounts.models import User


def list_retention() -> list[tuple[str, int]]:
    """Return what is kept for some days only, and for how many."""
    return [
        (_("What you typed and did not save"), settings.KEEP_DRAFT_DAYS),
        (_("Files you upload to import a diary"), settings.KEEP_UPLOAD_DAYS),
        (_("How a day was before and after a change"), settings.KEEP_CHANGE_DAYS),
        (_("Reminders that were sent"), settings.KEEP_REMINDER_DAYS),
        (_("Invitations that nobody accepted"), settings.KEEP_INVITATION_DAYS),
        (_("The access log"), settings.KEEP_AUDIT_DAYS),
        (_("Your account after you close it"), GRACE.days),
    ]


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is stored, why, for how long, and who sees it; ask a patient who has not agreed yet."""
    user = request.user
    is_patient = isinstance(user, User) and has_record(user)
    given = consent.get_consent(user) if is_patient and isinstance(user, User) else None
    context = {
        "retention": list_retention(),
        "version": consent.VERSION,
        "operator": settings.PRIVACY,
        "imprint": settings.IMPRINT,
        "consent": given,
        "is_asked": is_patient and given is None,
    }
    return render(request, "accounts/privacy.html", context)


@require_POST
def agree(request: PersonRequest) -> HttpResponse:
    """Store a patient's agreement to the present version of the privacy page."""
    get_own_record(request)
    consent.give_consent(user=request.user, language=get_language() or "en", now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("privacy")


@login_not_required
@require_safe
def imprint(request: HttpRequest) -> HttpResponse:
    """Show who runs the site, if the operator has said so."""
    if not settings.IMPRINT:
        raise Http404
    return render(request, "accounts/imprint.html", {"imprint": settings.IMPRINT})
