"""The two long tables of the dashboard, hundreds of cells each. Pure.

They are built here because the template engine takes about twenty times as long, and the first dashboard after a
change waits for them. Everything that is not a constant is escaped.
"""

from calendar import Calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from html import escape

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import formatting
from core.dates import list_months
from figures.packed_diary import STATES, PackedDiary
from headaches.models import DayState
from progress.presentation.periods import RUNNING, Period

CELL = '<td data-state="{}"{}><span class="mark"></span><span class="sr">{}</span></td>'
EMPTY = "<td></td>"
NUMBER = '<td class="n">{}</td>'
PERIOD = f'<tr><th scope="row">{{}}</th>{4 * NUMBER}</tr>'


def render_year_tables(
    diary: PackedDiary, last: date, sessions: Iterable[date], *, has_links: bool
) -> SafeString:
    """Render a table for each of the twelve months up to a day: one cell a day, its state also as text.

    has_links: whether the reader may open the page of a month.
    """
    months = list_months(last, 12)
    dates = [months[0] + timedelta(offset) for offset in range((last - months[0]).days + 1)]
    labels = {state: escape(str(DayState(state or DayState.UNRECORDED).label)) for state in STATES}
    session_dates, injected = frozenset(sessions), escape(_("injection session"))
    cells = {}
    for day, name in zip(dates, formatting.weekday_days(dates), strict=True):
        state, is_session = diary.state_on(day), day in session_dates
        label = f"{escape(name)}, {labels[state]}" + (f", {injected}" if is_session else "")
        mark = " data-session" if is_session else ""
        cells[day] = CELL.format(state or DayState.UNRECORDED, mark, label)
    tables = []
    for month in months:
        caption = formatting.month_year(month)
        if has_links:
            address = reverse("month", kwargs={"month": f"{month:%Y-%m}"})
            caption = format_html('<a href="{}">{}</a>', address, caption)
        week_rows = (
            "".join(cells.get(day, EMPTY) if day.month == month.month else EMPTY for day in week)
            for week in Calendar().monthdatescalendar(month.year, month.month)
        )
        rows = SafeString("".join(f"<tr>{week_cells}</tr>" for week_cells in week_rows))
        tables.append((caption, rows))
    return format_html_join("", "<table><caption>{}</caption><tbody>{}</tbody></table>", tables)


def render_period_rows(periods: Sequence[Period]) -> SafeString:
    """Render a row for each period: name, count, recorded days, known days, rate in 28 days."""
    entries = escape(_("%(recorded)s of %(days)s"))
    halves, decimal = (
        cache(formatting.halves),
        cache(formatting.decimal),
    )  # years of periods share a few numbers
    so_far = " <small>" + escape(_("so far")) + "</small>"
    return SafeString(
        "\n".join(
            PERIOD.format(
                escape(period.name),
                halves(period.count),
                entries % {"recorded": period.recorded, "days": period.days},
                period.known,
                decimal(period.per_28) + (so_far if period.state == RUNNING else "")
                if period.per_28 is not None
                else escape(period.missing.label if period.missing else ""),
            )
            for period in periods
        )
    )
