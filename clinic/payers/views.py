"""The page of what payers ask, for the patient and for her clinician."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest
from clinic.payers.assess import answer_rules
from clinic.payers.load import load_rule_sets
from core.dates import local_date
from progress.cache.store import load_cached_diary
from progress.dashboard.query import parse_query
from progress.details.views import get_record


@require_safe
def payers(request: PersonRequest, key: str | None = None) -> HttpResponse:
    """Show each rule with what it asks, what the diary shows, and whether these numbers meet it."""
    record = get_record(request, key)
    today = local_date(record.user, timezone.now())
    query = parse_query(request.GET, today)
    index = load_cached_diary(record).build_index(query.as_of)
    context = {
        "record": record,
        "key": key,
        "as_of": query.as_of,
        "is_today": query.as_of == today,
        "answers": answer_rules(record, index, load_rule_sets()),
    }
    return render(request, "clinic/payers.html", context)
