"""What the progress page shows, put together once for the patient and for her clinician, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Record as RecordRow
from core.dates import parse_iso_date
from headaches.models import DiaryDay
from progress.cache.store import (
    CachedDashboard,
    CachedDiary,
    DashboardKey,
    get_cached,
    load_cached_diary,
    store,
)
from progress.charts.medication import medication_chart
from progress.charts.page import Picture, responsive
from progress.charts.periods import period_charts
from progress.charts.weeks import weeks_chart
from progress.dashboard.tables import period_rows, year_tables
from progress.dashboard.treatment import given_context, treatment_context
from progress.figures.engine import Figures, figures_from_index
from progress.figures.metric_index import MetricIndex
from progress.figures.packed_diary import PackedDiary
from progress.figures.rules import REACHED
from progress.figures.values import HEADACHE_DAYS, METRICS
from progress.figures.windows import MONTH
from progress.presentation import timeliness
from progress.presentation.confounders import Annotation, Course, annotations, caveat
from progress.presentation.expectations import expectation_headline
from progress.presentation.gaps import oldest_gap
from progress.presentation.medication import Group, groups
from progress.presentation.periods import (
    MOST_SHOWN,
    Period,
    build_periods,
    describe_completeness,
    describe_periods,
)
from progress.presentation.reference_lines import line_labels
from progress.presentation.sentences import (
    build_metric_changes,
    complete_hint,
    headline,
    metric_name,
    metric_switch_name,
)
from progress.presentation.weeks import (
    build_cycle_lines,
    build_week_rows,
    describe_value,
    describe_weeks,
    describe_weeks_detail,
    four_week_means,
    has_weeks,
)
from treatments.actions import get_next_session
from treatments.models import Preventive

Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """What the address asks for: a metric and a day; `problem` says what could not be read."""

    metric: str
    as_of: date
    problem: str


def parse_query(query: Mapping[str, Any], today: date) -> DashboardQuery:
    """The metric and the day of a request; what makes no sense falls back, with a sentence."""
    metric = query.get("metric") or HEADACHE_DAYS
    text, problem = query.get("as_of") or "", ""
    as_of = parse_iso_date(text) if text else today
    if as_of is None:
        as_of, problem = today, _("This is not a date. The page shows today.")
    elif as_of > today:
        as_of, problem = today, _("This day has not come yet. The page shows today.")
    elif as_of.year < 1900:
        as_of, problem = today, _("The diary begins in 1900. The page shows today.")
    if metric not in METRICS:
        metric, problem = HEADACHE_DAYS, _("There is no such figure. The page shows headache days.")
    return DashboardQuery(metric, as_of, problem)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many days of a span have an entry, and the oldest gap worth filling."""

    recorded: int
    days: int
    gap: date | None


def completeness(answers: MetricIndex, *, is_today: bool) -> Completeness:
    """From the first entry to as_of."""
    reach = answers.diary.recorded_dates()
    if reach is None:
        return Completeness(0, 0, None)
    first, as_of = reach[0], answers.as_of
    gap = oldest_gap(answers.diary, as_of) if is_today else None
    return Completeness(answers.recorded(first, as_of), (as_of - first).days + 1, gap)


def periods_context(figures: Figures, metric: str, found: list[Annotation]) -> Context:
    """The before-and-after chart of one metric, with its sentence and its table."""
    rows: list[Period] = build_periods(figures, metric)
    chart = responsive(period_charts(rows, found)) if len(rows) > 1 else None
    return {
        "metric_name": metric_name(metric),
        "switch": [(one, metric_switch_name(one)) for one in METRICS],
        "period_rows": period_rows(rows),
        "left_out": len(rows) - 1 > MOST_SHOWN,
        "finding": describe_periods(rows),
        "completeness": describe_completeness(rows),
        "chart": chart,
        "marks": found,
        "caveat": caveat(found),
    }


def weeks_context(figures: Figures) -> Context:
    """Weeks since the injection; {} while there is none to draw."""
    found = figures.wear_off
    if found is None or not has_weeks(found):
        return {}
    cycles = figures.cycle_weeks
    rows = build_week_rows(found)
    chart = weeks_chart(
        four_week_means(found),
        [found.weeks[str(week)].per_week for week in range(1, 13)],
        build_cycle_lines(cycles),
        [describe_value(row) for row in rows[:12]],
        has_signal=bool(found.signal),
    )
    return {
        "weeks_chart": responsive([chart]),
        "weeks_rows": rows,
        "weeks_finding": describe_weeks(found),
        "weeks_detail": describe_weeks_detail(found),
        "weeks_cycles": len(cycles),
    }


def medication_context(answers: MetricIndex, figures: Figures) -> Context:
    """A chart and a table for each group of acute medicine of the last months."""
    return {"medication": [(group, medication_pictures(group)) for group in groups(figures, answers)]}


def medication_pictures(group: Group) -> list[Picture]:
    return responsive([medication_chart(group.key, group.months, group.limit)])


def lines_context(figures: Figures) -> Context:
    lines = [line_labels(rule) for rule in figures.rules]
    return {"lines": lines, "lines_reached": sum(line.verdict == REACHED for line in lines)}


def methodology_url(row: RecordRow, shown_as: DashboardKey) -> str:
    """Where the working of these figures stands."""
    address = reverse("how") if shown_as.own else reverse("patient_how", kwargs={"key": row.key})
    as_of = {} if shown_as.is_today else {"as_of": shown_as.as_of.isoformat()}
    return f"{address}?{urlencode({'metric': shown_as.metric} | as_of)}"


def timeliness_label(row: RecordRow, last: date) -> str:
    span = (last - timedelta(MONTH - 1), last)
    entries = DiaryDay.objects.filter(record=row, date__range=span).values_list("date", "written_at")
    return timeliness.describe_timeliness(timeliness.load_timeliness(entries, ZoneInfo(row.user.time_zone)))


def group_preventives(row: RecordRow, shown_as: DashboardKey) -> list[Preventive]:
    """Those the day knew: today also what is to start, an earlier day nothing that started later."""
    found = Preventive.objects.filter(record=row)
    if not shown_as.is_today:
        found = found.filter(Q(started__isnull=True) | Q(started__lte=shown_as.as_of))
    return list(found)


def render_treatment(row: RecordRow, shown_as: DashboardKey) -> CachedDashboard:
    """The part that does not show the diary, made from its rows."""
    context = given_context(row, shown_as.as_of)
    body = render_to_string("progress/_given.html", context | {"record": row, "own": shown_as.own})
    return CachedDashboard(body, bool(context["scores"]))


def get_treatment(row: RecordRow, known: CachedDiary, shown_as: DashboardKey) -> CachedDashboard:
    """The same as it is kept: an answer of the day does not touch it."""
    part = get_cached(row, shown_as.part)
    if part is None:
        part = render_treatment(row, shown_as)
        store(row, shown_as.part, known.treatment, part)
    return part


def year_context(facts: PackedDiary, last: date, known: CachedDiary, shown_as: DashboardKey) -> SafeString:
    """The year day by day; its own reader goes on from a month to that month's page."""
    return year_tables(facts, last, known.sessions, month_url if shown_as.own else None)


def month_url(month: date) -> str:
    return reverse("month", kwargs={"month": f"{month:%Y-%m}"})


def build_context(
    row: RecordRow, known: CachedDiary, shown_as: DashboardKey, part: CachedDashboard
) -> Context:
    """Everything the made part of the page shows; `part` is what does not show the diary."""
    answers = known.answers(shown_as.as_of)
    figures = figures_from_index(answers)
    last = shown_as.as_of
    preventives = group_preventives(row, shown_as)
    found = annotations([Course(one.name, one.started, one.ended) for one in preventives], figures)
    coming = get_next_session(row, last, known.sessions) if shown_as.is_today else None
    return {
        "record": row,
        "shown": shown_as,
        "own": shown_as.own,
        "figures": figures,
        "headline": expectation_headline(headline(figures, bool(known.diary.length)), figures, row),
        "hint": complete_hint(figures),
        "changes": build_metric_changes(figures),
        "whole": completeness(answers, is_today=shown_as.is_today),
        "how": methodology_url(row, shown_as),
        "as_of_query": "" if shown_as.is_today else f"&as_of={last.isoformat()}",
        "year": year_context(answers.diary, last, known, shown_as) if known.diary.length else "",
        "next": coming,
        "written": timeliness_label(row, last),
        "preventives": preventives,
        **periods_context(figures, shown_as.metric, found),
        **weeks_context(figures),
        **medication_context(answers, figures),
        **lines_context(figures),
        **treatment_context(answers, figures, coming, preventives),
        "given_part": mark_safe(part.body),  # noqa: S308  made by a template of ours
    }


def get_dashboard(row: RecordRow, wanted: DashboardQuery, today: date, *, own: bool) -> CachedDashboard:
    """The page between head and foot: as it is kept, or made and kept when the record, the day or the code changed."""
    language, zone = get_language() or "", row.user.time_zone
    shown_as = DashboardKey(own, language, wanted.metric, wanted.as_of, wanted.as_of == today, zone)
    page = get_cached(row, shown_as)
    if page is None:
        known = load_cached_diary(row)
        part = get_treatment(row, known, shown_as)
        context = build_context(row, known, shown_as, part)
        body = render_to_string("progress/_dashboard.html", context)
        page = CachedDashboard(body, bool(context["chart"] or context["medication"]) or part.charts)
        store(row, shown_as, known.version, page)
    return page
