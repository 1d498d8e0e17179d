"""Downloads of the report, for the patient and for her clinician."""

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_own_record, get_shared_record, log_access
from accounts.audit_models import AuditEntry
from clinic.documents.report import write_report
from clinic.documents.typeset import PAPERS
from core.dates import local_date
from progress.dashboard.query import parse_query


def send_file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
@rate_limit(action="export", limit_get=True)  # type: ignore[untyped-decorator]  # as above
def report(request: PersonRequest, key: str | None = None) -> HttpResponse:
    """Send the one-page report in the language of its reader; ?paper=letter for the other paper."""
    record = get_shared_record(request, key) if key else get_own_record(request)
    today = local_date(record.user, timezone.now())
    as_of = parse_query(request.GET, today).as_of
    paper = request.GET.get("paper", "a4")
    pdf = write_report(
        record, as_of, is_today=as_of == today, is_own=key is None, paper=paper if paper in PAPERS else "a4"
    )
    log_access([record], request.user, AuditEntry.Action.EXPORTED)
    return send_file(pdf, "application/pdf", f"report-{as_of.isoformat()}.pdf")
