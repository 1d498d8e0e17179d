"""The page of acute medicine: days by month and group with the published limit, relief, days around menstruation."""

from typing import Any

from charts.picture import draw_pictures
from progress.cache.load import load_relief
from progress.charts.medication import medication_chart
from progress.dashboard.source import PageSource
from progress.presentation.doubts import describe_menstrual
from progress.presentation.medication import build_groups
from progress.presentation.relief import build_relief_row


def medicine_context(source: PageSource) -> dict[str, Any]:
    """Return each group of the last months with its chart, each medicine, and the days around menstruation."""
    groups = build_groups(source.figures, source.index)
    charts = [draw_pictures([medication_chart(group.key, group.months, group.limit)]) for group in groups]
    return {
        "medication": list(zip(groups, charts, strict=True)),
        "has_charts": bool(groups),
        "relief": [build_relief_row(relief) for relief in load_relief(source.record, source.key.as_of)],
        "menstrual": describe_menstrual(source.figures),
    }
