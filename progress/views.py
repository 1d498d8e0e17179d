"""The home page, the dashboard, the clinician's list and view of one record."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, has_record, note_all, own_record, shared_record, shared_records
from accounts.calm import in_pain
from accounts.clock import day_of
from accounts.middleware import UNSAVED
from accounts.models import AuditEntry, Record
from accounts.pending import pending_invitation
from headaches.calendar import weekday_heads, weeks
from headaches.rhythm import WEEKLY, rhythm_on
from headaches.toasts import waiting_toast
from headaches.today import answers, pain_context, today_context, week_context
from progress.charts import PALETTES
from progress.dashboard import asked, page_of
from progress.figures.engine import as_json, compute_from
from progress.kept import know
from progress.roster import roster
from treatments.actions import upcoming
from treatments.aftercare import aftercare_context


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """How was today? A clinician without a diary goes to the list of patients."""
    waiting = pending_invitation(request)
    if waiting and waiting.email == request.user.email:
        return redirect("invitation")
    if not has_record(request.user):
        return redirect("patients")
    record = own_record(request)
    today = day_of(request.user, timezone.now())
    unsaved = request.session.pop(UNSAVED, "")
    forgotten = {"unsaved": next((words for value, words, _now in answers(None) if value == unsaved), "")}
    if in_pain(request, request.user, timezone.now()):
        context = pain_context(record, today, request.GET, waiting_toast(request, today))
        return render(request, "headaches/pain.html", context | forgotten)
    coming = upcoming(record, today)
    last, target = (coming.last, coming.target) if coming else (None, None)
    weekly = rhythm_on(today, record.rhythm, last, target) == WEEKLY
    asks = week_context if weekly else today_context
    context = (
        asks(record, today, waiting_toast(request, today))
        | forgotten
        | {
            "weekly": weekly,
            "next": coming,
            "weeks": weeks(record, today.replace(day=1), today),
            "heads": weekday_heads(),
            **aftercare_context(request, record, coming, today),
        }
    )
    return render(request, "progress/home.html", context)


@require_safe
def progress(request: PersonRequest) -> HttpResponse:
    """The patient's own before and after."""
    return shown_page(request, own_record(request), own=True)


@require_safe
def figures_json(request: PersonRequest) -> HttpResponse:
    """Every figure of the own record as one JSON file."""
    record = own_record(request)
    as_of = asked(request.GET, day_of(request.user, timezone.now())).as_of
    figures = as_json(compute_from(know(record).answers(as_of)))
    response = JsonResponse(figures, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="figures-{as_of.isoformat()}.json"'
    return response


@require_safe
def patients(request: PersonRequest) -> HttpResponse:
    """Everybody who shares a record with this clinician, the next session first."""
    records = list(shared_records(request.user))
    note_all(records, request.user, AuditEntry.Action.SAW_LIST)
    return render(request, "progress/patients.html", {"rows": roster(records, timezone.now())})


@require_safe
def patient(request: PersonRequest, key: str) -> HttpResponse:
    """The patient's page, read-only; the look is noted."""
    return shown_page(request, shared_record(request, key), own=False)


def shown_page(request: PersonRequest, record: Record, *, own: bool) -> HttpResponse:
    """Before and after of one record."""
    today = day_of(record.user, timezone.now())
    wanted = asked(request.GET, today)
    page = page_of(record, wanted, today, own=own)
    context = {"record": record, "asked": wanted, "today": today, "page": page, "own": own}
    return render(request, "progress/progress.html", context | {"palettes": PALETTES})
