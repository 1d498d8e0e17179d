"""The chart of headache days by week since the injection: all cycles together, each cycle behind, three means."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from django.utils.translation import gettext as _

from charts.model import (
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
from core import formatting

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
    ticks = tuple(Tick(week, (str(week),), "" if week in NAMED else "wide") for week in WEEKS)
    points = [Value(week, days, text, "weeks") for week, days, text in zip(WEEKS, weeks, texts, strict=True)]
    rules, notes = [], []
    for index, mean in enumerate(means):
        if mean is not None:
            # One thick bar for four weeks; above the plot the days a month, on a phone in several lines.
            start, middle = 4 * index + 0.6, 4 * index + 2.5
            tone: Tone = "signal" if has_signal and index == 2 else "after"
            rules.append(Rule(start, mean, start + 3.8, mean, tone, above=True))
            text = _("%(count)s a month") % {"count": formatting.whole(mean * 4)}
            notes.append(TextNote(middle, None, (text,), strong=True, only="wide"))
            lines = tuple(wrap(text, NARROW_CHARACTERS))
            notes.append(TextNote(middle, None, lines, strong=True, only="narrow"))
    return Chart(
        name="weeks",
        kind="single",
        frame=FRAME,
        x=Axis(0.4, 12.6, ticks, _("Weeks after the injection")),
        y=Axis(0, high, number_ticks(0, high, 1 if top <= 4 else 2), _("Days a week")),
        series=(Series("points", tuple(points), line="weeks"),),
        curves=(Curves(WEEKS, tuple(map(tuple, cycles)), "cycle"),) if len(cycles) > 1 else (),
        rules=tuple(rules),
        notes=tuple(notes),
    )
