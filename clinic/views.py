"""The clinician's patient list and read-only view of one record."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, note_all, shared_record, shared_records
from accounts.models import AuditEntry
from clinic.roster import roster
from progress.dashboard.views import shown_page


@require_safe
def patients(request: PersonRequest) -> HttpResponse:
    """Everybody who shares a record with this clinician, the next session first."""
    records = list(shared_records(request.user))
    note_all(records, request.user, AuditEntry.Action.SAW_LIST)
    return render(request, "clinic/patients.html", {"rows": roster(records, timezone.now())})


@require_safe
def patient(request: PersonRequest, key: str) -> HttpResponse:
    """The patient's page, read-only; the look is noted."""
    return shown_page(request, shared_record(request, key), own=False)
