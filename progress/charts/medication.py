"""The chart of days with a group of acute medicines by month, with the published limit as a line."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from charts.model import (
    NARROW_PLOT,
    TEXT_HEIGHT,
    Axis,
    Chart,
    Frame,
    Rule,
    Series,
    TextNote,
    Tick,
    Value,
    compute_lift,
    number_ticks,
    values_under_text,
)
from core import formatting
from progress.presentation.medication import Month, describe_month

FRAME: Final = Frame(top=24, plot=182, bottom=32)


def medication_chart(key: str, months: Sequence[Month], limit: int | None) -> Chart:
    """Build the chart. key: of the group of medicines; limit: the published number of days a month, or None."""
    high = float(max([limit or 0, 4, *(month.days for month in months)])) * 1.15
    right = len(months) - 0.5
    bars = [
        Value(
            index,
            month.days,
            describe_month(month),
            "running" if month.is_running else "after",
            (str(month.days), _("of %(known)s") % {"known": month.recorded})
            if month.unrecorded
            else (str(month.days),),
        )
        for index, month in enumerate(months)
    ]
    rules, notes = [], []
    if limit is not None:
        text = _("published limit: %(limit)s days") % {"limit": limit}
        # The text is clear of the bars that reach the limit.
        covered = values_under_text(months, text, NARROW_PLOT)
        tops = [month.days / high * FRAME.plot + TEXT_HEIGHT for month in covered]
        lift = compute_lift(limit / high * FRAME.plot, tops)
        rules.append(Rule(-0.5, limit, right, limit, "limit", above=True))
        notes.append(TextNote(right, limit, (text,), "end", lift=lift))
    ticks = tuple(Tick(index, (formatting.short_month(month.first),)) for index, month in enumerate(months))
    return Chart(
        name=f"medication-{key}",
        kind="single",
        frame=FRAME,
        x=Axis(-0.5, right, ticks),
        y=Axis(0, high, number_ticks(0, high, 5)),
        series=(Series("bars", tuple(bars)),),
        rules=tuple(rules),
        notes=tuple(notes),
    )
