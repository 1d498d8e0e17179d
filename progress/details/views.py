"""Pages beside the dashboard, for the patient and her clinician alike: how it is computed, and comparing by hand."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_own_record, get_shared_record
from accounts.models import Record as RecordRow
from core.dates import local_date
from progress.cache.store import load_cached_diary
from progress.dashboard.context import parse_query
from progress.details.compare import RangesForm, compare, cycle_choices, parse_cycles
from progress.details.explanation import medication_step, steps, wear_off_steps
from progress.figures.engine import figures_from_index
from progress.figures.values import METRICS
from progress.presentation.reference_lines import line_labels
from progress.presentation.sentences import metric_name, metric_switch_name


def get_record(request: PersonRequest, key: str | None) -> RecordRow:
    """The own record, or the one a clinician was given by its key; the look is noted."""
    return get_shared_record(request, key) if key else get_own_record(request)


@require_safe
def how(request: PersonRequest, key: str | None = None) -> HttpResponse:
    """How this is computed, with the record's own numbers."""
    row = get_record(request, key)
    today = local_date(row.user, timezone.now())
    wanted = parse_query(request.GET, today)
    answers = load_cached_diary(row).answers(wanted.as_of)
    figures = figures_from_index(answers)
    context = {
        "record": row,
        "key": key,
        "asked": wanted,
        "today": today,
        "metric_name": metric_name(wanted.metric),
        "switch": [(metric, metric_switch_name(metric)) for metric in METRICS],
        "steps": steps(figures, answers, wanted.metric),
        "more": [*wear_off_steps(figures), *medication_step(figures)],
        "lines": [line_labels(rule) for rule in figures.rules],
        "figures": figures,
    }
    return render(request, "progress/how.html", context)


@require_safe
def comparison(request: PersonRequest, key: str | None = None) -> HttpResponse:
    """Any period against any other, by dates or by cycles."""
    row = get_record(request, key)
    today = local_date(row.user, timezone.now())
    answers = load_cached_diary(row).answers(today)
    figures = figures_from_index(answers)
    by_dates = any(request.GET.get(name) for name in RangesForm.base_fields)
    form = RangesForm(request.GET if by_dates else None, today=today)
    spans = parse_cycles(request.GET, answers) if not by_dates else None
    if by_dates and form.is_valid():
        spans = ranges_context(form.cleaned_data)
    context = {
        "record": row,
        "key": key,
        "form": form,
        "cycles": cycle_choices(figures),
        "chosen": (request.GET.get("a", ""), request.GET.get("b", "")),
        "asked_wrongly": bool(request.GET) and spans is None,
        "found": compare(answers, figures, *spans) if spans else None,
    }
    return render(request, "progress/compare.html", context, status=422 if by_dates and form.errors else 200)


def ranges_context(values: dict[str, Any]) -> tuple[tuple[date, date], tuple[date, date]]:
    return (values["a_from"], values["a_to"]), (values["b_from"], values["b_to"])
