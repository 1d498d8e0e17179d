"""The page of acute medicine: days by month and group, with the published limit."""

from typing import Any

from charts.picture import draw_pictures
from progress.charts.medication import medication_chart
from progress.dashboard.source import PageSource
from progress.presentation.medication import build_groups


def medicine_context(source: PageSource) -> dict[str, Any]:
    """Return each group of the last months with its chart."""
    groups = build_groups(source.figures, source.index)
    charts = [draw_pictures([medication_chart(group.key, group.months, group.limit)]) for group in groups]
    return {"medication": list(zip(groups, charts, strict=True)), "has_charts": bool(groups)}
