"""The patient's dashboard and her figures as JSON."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, own_record
from accounts.models import Record
from core.dates import day_of
from progress.cache.store import know
from progress.charts import PALETTES
from progress.dashboard.context import asked, page_of
from progress.figures.engine import as_json, compute_from


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


def shown_page(request: PersonRequest, record: Record, *, own: bool) -> HttpResponse:
    """Before and after of one record."""
    today = day_of(record.user, timezone.now())
    wanted = asked(request.GET, today)
    page = page_of(record, wanted, today, own=own)
    context = {"record": record, "asked": wanted, "today": today, "page": page, "own": own}
    return render(request, "progress/progress.html", context | {"palettes": PALETTES})
