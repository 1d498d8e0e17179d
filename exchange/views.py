"""Pages to export a record and to import files, with a preview before and an undo after."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, get_own_or_404, get_own_record, has_record
from accounts.audit.log import Action, log_event
from core import formatting
from core.dates import local_date
from exchange.account_data import write_account_files
from exchange.archive import RefusedError, pack_files
from exchange.cells import BadCellError
from exchange.export import write_files
from exchange.forms import AnswersForm, ColumnsForm, EncodingForm, UploadForm
from exchange.imports import draft as drafts
from exchange.imports.apply import Change
from exchange.imports.datetimes import format_hours
from exchange.imports.diff import FILE_LABELS, Difference, describe_row, find_differences
from exchange.imports.draft import KEEP_CURRENT, USE_IMPORTED, ImportSession
from exchange.imports.inference import has_ambiguous_dates
from exchange.imports.other_diary import Mapping, parse_attack
from exchange.models import ImportDraft
from exchange.rows import export_rows
from exchange.schema import DIARY, Row

CHANGES_A_PAGE, PROBLEMS_A_PAGE, PREVIEW_ROWS = 20, 50, 10


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="import")  # type: ignore[untyped-decorator]  # as above
def data(request: PersonRequest) -> HttpResponse:
    """Show the export, the upload form, and the imports that can be undone."""
    record = get_own_record(request)
    now = timezone.now()
    is_posted = request.method == "POST"
    uploaded = (request.POST, request.FILES) if is_posted else ()  # reading them sets upload_too_large
    form = UploadForm(*uploaded, too_large=getattr(request, "upload_too_large", False))
    if is_posted and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            draft = drafts.start_import(record, file.name, file, now)
        except RefusedError as error:
            form.add_error("file", str(error))
        else:
            return redirect("import_draft", pk=draft.pk)
    recent_imports = record.imports.exclude(drafts.expired_query(now)).defer(
        "content", "parsed_table", "parsed_files", "touched", "mapping"
    )
    context = {"form": form, "imports": list(recent_imports), "period": drafts.describe_retention()}
    return render(request, "exchange/data.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
@rate_limit(action="export")  # type: ignore[untyped-decorator]  # as above
def export_data(request: PersonRequest) -> HttpResponse:
    """Describe the zip, and send it on POST. Who keeps no record gets what is stored of the account."""
    if request.method == "GET":
        return render(request, "exchange/export.html")
    now = timezone.now()
    today = local_date(request.user, now).isoformat()
    log_event(request.user, Action.EXPORTED, actor=request.user, now=now)
    files = write_account_files(request.user)
    if has_record(request.user):
        files = write_files(export_rows(get_own_record(request))) | files
    response = HttpResponse(pack_files(files), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="diary-{today}.zip"'
    return response


def get_open_import(request: PersonRequest, pk: int) -> ImportSession:
    """Return an own undecided import, or 404."""
    record = get_own_record(request)
    now = timezone.now()
    draft = get_own_or_404(
        record, ImportDraft, pk=pk, state=ImportDraft.State.OPEN, created_at__gt=now - drafts.get_retention()
    )
    return drafts.open_import(draft, record, now)


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A changed row on the page: its code, its title, its differences, and which row was chosen."""

    code: str
    title: str
    differences: list[Difference]
    uses_imported: bool


@require_http_methods(["GET", "HEAD", "POST"])
def import_draft(request: PersonRequest, pk: int) -> HttpResponse:
    """Preview an import; on POST, store which of two differing rows to use."""
    session = get_open_import(request, pk)
    if session.offers:
        return choose_encoding(request, session)
    if session.needs_columns:
        return redirect("import_columns", pk=pk)
    is_answered = "answers" in request.POST
    form = AnswersForm(
        request.POST if is_answered else None, questions=session.files.questions, answers=session.answers
    )
    if is_answered and form.is_valid():
        drafts.save_answers(session, form.cleaned_data, timezone.now())
    if request.method == "POST" and not form.errors:
        save_posted_choices(session.draft, request.POST)
        return redirect(f"{request.path}?{request.GET.urlencode()}" if request.GET else request.path)
    context = preview_context(request, session) | {"answers": form, "period": drafts.describe_retention()}
    return render(request, "exchange/preview.html", context, status=422 if form.errors else 200)


def preview_context(request: PersonRequest, session: ImportSession) -> dict[str, Any]:
    plan = session.plan
    changes: Page[Change] = Paginator(plan.changed, CHANGES_A_PAGE).get_page(request.GET.get("page"))
    replaced = sum(map(session.uses_imported, plan.changed))
    added = sum(map(len, plan.new.values()))
    return {
        "draft": session.draft,
        "counts": [
            (FILE_LABELS[name], counts) for name, counts in plan.counts().items() if any(counts.values())
        ],
        "problems": Paginator(session.files.problems, PROBLEMS_A_PAGE).get_page(request.GET.get("wrong")),
        "changes": changes,
        "rows": [
            ConflictRow(
                change.code,
                describe_row(change.file, change.new.key),
                find_differences(change),
                session.uses_imported(change),
            )
            for change in changes
        ],
        "fingerprint": plan.fingerprint(),
        "added": added,
        "replaced": replaced,
        "kept": len(plan.changed) - replaced,
        "is_other_diary": session.is_other_diary,
        "is_empty": not any(session.files.rows.values()) and not session.files.problems,
        "diary": session.diary,
        "summary": summarize_days(session.files.rows.get(DIARY, [])) if session.diary else None,
    }


def summarize_days(rows: list[Row]) -> dict[str, Any]:
    """Return how many days of a file have a headache and how many have none, and the first and the last date."""
    headaches = sum(row.values["headache"] for row in rows)
    days = sorted(date.fromisoformat(row.key[0]) for row in rows)
    return {
        "headaches": headaches,
        "free": len(rows) - headaches,
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
    }


def save_posted_choices(draft: ImportDraft, posted: QueryDict) -> None:
    """Store the posted choices: one for all rows, or those of this page."""
    choice_for_all = posted.get("all", "")
    if choice_for_all in {KEEP_CURRENT, USE_IMPORTED}:
        draft.choices = draft.choices | {"all": choice_for_all, "rows": {}}
    else:
        by_code = {
            name.removeprefix("row_"): posted.get(name, "") for name in posted if name.startswith("row_")
        }
        chosen = {
            code: choice
            for code, choice in by_code.items()
            if choice in {KEEP_CURRENT, USE_IMPORTED} and len(code) == 16
        }
        draft.choices = draft.choices | {
            "all": draft.choices.get("all", KEEP_CURRENT),
            "rows": {**draft.choices.get("rows", {}), **chosen},
        }
    draft.save(update_fields=["choices"])


def choose_encoding(request: PersonRequest, session: ImportSession) -> HttpResponse:
    """Let the patient choose the encoding of a file that is not UTF-8, with samples of its text."""
    offers = session.offers
    form = EncodingForm(request.POST or None, offers=offers)
    if request.method == "POST" and form.is_valid():
        try:
            drafts.choose_encoding(session, form.cleaned_data["encoding"], timezone.now())
        except RefusedError as error:
            messages.warning(request, str(error))
        return redirect("import_draft", pk=session.draft.pk)
    context = {"form": form, "offers": offers, "draft": session.draft}
    return render(request, "exchange/encoding.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: PersonRequest, pk: int) -> HttpResponse:
    """Map the columns of another diary's file, with a preview of its first rows."""
    session = get_open_import(request, pk)
    if not session.is_other_diary or session.offers or (session.diary and not session.diary.is_table):
        return redirect("import_draft", pk=pk)
    if request.POST.get("do") == "sheet":
        chosen = request.POST.get("sheet", "")
        try:
            drafts.choose_sheet(session, int(chosen) if chosen.isdecimal() else -1, timezone.now())
        except RefusedError as error:
            messages.warning(request, str(error))
        return redirect("import_columns" if session.draft.mapping is None else "import_draft", pk=pk)
    if session.table.problem:
        return render(request, "exchange/no_table.html", {"session": session}, status=422)
    mapping = session.first_mapping()
    form = ColumnsForm(
        request.POST if request.method == "POST" else None, table=session.table, mapping=mapping
    )
    is_valid = form.is_valid()
    if is_valid and form.is_complete and request.POST.get("do") == "go":
        drafts.map_columns(session, form.as_mapping(), timezone.now())
        return redirect("import_draft", pk=pk)
    has_new_names = is_valid and not form.is_complete and request.POST.get("do") == "go"
    current_mapping = form.as_mapping() if is_valid else form.initial_mapping()
    context = {
        "form": form,
        "draft": session.draft,
        "sheets": session.sheet_names,
        "header": session.table.header,
        "unread": session.table.unread,
        "titles": session.table.titles,
        "has_new_names": has_new_names,
        "ambiguous": has_ambiguous_dates(session.table, current_mapping),
        "rows": build_preview_rows(session, current_mapping),
    }
    return render(
        request, "exchange/columns.html", context, status=422 if form.errors or has_new_names else 200
    )


def build_preview_rows(session: ImportSession, mapping: Mapping) -> list[tuple[int, list[str], str, bool]]:
    """Return line, cells, description or problem, and whether they can be read, of the first rows.

    A description is like "6 May 2026: severe, 3.5 hours; 7 May 2026: severe, 2 hours; Sumatriptan".
    """
    strengths = {
        "none": _("no headache"),
        "": _("headache"),
        "mild": _("mild"),
        "moderate": _("moderate"),
        "severe": _("severe"),
    }
    rows = []
    for line, cells in session.table.rows[:PREVIEW_ROWS]:
        shown_cells = [cell[:60] for cell in cells]
        try:
            attack = parse_attack(cells, mapping, session.zone, session.today)
        except BadCellError as error:
            rows.append((line, shown_cells, str(error), False))
            continue
        if attack is None:
            rows.append((line, shown_cells, _("says nothing; the day stays unrecorded"), True))
            continue
        strength = strengths[attack.strength]
        days = [
            _("%(day)s: %(strength)s, %(hours)s hours")
            % {"day": formatting.day(day), "strength": strength, "hours": format_hours(duration)}
            if duration
            else f"{formatting.day(day)}: {strength}"
            for day, duration in attack.days.items()
        ]
        names = (medicine.name for medicine in attack.medicines)
        rows.append((line, shown_cells, "; ".join([*days, *names]), True))
    return rows


@require_POST
def apply_import(request: PersonRequest, pk: int) -> HttpResponse:
    """Apply the previewed import."""
    session = get_open_import(request, pk)
    save_posted_choices(session.draft, request.POST)
    if has_other_answers(session, request.POST):
        messages.warning(request, _("Nothing was saved: your answers changed what is read. Check again."))
        return redirect("import_draft", pk=pk)
    if not drafts.apply_import(session.record, pk, request.POST.get("shown", ""), timezone.now()):
        messages.warning(request, _("Nothing was saved: the diary has changed in the meantime. Check again."))
        return redirect("import_draft", pk=pk)
    log_event(request.user, Action.IMPORTED, actor=request.user, now=timezone.now())
    messages.success(
        request,
        _("The file is in your diary now. You can undo this for %(period)s.")
        % {"period": drafts.describe_retention()},
    )
    return redirect("data")


def has_other_answers(session: ImportSession, posted: QueryDict) -> bool:
    """Store the answers that were posted with an import; whether they differ from those that were previewed."""
    questions = session.files.questions
    if not any(question.code in posted for question in questions):
        return False
    form = AnswersForm(posted, questions=questions, answers={})
    previewed = {
        question.code: session.answers.get(question.code, question.default) for question in questions
    }
    if not form.is_valid() or form.cleaned_data == previewed:
        return not form.is_valid()
    drafts.save_answers(session, form.cleaned_data, timezone.now())
    return True


@require_POST
def undo_import(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo an import."""
    record = get_own_record(request)
    draft = get_own_or_404(record, ImportDraft, pk=pk)
    kept_rows = drafts.undo_import(record, draft.pk, timezone.now())
    if kept_rows is None:
        messages.warning(request, _("This import can no longer be undone."))
    elif kept_rows:
        messages.warning(
            request,
            ngettext(
                "Undone, except for %(number)s row that was changed since then; it is listed below.",
                "Undone, except for %(number)s rows that were changed since then; they are listed below.",
                len(kept_rows),
            )
            % {"number": len(kept_rows)},
        )
    else:
        messages.success(request, _("Undone. Your diary is as it was before."))
    return redirect("data")


@require_POST
def discard_import(request: PersonRequest, pk: int) -> HttpResponse:
    """Delete an upload that was not imported."""
    get_own_or_404(get_own_record(request), ImportDraft, pk=pk, state=ImportDraft.State.OPEN).delete()
    messages.success(request, _("The upload is deleted. Nothing from it was saved."))
    return redirect("data")
