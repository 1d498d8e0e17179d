"""The page that compares two periods, for the patient and for her clinician."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_own_record, get_shared_record
from accounts.models import Record
from core.dates import local_date
from figures.engine import figures_from_index
from progress.cache.store import load_cached_diary
from progress.details.compare import RangesForm, build_comparison, cycle_choices, parse_cycles


def get_record(request: PersonRequest, key: str | None) -> Record:
    """Return the user's own record, or the shared record with a key; access by a clinician is logged."""
    return get_shared_record(request, key) if key else get_own_record(request)


@require_safe
def comparison(request: PersonRequest, key: str | None = None) -> HttpResponse:
    """Compare two periods, chosen by dates or by cycles."""
    record = get_record(request, key)
    today = local_date(record.user, timezone.now())
    index = load_cached_diary(record).build_index(today)
    figures = figures_from_index(index)
    by_dates = any(request.GET.get(name) for name in RangesForm.base_fields)
    form = RangesForm(request.GET if by_dates else None, today=today)
    spans = parse_cycles(request.GET, index) if not by_dates else None
    if by_dates and form.is_valid():
        values = form.cleaned_data
        spans = (values["a_from"], values["a_to"]), (values["b_from"], values["b_to"])
    context = {
        "record": record,
        "key": key,
        "form": form,
        "cycles": cycle_choices(figures),
        "chosen": (request.GET.get("a", ""), request.GET.get("b", "")),
        "has_invalid_choice": bool(request.GET) and spans is None,
        "comparison": build_comparison(index, figures, *spans) if spans else None,
    }
    return render(request, "progress/compare.html", context, status=422 if by_dates and form.errors else 200)
