"""The geometry of our charts, as numbers: what stands where, what does not meet, and what the edges do."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree

from django.template.loader import render_to_string
from django.utils.translation import override
from hypothesis import example, given
from hypothesis import strategies as st

from charts import svg
from charts.model import DESK_PLOT
from charts.picture import draw_pictures
from charts.svg import draw
from progress.charts.medication import medication_chart
from progress.charts.periods import period_charts
from progress.charts.scores import scores_chart
from progress.charts.weeks import weeks_chart
from progress.presentation.confounders import Annotation
from progress.presentation.medication import Month
from progress.presentation.periods import BEFORE, FEW, FULL, RUNNING, Period
from tests.charts.figures import plotted
from tests.charts.geometry import check, texts
from treatments.domain.scores import build_courses
from treatments.models import Score

FIRST = date(2020, 1, 6)


def period(index: int, per_28: float | None, state: str = FULL, count: float = 3) -> Period:
    """The baseline at 0, then three periods a session."""
    start = FIRST + timedelta(28 * index)
    session = (index + 2) // 3 if index else 0
    on = FIRST + timedelta(84 * session - 56) if session else None
    known = 28 if per_28 is not None else 12
    return Period(
        short_name=("1–4", "5–8", "9–12")[(index - 1) % 3] if index else "before",
        name=f"period {index}", session=session, session_date=on, count=count, known=known, days=28,
        recorded=known, per_28=per_28, state=state if per_28 is not None else FEW, start=start,
        end=start + timedelta(27),
    )  # fmt: skip


def periods(before: float | None, *after: float | None) -> list[Period]:
    return [period(0, before, BEFORE), *(period(index, one) for index, one in enumerate(after, start=1))]


def month(index: int, days: int) -> Month:
    return Month(date(2026, index + 1, 1), days, 20, 28, index == 5)


def score(on: date, total: int) -> Score:
    return Score(date=on, instrument="hit6", score=Decimal(total))


# ---------- the charts ----------


def test_a_single_period_is_drawn_beside_its_baseline() -> None:
    wide, narrow = (draw(chart) for chart in period_charts(periods(20, 11), []))
    assert texts(wide, "number") == ["20", "11"]
    assert len(wide.boxes) == len(narrow.dots) == 2
    assert [bracket.title for bracket in wide.chart.brackets] == ["◆ 1"]
    assert texts(narrow, "number") == ["11"]


def test_more_than_sixteen_periods_show_the_latest_with_bars_wide_enough() -> None:
    wide, narrow = period_charts(periods(20, *range(1, 27), 9), [])
    assert [value.y for value in wide.values] == [20, *range(12, 27), 9]
    assert len(narrow.values) == 27
    narrowest = min(box.width for box in draw(wide).boxes) / 100 * DESK_PLOT
    assert narrowest / svg.BAR_SHARE >= 30, "px a period, tests/look/stripes.py says why"


def test_twenty_years_fit_in_both_widths() -> None:
    rows = periods(20, *(3 + index * 7 % 20 for index in range(260)))
    found = [Annotation(rows[-3].start, "Candesartan", True)]
    for chart in period_charts(rows, found):
        check(draw(chart))
        assert plotted(chart).layout.height == chart.frame.height


def test_nothing_before_and_nothing_known_is_no_crash() -> None:
    wide, narrow = period_charts(periods(None, None, None), [])
    assert wide.rules == narrow.rules == ()
    assert texts(draw(narrow), "note") == ["–", "–", "–"]
    assert draw(narrow).dots == ()
    assert texts(draw(wide), "number")[:2] == ["of 12", "3"]


def test_a_number_that_the_baseline_would_cross_stands_inside_its_bar() -> None:
    wide, _narrow = period_charts(periods(20, 19, 10), [])
    assert [value.placement for value in wide.values] == ["above", "inside", "above"]


def test_the_words_of_the_baseline_rise_over_the_bars_below_them() -> None:
    calm, _narrow = period_charts(periods(20, 5, 5, 5), [])
    high, _narrow = period_charts(periods(10, 5, 5, 20), [])
    assert calm.notes[0].lift == 6
    top = 20 / high.y.high * high.frame.plot + svg.LINE_HEIGHT
    assert 10 / high.y.high * high.frame.plot + high.notes[0].lift > top


def test_weeks_name_the_ends_of_each_four_where_they_are_narrow() -> None:
    week = [1.0, None, *[3.5] * 10]
    chart = weeks_chart([3.0, None, 4.0], week, [week, week], [str(one) for one in week], has_signal=True)
    drawing = draw(chart)
    assert [tick.lines[0] for tick in chart.x.ticks if not tick.only] == ["1", "4", "5", "8", "9", "12"]
    assert "Weeks after the injection" in texts(drawing, "tick")
    assert [path.css for path in drawing.front] == ["axis", "weeks", "rule after", "rule signal"]
    assert [words.text for words in drawing.texts if words.only == "wide" and "head" in words.css] == [
        "12 a month",
        "16 a month",
    ]


def test_the_published_line_stands_at_its_number_of_days() -> None:
    chart = medication_chart("triptan", [month(index, 12 if index == 2 else 2) for index in range(6)], 10)
    drawing = draw(chart)
    [line] = [path for path in drawing.front if path.css == "rule limit"]
    level = 182 * (1 - 10 / (12 * 1.15))
    assert line.d == f"M0 {level:.1f}L1000 {level:.1f}"
    assert texts(drawing, "note") == ["published limit: 10 days"]
    assert medication_chart("gepant", [month(index, 1) for index in range(6)], None).rules == ()


# ---------- whatever the figures are ----------


figures = st.one_of(st.none(), st.floats(0, 28), st.integers(0, 28).map(float))
diaries = st.builds(
    lambda before, after: periods(before, *after), figures, st.lists(figures, min_size=1, max_size=60)
)


@given(
    rows=diaries, hours=st.booleans(), marked=st.sets(st.integers(0, 1700), max_size=6), runs=st.booleans()
)
def test_periods_of_any_diary_are_inside_and_apart(
    rows: list[Period], hours: bool, marked: set[int], runs: bool
) -> None:
    if hours:  # the metric with the largest numbers
        rows = [replace(row, per_28=row.per_28 and row.per_28 * 24, count=row.count * 24) for row in rows]
    if runs and rows[-1].per_28 is not None:
        rows[-1] = replace(rows[-1], state=RUNNING)
    found = [Annotation(FIRST + timedelta(days), "X", True) for days in sorted(marked)]
    for chart in period_charts(rows, found):
        check(draw(chart))
        plotted(chart)


weeks_of_a_cycle = st.lists(st.one_of(st.none(), st.floats(0, 7)), min_size=12, max_size=12)


@given(
    means=st.lists(st.one_of(st.none(), st.floats(0, 7)), min_size=3, max_size=3),
    cycles=st.lists(weeks_of_a_cycle, min_size=1, max_size=5),
    signal=st.booleans(),
)
def test_weeks_of_any_treatment_are_inside_and_apart(
    means: list[float | None], cycles: list[list[float | None]], signal: bool
) -> None:
    chart = weeks_chart(means, cycles[0], cycles, ["words"] * 12, has_signal=signal)
    check(draw(chart))
    plotted(chart)


@given(days=st.lists(st.integers(0, 31), min_size=6, max_size=6), limit=st.sampled_from([None, 10, 15]))
@example(days=[0] * 6, limit=None)
@example(days=[31] * 6, limit=10)
def test_medicines_of_any_months_are_inside_and_apart(days: list[int], limit: int | None) -> None:
    chart = medication_chart("triptan", [month(index, one) for index, one in enumerate(days)], limit)
    check(draw(chart))
    plotted(chart)


@given(
    totals=st.dictionaries(st.integers(0, 7000), st.integers(36, 78), min_size=2, max_size=60),
    sessions=st.sets(st.integers(0, 7000), max_size=90),
)
def test_scores_of_any_years_are_inside_and_apart(totals: dict[int, int], sessions: set[int]) -> None:
    rows = [score(FIRST + timedelta(days), total) for days, total in totals.items()]
    [course] = build_courses(rows, None)
    chart = scores_chart(course, [FIRST + timedelta(days) for days in sorted(sessions)])
    check(draw(chart))
    plotted(chart)


# ---------- markup ----------


def test_numbers_are_written_the_same_in_every_language() -> None:
    assert [svg.number(value, 2) for value in (0, 1.5, 100, 33.333, 1234.5, 0.004)] == [
        "0", "1.5", "100", "33.33", "1234.5", "0",
    ]  # fmt: skip
    week: list[float | None] = [1.25, 2.5, *[3.1] * 10]
    with override("de"):
        pictures = draw_pictures(
            [weeks_chart([1.1, 2.2, 3.3], week, [week], ["1,25 Tage"] * 12, has_signal=False)]
        )
        markup = render_to_string("charts/drawing.html", {"pictures": pictures, "title": "T", "summary": "S"})
    end = markup.index('<script id="weeks-figure"')
    drawn = ElementTree.fromstring(markup[markup.index("<svg") : end])  # noqa: S314  our own markup
    names = ("x", "y", "width", "height", "cx", "cy", "r", "dx", "d", "viewBox")
    written = [one.get(name, "") for one in drawn.iter() for name in names]
    assert any("." in value for value in written)
    assert not any("," in value for value in written)
    assert drawn.findall(".//text")
