"""The page that the patient brings to a visit: one sheet of paper with what the visit needs."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import PersonRequest, get_own_record
from accounts.models import Record
from core import formatting
from core.dates import local_date
from core.fields import FriendlyErrorsMixin
from core.form_actions import save_form
from figures.engine import Figures
from figures.metric_index import MetricIndex
from progress.cache.store import DashboardKey, load_cached_diary
from progress.dashboard.overview import overview_context
from progress.dashboard.source import PageSource
from progress.models import Page
from progress.presentation.medication import build_groups
from treatments.actions import (
    SessionSummary,
    get_visit_sheet,
    load_session_summaries,
    side_effects_context,
)
from treatments.domain.scores import build_courses, format_score
from treatments.models import VisitSheet

# So many fit on one sheet.
MAX_SESSIONS = 6


class VisitSheetForm(FriendlyErrorsMixin, forms.ModelForm[VisitSheet]):
    class Meta:
        model = VisitSheet
        fields = ("name", "question_1", "question_2", "question_3")


@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: PersonRequest) -> HttpResponse:
    """Show the sheet, and store how the patient is named on it and what she wants to ask."""
    record = get_own_record(request)
    sheet = get_visit_sheet(record)
    form = VisitSheetForm(request.POST or None, instance=sheet)
    if request.method == "POST" and save_form(form, form.save):
        messages.success(request, _("The page is saved."))
        return redirect("visit")
    today = local_date(record.user, timezone.now())
    key = DashboardKey(Page.OVERVIEW, True, get_language() or "", "", today, True, record.user.time_zone)
    source = PageSource(record, load_cached_diary(record), key)
    context = {
        "record": record,
        "today": today,
        "form": form,
        "sheet": sheet,
        "name": build_name(record, sheet),
        **sheet_context(source),
    }
    return render(request, "progress/visit.html", context, status=422 if form.errors else 200)


def build_name(record: Record, sheet: VisitSheet) -> str:
    """Return the name on the sheet as the patient chose, "" for none."""
    name = str(record.user)
    if sheet.name == VisitSheet.Name.INITIALS:
        return " ".join(f"{word[0].upper()}." for word in name.replace("@", " ").replace("-", " ").split())
    return name if sheet.name == VisitSheet.Name.FULL else ""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session with its number and the days since the one before it, None for the first."""

    number: int
    session: SessionSummary
    days_since: int | None


def sheet_context(source: PageSource) -> dict[str, Any]:
    """Return the verdict, chart, medicine, side effects, scores and sessions of the sheet."""
    record, as_of = source.record, source.key.as_of
    sessions = load_session_summaries(record, as_of)
    return {
        **overview_context(source),
        "medicine": build_medicine_rows(source.figures, source.index),
        "session_lines": build_session_lines(sessions)[:MAX_SESSIONS],
        "has_more_sessions": len(sessions) > MAX_SESSIONS,
        "score_lines": build_score_lines(record, as_of, min((each.date for each in sessions), default=None)),
        **side_effects_context(record, sessions, as_of),
    }


def build_session_lines(sessions: list[SessionSummary]) -> list[SessionLine]:
    """Return the sessions with the latest first."""
    lines = []
    for number, session in enumerate(sessions, start=1):
        before = sessions[number - 2].date if number > 1 else None
        lines.append(SessionLine(number, session, (session.date - before).days if before else None))
    return lines[::-1]


def build_medicine_rows(figures: Figures, index: MetricIndex) -> dict[str, Any]:
    """Return the days of each group in the last six months, and the published lines; {} without any medicine."""
    groups = build_groups(figures, index)
    if not groups:
        return {}
    return {
        "names": [group.name for group in groups],
        "limits": [(group.name, group.limit) for group in groups if group.limit],
        "months": [
            (month.first, [group.months[place].days for group in groups], month.recorded, month.length)
            for place, month in enumerate(groups[0].months)
        ],
    }


def build_score_lines(record: Record, as_of: date, first_session: date | None) -> list[str]:
    """Return for each questionnaire its first and its latest total, as "HIT-6: 66 (3 March 2025), 58 (1 May 2026)"."""
    lines = []
    for course in build_courses(list(record.scores.filter(date__lte=as_of)), first_session):
        ends = course.scores if len(course.scores) < 2 else (course.scores[0], course.scores[-1])
        totals = ", ".join(f"{format_score(each.score)} ({formatting.day(each.date)})" for each in ends)
        lines.append(f"{course.name}: {totals}")
    return lines
