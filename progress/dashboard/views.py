"""The patient's dashboard and her figures as JSON."""

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_own_record
from accounts.models import Record
from core.dates import local_date
from figures.engine import as_json, figures_from_index
from progress.cache.store import load_cached_diary
from progress.dashboard.context import get_dashboard, parse_query


@require_safe
def progress(request: PersonRequest) -> HttpResponse:
    """Show the patient's own dashboard."""
    return render_dashboard(request, get_own_record(request), is_own=True)


@require_safe
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
@rate_limit(action="export", limit_get=True)  # type: ignore[untyped-decorator]  # as above
def figures_json(request: PersonRequest) -> HttpResponse:
    """Send every figure of the own record as one JSON file."""
    record = get_own_record(request)
    as_of = parse_query(request.GET, local_date(request.user, timezone.now())).as_of
    figures = as_json(figures_from_index(load_cached_diary(record).build_index(as_of)))
    response = JsonResponse(figures, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="figures-{as_of.isoformat()}.json"'
    return response


def render_dashboard(request: PersonRequest, record: Record, *, is_own: bool) -> HttpResponse:
    """Render the dashboard of one record, for its owner or for a clinician."""
    today = local_date(record.user, timezone.now())
    query = parse_query(request.GET, today)
    page = get_dashboard(record, query, today, is_own=is_own)
    context = {"record": record, "query": query, "today": today, "page": page, "is_own": is_own}
    return render(request, "progress/progress.html", context)
