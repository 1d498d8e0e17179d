"""Downloads of the report, for the patient and her clinician, and the clinician's continuation letter."""

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest, get_own_record, get_shared_record, log_access
from accounts.audit_models import AuditEntry
from clinic.documents.forms import LetterForm
from clinic.documents.letter import build_sections
from clinic.documents.letter_files import BadTemplateError, build_values, write_docx, write_letter_pdf
from clinic.documents.report import build_source, write_report
from clinic.documents.typeset import PAPERS
from clinic.payers.load import get_rule_set, load_rule_sets
from core.dates import local_date
from progress.dashboard.query import parse_query

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


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


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # as above
@rate_limit(action="export")  # type: ignore[untyped-decorator]  # as above
def letter(request: PersonRequest, key: str) -> HttpResponse:
    """Let the clinician edit the continuation letter, and send it as DOCX or PDF. Nothing of it is stored."""
    record = get_shared_record(request, key)
    today = local_date(record.user, timezone.now())
    rule_sets = load_rule_sets()
    rule_set = get_rule_set(request.GET.get("rules", "")) or rule_sets[0]
    sections = build_sections(build_source(record, today, is_today=True, is_own=False), rule_set)
    uploads = (request.POST, request.FILES) if request.method == "POST" else ()
    form = LetterForm(*uploads, sections=sections)
    if request.method == "POST" and form.is_valid():
        values = build_values(form.edited_sections(), form.blanks(), today)
        try:
            if form.cleaned_data["file"] == "pdf":
                answer = send_file(write_letter_pdf(values, today), "application/pdf", "letter.pdf")
            else:
                answer = send_file(write_docx(values, form.cleaned_data["template"]), DOCX, "letter.docx")
        except BadTemplateError as error:
            form.add_error("template", str(error))
        else:
            log_access([record], request.user, AuditEntry.Action.EXPORTED)
            return answer
    context = {"record": record, "key": key, "form": form, "rule_sets": rule_sets, "rule_set": rule_set}
    return render(request, "clinic/letter.html", context, status=422 if form.errors else 200)
