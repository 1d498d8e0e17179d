"""A chart as plotly sees it: in the colours of a theme, read by classes that refuse what they do not know."""

from typing import Any

from plotly.graph_objects import Figure

from charts.model import Chart
from charts.plotly import build_figure
from tests.look.test_contrast import THEMES


def painted(value: Any, colours: dict[str, str]) -> Any:
    """What static/js/charts/explore.js does with the names of colours."""
    if isinstance(value, dict):
        return {key: painted(item, colours) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [painted(item, colours) for item in value]
    return colours[value[1:]] if isinstance(value, str) and value.startswith("$") else value


def validated(sent: dict[str, Any], theme: str = "light") -> Figure:
    """Raises ValueError where plotly knows no such property or value."""
    return Figure(painted({"data": sent["data"], "layout": sent["layout"]}, THEMES[theme]))


def plotted(chart: Chart, theme: str = "light") -> Figure:
    return validated(build_figure(chart), theme)
