"""The chart of headache days by week since the injection: all cycles together, each cycle behind, three means."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from django.utils.translation import gettext as _

from core import formatting
from progress.charts.base import (
    Axis,
    Chart,
    Curves,
    Frame,
    Rule,
    Series,
    TextNote,
    Tick,
    Tone,
    Value,
    number_ticks,
)

FRAME: Final = Frame(top=66, plot=172, bottom=50)
WEEKS: Final = tuple(range(1, 13))
# The weeks labelled in a narrow chart: the first and the last of each four.
NAMED: Final = (1, 4, 5, 8, 9, 12)
# Characters of a line where three columns are side by side on a phone.
NARROW_CHARACTERS: Final = 8


def weeks_chart(
    means: Sequence[float | None],
    weeks: Sequence[float | None],
    cycles: Sequence[Sequence[float | None]],
    texts: Sequence[str],
    *,
    has_signal: bool,
) -> Chart:
    """Build the chart. means: days a week in weeks 1-4, 5-8, 9-12; weeks: in each of weeks 1-12; cycles: weeks of
    each cycle; texts: of each week; has_signal: whether the wear-off signal is true."""
    top = max([2.0, *(days for line in (means, weeks, *cycles) for days in line if days is not None)])
    high = top * 1.15
    return Chart(
        name="weeks",
        kind="single",
        frame=FRAME,
        x=Axis(
            0.4,
            12.6,
            tuple(Tick(week, (str(week),), "" if week in NAMED else "wide") for week in WEEKS),
            _("Weeks after the injection"),
        ),
        y=Axis(0, high, number_ticks(0, high, 1 if top <= 4 else 2), _("Days a week")),
        series=(Series("points", week_values(weeks, texts), line="weeks"),),
        curves=(Curves(WEEKS, tuple(map(tuple, cycles)), "cycle"),) if len(cycles) > 1 else (),
        rules=tuple(
            mean_rule(index, mean, has_signal=has_signal)
            for index, mean in enumerate(means)
            if mean is not None
        ),
        notes=tuple(
            note for index, mean in enumerate(means) if mean is not None for note in mean_notes(index, mean)
        ),
    )


def week_values(weeks: Sequence[float | None], texts: Sequence[str]) -> tuple[Value, ...]:
    return tuple(
        Value(week, days, text, "weeks") for week, days, text in zip(WEEKS, weeks, texts, strict=True)
    )


def mean_rule(index: int, mean: float, *, has_signal: bool) -> Rule:
    """Build one thick bar for four weeks."""
    start = 4 * index + 0.6
    tone: Tone = "signal" if has_signal and index == 2 else "after"
    return Rule(start, mean, start + 3.8, mean, tone, above=True)


def mean_notes(index: int, mean: float) -> Iterator[TextNote]:
    """Yield the mean as days a month, above the plot: in one line, or on a phone in several."""
    text = _("%(count)s a month") % {"count": formatting.whole(mean * 4)}
    yield TextNote(4 * index + 2.5, None, (text,), strong=True, only="wide")
    yield TextNote(4 * index + 2.5, None, tuple(wrap(text, NARROW_CHARACTERS)), strong=True, only="narrow")
