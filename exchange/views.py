"""Pages of the exchange: the record as files, out and in, with a look before and an undo after."""

from dataclasses import dataclass
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, get_own_or_404, get_own_record
from core.dates import local_date
from exchange.archive import RefusedError
from exchange.cells import BadCellError
from exchange.export import write_zip
from exchange.forms import ColumnsForm, EncodingForm, UploadForm
from exchange.imports import draft as drafts
from exchange.imports.apply import Change
from exchange.imports.datetimes import round_up_to_half
from exchange.imports.diff import Difference, differences, file_words, row_title
from exchange.imports.draft import MINE, THEIRS, ImportSession
from exchange.imports.inference import has_ambiguous_dates
from exchange.imports.other_diary import Mapping, parse_attack
from exchange.models import ImportDraft
from exchange.rows import export_rows

CHANGES_A_PAGE, PROBLEMS_A_PAGE, PREVIEW_ROWS = 20, 50, 10


@require_http_methods(["GET", "HEAD", "POST"])
def data(request: PersonRequest) -> HttpResponse:
    """Your data: the way out, the way in, and what came in during the last 24 hours."""
    record = get_own_record(request)
    now = timezone.now()
    posted = request.method == "POST"
    sent = (request.POST, request.FILES) if posted else ()  # reading them tells whether they are too large
    form = UploadForm(*sent, too_large=getattr(request, "upload_too_large", False))
    if posted and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            draft = drafts.start_import(record, file.name, file.read(), now)
        except RefusedError as error:
            form.add_error("file", str(error))
        else:
            return redirect("import_draft", pk=draft.pk)
    context = {"form": form, "imports": drafts.list_recent(record, now)}
    return render(request, "exchange/data.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def export_data(request: PersonRequest) -> HttpResponse:
    """What the zip holds, and the zip."""
    record = get_own_record(request)
    if request.method == "GET":
        return render(request, "exchange/export.html")
    on = local_date(request.user, timezone.now()).isoformat()
    response = HttpResponse(write_zip(export_rows(record)), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="diary-{on}.zip"'
    return response


def get_open_import(request: PersonRequest, pk: int) -> ImportSession:
    """An own import that is not decided on, or 404."""
    record = get_own_record(request)
    now = timezone.now()
    draft = get_own_or_404(
        record, ImportDraft, pk=pk, state=ImportDraft.State.OPEN, created_at__gt=now - drafts.LIFE
    )
    return drafts.open_import(draft, record, now)


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A changed row on the page: its code, what it is about, where it differs, and which was chosen."""

    code: str
    title: str
    differences: list[Difference]
    takes_file: bool


def build_conflict_row(change: Change, found: ImportSession) -> ConflictRow:
    return ConflictRow(
        change.code, row_title(change.file, change.new.key), differences(change), found.takes(change)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def import_draft(request: PersonRequest, pk: int) -> HttpResponse:
    """What an import would do, before it does anything; which of two rows is wanted is kept with it."""
    found = get_open_import(request, pk)
    if found.offers:
        return choose_encoding(request, found)
    if found.needs_columns:
        return redirect("import_columns", pk=pk)
    if request.method == "POST":
        choose_rows(found.draft, request.POST)
        return redirect(f"{request.path}?{request.GET.urlencode()}" if request.GET else request.path)
    return render(request, "exchange/preview.html", preview_context(request, found))


def preview_context(request: PersonRequest, found: ImportSession) -> dict[str, Any]:
    plan = found.plan
    changes: Page[Change] = Paginator(plan.changed, CHANGES_A_PAGE).get_page(request.GET.get("page"))
    wanted = sum(map(found.takes, plan.changed))
    added = sum(map(len, plan.new.values()))
    return {
        "draft": found.draft,
        "counts": [
            (file_words(name), counts) for name, counts in plan.counts().items() if any(counts.values())
        ],
        "problems": Paginator(found.files.problems, PROBLEMS_A_PAGE).get_page(request.GET.get("wrong")),
        "changes": changes,
        "rows": [build_conflict_row(change, found) for change in changes],
        "fingerprint": plan.fingerprint(),
        "added": added,
        "replaced": wanted,
        "kept": len(plan.changed) - wanted,
        "is_foreign": found.is_foreign,
    }


def choose_rows(draft: ImportDraft, posted: QueryDict) -> None:
    """Keep which rows the person wants: all of one kind, or those of this page."""
    everything = posted.get("all", "")
    singly = {name.removeprefix("row_"): posted.get(name, "") for name in posted if name.startswith("row_")}
    drafts.save_choices(
        draft,
        {code: said for code, said in singly.items() if said in {MINE, THEIRS} and len(code) == 16},
        everything if everything in {MINE, THEIRS} else "",
    )


def choose_encoding(request: PersonRequest, found: ImportSession) -> HttpResponse:
    """A file that is no UTF-8: the person sees its words in each encoding, and chooses."""
    offers = found.offers
    form = EncodingForm(request.POST or None, offers=offers)
    if request.method == "POST" and form.is_valid():
        found.draft.encoding = form.cleaned_data["encoding"]
        found.draft.save(update_fields=["encoding"])
        return redirect("import_draft", pk=found.draft.pk)
    context = {"form": form, "offers": offers, "draft": found.draft}
    return render(request, "exchange/encoding.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: PersonRequest, pk: int) -> HttpResponse:
    """Another diary's file: which column is what, with its first rows as they would be read."""
    found = get_open_import(request, pk)
    if not found.is_foreign or found.offers:
        return redirect("import_draft", pk=pk)
    if found.table.problem:
        return render(request, "exchange/no_table.html", {"found": found}, status=422)
    mapping = drafts.get_first_mapping(found)
    form = ColumnsForm(request.POST if request.method == "POST" else None, table=found.table, mapping=mapping)
    valid = form.is_valid()
    if valid and form.is_complete and request.POST.get("do") == "go":
        drafts.map_columns(found, form.as_mapping(), timezone.now())
        return redirect("import_draft", pk=pk)
    asked_first = valid and not form.is_complete and request.POST.get("do") == "go"
    reading = form.as_mapping() if valid else initial_mapping(form, mapping)
    context = {
        "form": form,
        "draft": found.draft,
        "header": found.table.header,
        "asked_first": asked_first,
        "ambiguous": has_ambiguous_dates(found.table, reading),
        "rows": preview_rows(found, reading),
    }
    return render(
        request, "exchange/columns.html", context, status=422 if form.errors or asked_first else 200
    )


def initial_mapping(form: ColumnsForm, mapping: Mapping) -> Mapping:
    """What the page starts with, the names that were not asked about before included."""
    words = {word: form.initial[name] for word, name in form.words.items()}
    classes = {name: form.initial[field] for name, field in form.classes.items()}
    return Mapping(**(mapping.as_json() | {"words": words, "classes": classes}))


def preview_rows(found: ImportSession, mapping: Mapping) -> list[tuple[int, list[str], str, bool]]:
    """Line, cells, how they are read, and whether they can be."""
    rows = []
    for line, row in found.table.rows[:PREVIEW_ROWS]:
        try:
            words, right = describe_attack(row, mapping, found), True
        except BadCellError as error:
            words, right = str(error), False
        rows.append((line, [cell[:60] for cell in row], words, right))
    return rows


def describe_attack(row: list[str], mapping: Mapping, found: ImportSession) -> str:
    """6 May 2026: severe, 3.5 hours; 7 May 2026: severe, 2 hours; Sumatriptan"""
    said = parse_attack(row, mapping, found.zone, found.today)
    strength = {
        "none": _("no headache"),
        "": _("headache"),
        "mild": _("mild"),
        "moderate": _("moderate"),
    }.get(said.strength, _("severe"))
    days = [
        _("%(day)s: %(strength)s, %(hours)s hours")
        % {
            "day": row_title("diary.csv", (on.isoformat(),)),
            "strength": strength,
            "hours": round_up_to_half(passed),
        }
        if passed
        else f"{row_title('diary.csv', (on.isoformat(),))}: {strength}"
        for on, passed in said.days.items()
    ]
    return "; ".join([*days, *said.medicines])


@require_POST
def apply_import(request: PersonRequest, pk: int) -> HttpResponse:
    """Write what was shown."""
    found = get_open_import(request, pk)
    choose_rows(found.draft, request.POST)
    if not drafts.apply_import(found.record, pk, request.POST.get("shown", ""), timezone.now()):
        messages.warning(request, _("Nothing was written yet: the diary has changed meanwhile. Look again."))
        return redirect("import_draft", pk=pk)
    messages.success(request, _("The file is in your record. You can take it back for 24 hours."))
    return redirect("data")


@require_POST
def undo_import(request: PersonRequest, pk: int) -> HttpResponse:
    """Take an import back."""
    record = get_own_record(request)
    draft = get_own_or_404(record, ImportDraft, pk=pk)
    stay = drafts.undo_import(record, draft.pk, timezone.now())
    if stay is None:
        messages.warning(request, _("This import can no longer be taken back."))
    elif stay:
        messages.warning(
            request,
            ngettext(
                "Taken back, but for %(number)s row that was changed since; it is named below.",
                "Taken back, but for %(number)s rows that were changed since; they are named below.",
                len(stay),
            )
            % {"number": len(stay)},
        )
    else:
        messages.success(request, _("Taken back. Your record is as it was."))
    return redirect("data")


@require_POST
def discard_import(request: PersonRequest, pk: int) -> HttpResponse:
    """Throw an upload away; nothing of it was written."""
    get_own_or_404(get_own_record(request), ImportDraft, pk=pk, state=ImportDraft.State.OPEN).delete()
    messages.success(request, _("The upload is deleted. Nothing of it was written."))
    return redirect("data")
