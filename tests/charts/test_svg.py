"""Any chart as SVG, as numbers: where its parts stand, and what its markup says."""

import json
from dataclasses import replace

import pytest

from charts import svg
from charts.model import Axis, Chart, Frame, Series, Tick, Value, grid_step, number_ticks, thin_out
from charts.picture import draw_pictures
from charts.plotly import build_figure
from charts.svg import draw
from tests.charts.figures import plotted
from tests.charts.geometry import texts


def simple(*values: float | None, kind: str = "bars") -> Chart:
    """A plot of 100 px from 0 to 10, one value a unit from 0 on."""
    return Chart(
        name="x",
        kind="single",
        frame=Frame(20, 100, 30),
        x=Axis(-0.5, len(values) - 0.5, tuple(Tick(index, (str(index),)) for index in range(len(values)))),
        y=Axis(0, 10, number_ticks(0, 10, 5)),
        series=(
            Series(
                kind,  # type: ignore[arg-type]
                tuple(
                    Value(index, y, f"value {index}", "after", (str(y),)) for index, y in enumerate(values)
                ),
                line="after" if kind == "points" else None,
            ),
        ),
    )


def test_a_bar_stands_on_the_axis_in_the_middle_of_its_unit() -> None:
    left, right = draw(simple(5, 10)).boxes
    assert (left.x, left.y, left.width, left.height) == pytest.approx((8.5, 50, 33, 50))
    assert (right.x, right.y, right.width, right.height) == pytest.approx((58.5, 0, 33, 100))


def test_a_zero_is_a_number_without_a_bar_and_nothing_known_is_neither() -> None:
    drawing = draw(simple(0, None))
    assert [(box.y, box.height) for box in drawing.boxes] == [(100, 0)]
    assert texts(drawing, "number") == ["0"]
    assert [words.y for words in drawing.texts if "number" in words.css] == [20 + 100 - 6]


def test_a_line_of_points_breaks_where_nothing_is_known() -> None:
    drawing = draw(simple(0, 5, None, 10, kind="points"))
    assert [(dot.x, dot.y) for dot in drawing.dots] == [(12.5, 120), (37.5, 70), (87.5, 20)]
    [line] = [path for path in drawing.front if path.css == "after"]
    assert line.d == "M125 100 375 50M875 0"


def test_the_pointer_finds_each_value_as_far_as_half_the_way_to_the_next() -> None:
    strips = draw(simple(1, 2, 3, 4)).strips
    assert [(one.x, one.width) for one in strips] == [(0, 25), (25, 25), (50, 25), (75, 25)]
    assert [one.text for one in strips] == ["value 0", "value 1", "value 2", "value 3"]


def test_one_value_alone_takes_the_whole_plot() -> None:
    [strip] = draw(simple(3)).strips
    assert (strip.x, strip.width) == (0, 100)


@pytest.mark.parametrize(
    ("top", "distance"), [(1, 1), (2, 1), (3, 2), (7, 2), (8, 7), (28, 7), (29, 7), (300, 100), (9999, 1000)]
)
def test_grid_lines_stand_at_whole_numbers_people_count_in(top: float, distance: int) -> None:
    assert grid_step(top) == distance


def test_ticks_lie_between_their_ends() -> None:
    assert [tick.at for tick in number_ticks(34.3, 83, 10)] == [40, 50, 60, 70, 80]
    assert [tick.at for tick in number_ticks(0, 10, 5)] == [0, 5, 10]


def test_thinning_out_keeps_the_first_of_those_that_are_too_close() -> None:
    assert thin_out([0, 1, 2, 5, 6, 9], 3) == [0, 5, 9]
    assert thin_out([], 3) == []


# ---------- markup ----------


def test_words_of_people_are_text_and_nothing_else() -> None:
    chart = replace(simple(1), series=(Series("bars", (Value(0, 1, '<b>"&', "after", ("<i>",)),)),))
    drawing = draw(chart)
    assert 'data-words="&lt;b&gt;&quot;&amp;"' in svg.strip_markup(drawing)
    assert ">&lt;i&gt;</text>" in svg.mark_markup(drawing)
    assert plotted(chart).data[0].text == ("&lt;i&gt;",)


def test_a_figure_in_the_page_ends_where_its_element_ends() -> None:
    words = ("</script><!-- & –", "<b>")
    chart = replace(simple(1.5), series=(Series("bars", (Value(0, None, "", "after", words),)),))
    [picture] = draw_pictures([chart])
    element = picture.script
    assert element.startswith('<script id="x-figure" type="application/json">{')
    inside = element.partition(">")[2].removesuffix("</script>")
    assert not set(inside) & set("<>&")
    assert json.loads(inside) == build_figure(chart)
