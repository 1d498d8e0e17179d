"""All cycles of a record, one row each; two of them side by side; for the patient and for her clinician."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest
from core.dates import local_date
from progress.cache.store import load_cached_diary
from progress.details.compare import Comparison, compare, cycle_choices, parse_cycles
from progress.details.cycles import Cell, CycleRow, build_cycle_rows, units_answer
from progress.details.views import get_record
from progress.figures.engine import Figures, figures_from_index
from progress.figures.metric_index import MetricIndex
from treatments.actions import load_full_sessions
from treatments.domain.sites import Difference, differences


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cycles side by side: their rows, where their sites differ, and every metric."""

    first: CycleRow
    second: CycleRow
    sites: list[Difference]
    found: Comparison

    @property
    def periods(self) -> list[tuple[str, Cell | None, Cell | None]]:
        """Name of a period, and its headache days in both cycles."""
        names = (_("Weeks 1–4"), _("Weeks 5–8"), _("Weeks 9–12"))
        return list(zip(names, self.first.periods, self.second.periods, strict=True))


def build_pair(query: Any, rows: list[CycleRow], answers: MetricIndex, figures: Figures) -> Pair | None:
    """The two cycles the address asks for; None where they are not two."""
    spans = parse_cycles(query, answers)
    if spans is None or spans[0] == spans[1]:
        return None
    by_session = {row.session: row for row in rows}
    first, second = (by_session[span[0]] for span in spans)
    return Pair(first, second, differences(second.layout, first.layout), compare(answers, figures, *spans))


@require_safe
def cycles(request: PersonRequest, key: str | None = None) -> HttpResponse:
    """One row a cycle. A clinician's look is noted."""
    row = get_record(request, key)
    today = local_date(row.user, timezone.now())
    answers = load_cached_diary(row).answers(today)
    figures = figures_from_index(answers)
    sessions = {one.date: one for one in load_full_sessions(row, today)}
    rows = build_cycle_rows(figures, answers, sessions, list(row.scores.all()))
    pair = build_pair(request.GET, rows, answers, figures)
    context = {
        "record": row,
        "key": key,
        "rows": rows,
        "choices": cycle_choices(figures),
        "chosen": (request.GET.get("a", ""), request.GET.get("b", "")),
        "pair": pair,
        "asked_wrongly": bool(request.GET) and pair is None,
        "units": units_answer(figures, answers, sessions),
    }
    return render(request, "progress/cycles.html", context)
