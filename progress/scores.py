"""Scores: the page with its form, and what it and the dashboard show of each questionnaire."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.models import Record
from core import formatting
from core.dates import local_date
from core.form_actions import save_form
from progress.charts.page import Picture, responsive
from progress.charts.scores import scores_chart
from treatments.actions import save_score
from treatments.domain.scores import ScoreCourse, band, build_courses, kind_name, number
from treatments.forms import ScoreForm
from treatments.models import Score


def scores_context(
    rows: Sequence[Score], sessions: Sequence[date], drawn: Sequence[str] = Score.Instrument.values
) -> dict[str, Any]:
    """Each questionnaire with its table, and those of `drawn` with their chart; sessions: the dates of all."""
    first = min(sessions, default=None)
    return {
        "scores": [
            (course, scores_pictures(course, sessions) if course.instrument in drawn else None, table(course))
            for course in build_courses(rows, first)
        ]
    }


def scores_pictures(course: ScoreCourse, sessions: Sequence[date]) -> list[Picture] | None:
    """None for a single total, which needs no chart."""
    return responsive([scores_chart(course, sessions)]) if len(course.rows) > 1 else None


def table(course: ScoreCourse) -> list[tuple[Score, str, str]]:
    return [(row, number(row.score), band(row.instrument, row.score)) for row in course.rows]


@require_http_methods(["GET", "HEAD", "POST"])
def scores(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """All totals with their charts; a form for one more, or to correct one."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    kept = get_own_or_404(record, Score, pk=pk) if pk else Score(record=record)
    start = {} if pk else {"date": today.isoformat()}
    form = ScoreForm(request.POST or None, instance=kept, today=today, initial=start)
    if request.method == "POST" and save_form(form, lambda: save_score(record=record, score=form.instance)):
        name = kind_name(form.instance.instrument, form.instance.scale)
        messages.success(request, _("%(name)s is saved.") % {"name": name})
        return redirect("scores")
    context = {
        "form": form,
        "pk": pk,
        **scores_context(list(record.scores.all()), session_dates(record)),
    }
    return render(request, "progress/scores.html", context, status=422 if form.errors else 200)


def session_dates(record: Record) -> list[date]:
    return list(record.sessions.values_list("date", flat=True))


@require_POST
def delete_score(request: PersonRequest, pk: int) -> HttpResponse:
    kept = get_own_or_404(get_own_record(request), Score, pk=pk)
    kept.delete()
    messages.success(request, _("The total of %(day)s is deleted.") % {"day": formatting.day(kept.date)})
    return redirect("scores")
