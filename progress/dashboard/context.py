"""The context of the dashboard, for the patient and for her clinician, and the rendered page from the cache."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Record
from charts.picture import draw_pictures
from core.dates import parse_iso_date
from figures.engine import Figures, figures_from_index
from figures.metric_index import MetricIndex
from figures.values import HEADACHE_DAYS, METRICS
from figures.wear_off import KEYS, LATER
from figures.windows import MONTH
from headaches.models import DiaryDay
from progress.cache.store import (
    CachedDashboard,
    CachedDiary,
    DashboardKey,
    get_cached_dashboard,
    load_cached_diary,
    store_dashboard,
)
from progress.charts.medication import medication_chart
from progress.charts.periods import period_charts
from progress.charts.weeks import weeks_chart
from progress.dashboard.tables import render_period_rows, render_year_tables
from progress.dashboard.treatment import render_treatment, treatment_context
from progress.presentation.confounders import Course, find_annotations
from progress.presentation.expectations import replace_early_headline
from progress.presentation.medication import build_groups
from progress.presentation.missing_rates import DiarySpan
from progress.presentation.periods import (
    MAX_BARS,
    build_periods,
    describe_completeness,
    describe_periods,
)
from progress.presentation.reference_lines import build_line_labels
from progress.presentation.sentences import (
    build_headline,
    build_metric_change,
    describe_ceiling,
    metric_name,
    metric_switch_name,
)
from progress.presentation.timeliness import describe_timeliness
from progress.presentation.weeks import (
    WeekRow,
    describe_wear_off,
    describe_week,
    four_week_means,
    has_weeks,
    week_name,
    weekly_rate,
)
from treatments.actions import get_next_session
from treatments.models import Preventive

Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """The parsed query string: a metric and a day; `problem` says what could not be parsed, else ""."""

    metric: str
    as_of: date
    problem: str


def parse_query(query: Mapping[str, Any], today: date) -> DashboardQuery:
    """Parse the metric and the day of a request; an invalid value falls back to its default and sets `problem`."""
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
        metric, problem = HEADACHE_DAYS, _("There is no such chart. The page shows headache days.")
    return DashboardQuery(metric, as_of, problem)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the days since the first entry are recorded, and the oldest gap worth filling."""

    recorded: int
    days: int
    gap: date | None


def completeness_context(record: Record, index: MetricIndex, *, is_today: bool) -> Context:
    """Return how many days from the first entry to as_of are recorded, the oldest gap, and how soon they were written.

    The last is about the entries of the last 28 days.
    """
    as_of, recorded_dates = index.as_of, index.diary.recorded_dates()
    start, completeness = as_of - timedelta(MONTH - 1), Completeness(0, 0, None)
    if recorded_dates is not None:
        first, gap = recorded_dates[0], None
        if is_today:  # the patient may still remember these days, and a comparison uses them
            days_back = range(min((as_of - first).days, MONTH - 1), 0, -1)
            days = (as_of - timedelta(back) for back in days_back)
            gap = next((day for day in days if not index.diary.state_on(day)), None)
        completeness = Completeness(index.recorded(first, as_of), (as_of - first).days + 1, gap)
    entries = DiaryDay.objects.filter(record=record, date__range=(start, as_of))
    written = entries.values_list("date", "written_at")
    return {
        "completeness": completeness,
        "timeliness": describe_timeliness(written, ZoneInfo(record.user.time_zone)),
    }


def periods_context(
    figures: Figures, metric: str, preventives: Iterable[Preventive], span: DiarySpan
) -> Context:
    """Return the change of every metric, and the chart of one by period with its summary and its table."""
    before, now, change = figures.baseline, figures.now, figures.change
    periods = build_periods(figures, metric, span)
    courses = [Course(preventive.name, preventive.started, preventive.ended) for preventive in preventives]
    annotations, caveat = find_annotations(courses, figures), ""
    if annotations:
        caveat = _(
            "Between before and now other preventives changed too (%(names)s): "
            "the comparison cannot tell their part from that of Botox."
        ) % {"names": ", ".join(dict.fromkeys(annotation.name for annotation in annotations))}
    changes = []
    if before is not None and now is not None and change is not None:
        changes = [build_metric_change(each, before, now, change[each], span) for each in METRICS]
    return {
        "changes": changes,
        "metric_name": metric_name(metric),
        "metric_choices": [(choice, metric_switch_name(choice)) for choice in METRICS],
        "period_rows": render_period_rows(periods),
        "has_hidden_periods": len(periods) - 1 > MAX_BARS,
        "finding": describe_periods(periods),
        "periods_completeness": describe_completeness(periods),
        "chart": draw_pictures(period_charts(periods, annotations)) if len(periods) > 1 else None,
        "annotations": annotations,
        "caveat": caveat,
    }


def weeks_context(figures: Figures) -> Context:
    """Return the chart of weeks since the injection; {} while no week can be drawn."""
    wear_off = figures.wear_off
    if wear_off is None or not has_weeks(wear_off):
        return {}
    rows = [
        WeekRow(week_name(key), week.count, week.known, weekly_rate(week))
        for key, week in wear_off.weeks.items()
    ]
    weeks = KEYS[: KEYS.index(LATER)]
    chart = weeks_chart(
        four_week_means(wear_off),
        [weekly_rate(wear_off.weeks[key]) for key in weeks],
        [
            [weekly_rate(cycle.weeks[key]) if key in cycle.weeks else None for key in weeks]
            for cycle in figures.cycle_weeks
        ],
        [describe_week(row) for row in rows[: len(weeks)]],
        has_signal=bool(wear_off.signal),
    )
    finding, detail = describe_wear_off(wear_off)
    return {
        "weeks_chart": draw_pictures([chart]),
        "weeks_rows": rows,
        "weeks_finding": finding,
        "weeks_detail": detail,
        "weeks_cycles": len(figures.cycle_weeks),
    }


def build_context(
    record: Record, diary: CachedDiary, key: DashboardKey, treatment: CachedDashboard
) -> Context:
    """Build the context of the page. `treatment`: the rendered part that does not depend on the diary."""
    index = diary.build_index(key.as_of)
    figures = figures_from_index(index)
    preventives = Preventive.objects.filter(record=record)
    if not key.is_today:  # without those that started later
        preventives = preventives.filter(Q(started__isnull=True) | Q(started__lte=key.as_of))
    next_session = get_next_session(record, key.as_of, diary.sessions) if key.is_today else None
    headline = build_headline(figures, bool(diary.packed.length))
    methodology = reverse("how") if key.is_own else reverse("patient_how", kwargs={"key": record.key})
    as_of = {} if key.is_today else {"as_of": key.as_of.isoformat()}
    return {
        "record": record,
        "dashboard": key,
        "is_own": key.is_own,
        "figures": figures,
        "headline": replace_early_headline(headline, figures, record),
        "ceiling_hint": describe_ceiling(figures),
        "methodology_url": f"{methodology}?{urlencode({'metric': key.metric} | as_of)}",
        "as_of_query": f"&{urlencode(as_of)}" if as_of else "",
        "year": render_year_tables(index.diary, key.as_of, diary.sessions, has_links=key.is_own)
        if diary.packed.length
        else "",
        "next": next_session,
        "lines": [build_line_labels(rule) for rule in figures.rules],
        "medication": [
            (group, draw_pictures([medication_chart(group.key, group.months, group.limit)]))
            for group in build_groups(figures, index)
        ],
        "preventives": list(preventives),
        **completeness_context(record, index, is_today=key.is_today),
        **periods_context(figures, key.metric, preventives, DiarySpan.of(index)),
        **weeks_context(figures),
        **treatment_context(index, figures, next_session, preventives),
        "treatment_part": mark_safe(treatment.body),  # noqa: S308  rendered by one of our templates
    }


def get_dashboard(record: Record, query: DashboardQuery, today: date, *, is_own: bool) -> CachedDashboard:
    """Return the page between head and foot from the cache; render and store it when record, day or code changed."""
    language, zone = get_language() or "", record.user.time_zone
    key = DashboardKey(is_own, language, query.metric, query.as_of, query.as_of == today, zone)
    page = get_cached_dashboard(record, key)
    if page is not None:
        return page
    diary = load_cached_diary(record)
    # A change of the diary does not invalidate the part about the treatment.
    treatment = get_cached_dashboard(record, key.treatment_key)
    if treatment is None:
        treatment = render_treatment(record, key)
        if diary.is_guarded:
            store_dashboard(record, key.treatment_key, diary.treatment, treatment)
    context = build_context(record, diary, key, treatment)
    body = render_to_string("progress/_dashboard.html", context)
    page = CachedDashboard(body, bool(context["chart"] or context["medication"]) or treatment.has_charts)
    if diary.is_guarded:
        store_dashboard(record, key, diary.version, page)
    return page
