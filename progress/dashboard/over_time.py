"""The page over time: a metric by 28-day period, headache days by week since the injection, the year."""

from typing import Any

from django.utils.translation import gettext as _

from charts.picture import draw_pictures
from figures.engine import Figures
from figures.values import METRICS
from figures.wear_off import KEYS, LATER
from progress.charts.periods import period_charts
from progress.charts.weeks import weeks_chart
from progress.dashboard.source import PageSource
from progress.dashboard.tables import render_period_rows, render_year_tables
from progress.presentation.confounders import Course, find_annotations
from progress.presentation.periods import (
    MAX_BARS,
    build_periods,
    describe_completeness,
    describe_periods,
)
from progress.presentation.sentences import metric_name, metric_switch_name
from progress.presentation.weeks import (
    WeekRow,
    describe_wear_off,
    describe_week,
    four_week_means,
    has_weeks,
    week_name,
    weekly_rate,
)
from progress.presentation.year import describe_year


def time_context(source: PageSource) -> dict[str, Any]:
    """Return the charts by period and by week since the injection, and the year as a sentence and a table."""
    has_days = bool(source.diary.packed.length)
    periods, weeks = build_period_chart(source), build_weeks(source.figures)
    return {
        **periods,
        **weeks,
        "has_charts": bool(periods["chart"] or weeks),
        "year": render_year_tables(
            source.index.diary, source.key.as_of, source.diary.sessions, has_links=source.key.is_own
        )
        if has_days
        else "",
        "year_finding": describe_year(source.index) if has_days else "",
    }


def build_period_chart(source: PageSource) -> dict[str, Any]:
    """Return the chart of one metric by period with its summary and its table."""
    figures, metric = source.figures, source.key.metric
    periods = build_periods(figures, metric, source.span)
    courses = [Course(each.name, each.started, each.ended) for each in source.preventives]
    annotations, caveat = find_annotations(courses, figures), ""
    if annotations:
        caveat = _(
            "Between before and now other preventives changed too (%(names)s): "
            "the comparison cannot tell their part from that of Botox."
        ) % {"names": ", ".join(dict.fromkeys(annotation.name for annotation in annotations))}
    return {
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


def build_weeks(figures: Figures) -> dict[str, Any]:
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
