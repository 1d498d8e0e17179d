"""A chart for paper: a file of its own, every position in pixels, nothing that needs a style sheet or colour."""

import re
from xml.etree import ElementTree

import pytest

from charts.model import DESK_PLOT, NARROW_PLOT, Axis, Chart, Frame, Rule, Series, TextNote, Tick, Value
from charts.printed import LEFT, draw_file

FRAME = Frame(top=30, plot=100, bottom=50)
CHART = Chart(
    name="days",
    kind="bars",
    frame=FRAME,
    x=Axis(-0.5, 1.5, (Tick(0, ("before",)), Tick(1, ("◆ Session <1>",)))),
    y=Axis(0, 20, (Tick(0, ("0",)), Tick(10, ("10",)))),
    series=(
        Series("bars", (Value(0, 20, "20 & more", "before", ("20",)), Value(1, None, "unknown", "few"))),
        Series("points", (Value(1, 10, "10", "after", ("10",)),)),
    ),
    rules=(Rule(-0.5, 20, 1.5, 20, "before"),),
    notes=(TextNote(0, None, ("wide",), only="wide"), TextNote(0, None, ("narrow",), only="narrow")),
)


def parse(plot: int) -> ElementTree.Element:
    return ElementTree.fromstring(draw_file(CHART, plot, "Some Font"))  # noqa: S314  written by ourselves


@pytest.mark.parametrize("plot", [NARROW_PLOT, DESK_PLOT])
def test_a_printed_chart_stands_alone(plot: int) -> None:
    root = parse(plot)
    text = draw_file(CHART, plot, "Some Font")
    assert "%" not in text
    assert "class=" not in text
    assert set(re.findall(r"#[0-9a-f]{3}\b", text)) <= {"#111", "#444", "#555", "#bbb", "#ddd", "#fff"}
    assert root.attrib["height"] == str(FRAME.height)
    words = {each.text for each in root.iter("{http://www.w3.org/2000/svg}text")}
    shown, hidden = ("wide", "narrow") if plot == DESK_PLOT else ("narrow", "wide")
    assert shown in words
    assert hidden not in words
    assert "Session <1>" in words


def test_positions_are_those_of_the_data() -> None:
    """The point at 1 of -0.5 to 1.5 is three quarters across; 10 of 20 is half way down."""
    root = parse(800)
    [circle] = root.iter("{http://www.w3.org/2000/svg}circle")
    assert (circle.attrib["cx"], circle.attrib["cy"]) == ("600", "80")
    paths = [each.attrib for each in root.iter("{http://www.w3.org/2000/svg}path")]
    [dashed] = [each["d"] for each in paths if "stroke-dasharray" in each]
    assert dashed == "M0 30L800 30"
    [bar] = [each["d"] for each in paths if each["fill"] == "#fff"]
    assert re.findall(r"V130|130V|M[\d.]+ 130", bar)
    assert root.attrib["width"] == str(LEFT + 800 + 12)
