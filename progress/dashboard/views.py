"""The patient's progress pages, the same pages for her clinician, and her figures as JSON."""

from dataclasses import replace
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_own_record
from accounts.models import Record
from core.dates import local_date
from figures.engine import as_json, figures_from_index
from progress.cache.load import load_relief
from progress.cache.store import load_cached_diary
from progress.dashboard.pages import PAGES, build_key, get_page
from progress.dashboard.query import parse_query
from progress.models import Page
from treatments.actions import get_visit_sheet


@require_safe
def progress(request: PersonRequest, page: str = Page.OVERVIEW) -> HttpResponse:
    """Show one of the patient's own progress pages."""
    return show_page(request, get_own_record(request), page, is_own=True)


@require_safe
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
@rate_limit(action="export", limit_get=True)  # type: ignore[untyped-decorator]  # as above
def figures_json(request: PersonRequest) -> HttpResponse:
    """Send every figure of the own record as one JSON file."""
    record = get_own_record(request)
    as_of = parse_query(request.GET, local_date(request.user, timezone.now())).as_of
    figures = figures_from_index(load_cached_diary(record).build_index(as_of))
    figures = replace(figures, relief=load_relief(record, as_of))
    response = JsonResponse(as_json(figures), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="figures-{as_of.isoformat()}.json"'
    return response


def show_page(request: PersonRequest, record: Record, page: str, *, is_own: bool) -> HttpResponse:
    """Render a progress page of one record, for its owner or for a clinician.

    The overview once had the chart of every metric: an address that names one leads to the page over time.
    """
    today = local_date(record.user, timezone.now())
    query = parse_query(request.GET, today)
    kwargs = {} if is_own else {"key": record.key}
    if page == Page.OVERVIEW and "metric" in request.GET:
        view = PAGES[Page.TIME]
        url = reverse(view.own if is_own else view.shared, kwargs=kwargs)
        return redirect(f"{url}?{urlencode(request.GET)}")
    as_of = {} if query.as_of == today else {"as_of": query.as_of.isoformat()}
    tabs = [
        (reverse(view.own if is_own else view.shared, kwargs=kwargs, query=as_of), view.title, name == page)
        for name, view in PAGES.items()
    ]
    context = {
        "record": record,
        "query": query,
        "today": today,
        "page_name": page,
        "title": PAGES[page].title,
        "tabs": tabs,
        "page": get_page(record, build_key(record, page, query, today, is_own=is_own)),
        "is_own": is_own,
        "is_overview": page == Page.OVERVIEW,
        "questions": get_visit_sheet(record).questions if page == Page.OVERVIEW and not is_own else [],
    }
    return render(request, "progress/progress.html", context)
