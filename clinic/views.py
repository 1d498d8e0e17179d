"""The clinician's patient list and read-only view of one record."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_shared_record, get_shared_records, log_access_to_many
from accounts.models import AuditEntry
from clinic.roster import build_roster
from progress.dashboard.views import show_page
from progress.models import Page


@require_safe
def patients(request: PersonRequest) -> HttpResponse:
    """List everybody who shares a record with this clinician, the next session first."""
    records = list(get_shared_records(request.user))
    log_access_to_many(records, request.user, AuditEntry.Action.SAW_LIST)
    return render(request, "clinic/patients.html", {"rows": build_roster(records, timezone.now())})


@require_safe
def patient(request: PersonRequest, key: str, page: str = Page.OVERVIEW) -> HttpResponse:
    """Show one of the patient's progress pages, read-only; the access is logged."""
    return show_page(request, get_shared_record(request, key), page, is_own=False)
