"""The page of all cycles, with two of them side by side, for the patient and for her clinician."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest
from core.dates import local_date
from figures.engine import figures_from_index
from progress.cache.store import load_cached_diary
from progress.details.compare import Comparison, build_comparison, cycle_choices, parse_cycles
from progress.details.cycles import Cell, CycleRow, build_cycle_rows, build_units_answer
from progress.details.views import get_record
from treatments.domain.sites import Difference, find_differences


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cycles side by side: their rows, the sites that differ, and every metric."""

    first: CycleRow
    second: CycleRow
    sites: list[Difference]
    comparison: Comparison

    @property
    def periods(self) -> list[tuple[str, Cell | None, Cell | None]]:
        """The name of each period with its headache days in both cycles."""
        names = (_("Weeks 1–4"), _("Weeks 5–8"), _("Weeks 9–12"))
        return list(zip(names, self.first.periods, self.second.periods, strict=True))


@require_safe
def cycles(request: PersonRequest, key: str | None = None) -> HttpResponse:
    """Show all cycles, one row each. Access by a clinician is logged."""
    record = get_record(request, key)
    today = local_date(record.user, timezone.now())
    index = load_cached_diary(record).build_index(today)
    figures = figures_from_index(index)
    related = ("injections", "side_effects", "effect_checks", "goals")
    past_sessions = record.sessions.filter(date__lte=today).prefetch_related(*related)
    sessions = {session.date: session for session in past_sessions}
    rows = build_cycle_rows(figures, index, sessions, list(record.scores.all()))
    spans, pair = parse_cycles(request.GET, index), None
    if spans and spans[0] != spans[1]:
        first, second = (next(row for row in rows if row.session == span[0]) for span in spans)
        sites = find_differences(second.layout, first.layout)
        pair = Pair(first, second, sites, build_comparison(index, figures, *spans))
    context = {
        "record": record,
        "key": key,
        "rows": rows,
        "choices": cycle_choices(figures),
        "chosen": (request.GET.get("a", ""), request.GET.get("b", "")),
        "pair": pair,
        "has_invalid_choice": bool(request.GET) and pair is None,
        "units": build_units_answer(figures, index, sessions),
    }
    return render(request, "progress/cycles.html", context)
