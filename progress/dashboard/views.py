"""The patient's dashboard and her figures as JSON."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_own_record
from accounts.models import Record
from core.dates import local_date
from progress.cache.store import load_cached_diary
from progress.dashboard.context import get_dashboard, parse_query
from progress.figures.engine import as_json, figures_from_index


@require_safe
def progress(request: PersonRequest) -> HttpResponse:
    """The patient's own before and after."""
    return render_dashboard(request, get_own_record(request), own=True)


@require_safe
def figures_json(request: PersonRequest) -> HttpResponse:
    """Every figure of the own record as one JSON file."""
    record = get_own_record(request)
    as_of = parse_query(request.GET, local_date(request.user, timezone.now())).as_of
    figures = as_json(figures_from_index(load_cached_diary(record).answers(as_of)))
    response = JsonResponse(figures, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="figures-{as_of.isoformat()}.json"'
    return response


def render_dashboard(request: PersonRequest, record: Record, *, own: bool) -> HttpResponse:
    """Before and after of one record."""
    today = local_date(record.user, timezone.now())
    wanted = parse_query(request.GET, today)
    page = get_dashboard(record, wanted, today, own=own)
    context = {"record": record, "asked": wanted, "today": today, "page": page, "own": own}
    return render(request, "progress/progress.html", context)
