"""The overview of the progress: what changed, a chart, three counts, the next session, and what to expect now."""

from typing import Any

from charts.picture import draw_pictures
from figures.values import HEADACHE_DAYS
from progress.charts.periods import period_charts
from progress.dashboard.source import PageSource
from progress.presentation.expectations import replace_early_headline
from progress.presentation.periods import build_periods, describe_periods
from progress.presentation.sentences import build_headline, describe_ceiling, metric_name
from progress.presentation.tiles import build_tiles, describe_tile_days
from treatments.domain.expectations import NOW, build_stages


def overview_context(source: PageSource) -> dict[str, Any]:
    """Return the context of the overview."""
    figures, index, next_session = source.figures, source.index, source.next_session
    has_days = bool(source.diary.packed.length)
    periods = build_periods(figures, HEADACHE_DAYS, source.span)
    has_chart = sum(period.per_28 is not None for period in periods) > 1
    stages = build_stages(index.sessions, next_session, figures.as_of) if next_session else []
    return {
        "headline": replace_early_headline(build_headline(figures, has_days), figures, source.record),
        "ceiling_hint": describe_ceiling(figures),
        "metric_name": metric_name(HEADACHE_DAYS),
        "finding": describe_periods(periods),
        "chart": draw_pictures(period_charts(periods, [])) if has_chart else None,
        "has_charts": has_chart,
        "tiles": build_tiles(figures, index),
        "tiles_head": describe_tile_days(figures),
        "next": next_session,
        "stage": next((stage for stage in stages if stage.state == NOW), None),
        "has_days": has_days,
    }
