"""The clinician's patient list and read-only view of one record."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_shared_record, get_shared_records, log_access
from accounts.audit_models import AuditEntry
from clinic.roster import build_roster
from progress.dashboard.views import render_dashboard


@require_safe
def patients(request: PersonRequest) -> HttpResponse:
    """List everybody who shares a record with this clinician, the next session first."""
    records = list(get_shared_records(request.user))
    log_access(records, request.user, AuditEntry.Action.SAW_LIST)
    return render(request, "clinic/patients.html", {"rows": build_roster(records, timezone.now())})


@require_safe
def patient(request: PersonRequest, key: str) -> HttpResponse:
    """Show the patient's progress page, read-only; the access is logged."""
    return render_dashboard(request, get_shared_record(request, key), is_own=False)
