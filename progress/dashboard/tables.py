"""The two long tables of the dashboard, hundreds of cells each. Pure.

They are put together here because the template engine takes some twenty times as long for it, and every first
dashboard after a change waits for them. Everything that is not a constant is escaped.
"""

from calendar import Calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from html import escape

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import formatting
from core.dates import list_months
from headaches.models import DayState
from progress.figures.packed_diary import STATES, PackedDiary
from progress.presentation.periods import RUNNING, Period

CELL = '<td data-state="{}"{}><span class="mark"></span><span class="sr">{}</span></td>'
EMPTY = "<td></td>"
NUMBER = '<td class="n">{}</td>'
PERIOD = f'<tr><th scope="row">{{}}</th>{4 * NUMBER}</tr>'


def year_tables(
    facts: PackedDiary, last: date, sessions: Iterable[date], page_of: Callable[[date], str] | None = None
) -> SafeString:
    """A table for each of the twelve months up to a day, a cell for each day, its state also in words.

    page_of: gives the address of a month's own page, by its first day; None where the reader has none.
    """
    months = list_months(last, 12)
    dates = [months[0] + timedelta(place) for place in range((last - months[0]).days + 1)]
    cells = dict(zip(dates, year_cells(facts, dates, frozenset(sessions)), strict=True))
    return format_html_join(
        "",
        "<table><caption>{}</caption><tbody>{}</tbody></table>",
        ((month_name(month, page_of), month_rows(month, cells)) for month in months),
    )


def month_name(month: date, page_of: Callable[[date], str] | None) -> str:
    name = formatting.month_year(month)
    return format_html('<a href="{}">{}</a>', page_of(month), name) if page_of else name


def year_cells(facts: PackedDiary, dates: Sequence[date], sessions: frozenset[date]) -> list[str]:
    words = {state: escape(str(DayState(state or DayState.UNRECORDED).label)) for state in STATES}
    injected = escape(_("injection session"))
    found = []
    for on, name in zip(dates, formatting.weekday_days(dates), strict=True):
        state, is_session = facts.state_on(on), on in sessions
        label = f"{escape(name)}, {words[state]}" + (f", {injected}" if is_session else "")
        found.append(CELL.format(state or DayState.UNRECORDED, " data-session" if is_session else "", label))
    return found


def month_rows(month: date, cells: Mapping[date, str]) -> SafeString:
    weeks = Calendar().monthdatescalendar(month.year, month.month)
    rows = (
        "".join(cells.get(on, EMPTY) if on.month == month.month else EMPTY for on in week) for week in weeks
    )
    return SafeString("".join(f"<tr>{row}</tr>" for row in rows))


def period_rows(rows: Sequence[Period]) -> SafeString:
    """A row for each period: name, count, days with an entry, known days, figure in 28 days."""
    entries = escape(_("%(recorded)s of %(days)s"))
    halves, decimal = (
        cache(formatting.halves),
        cache(formatting.decimal),
    )  # years of periods share a few numbers
    few, so_far = escape(_("not enough entries")), f" <small>{escape(_('so far'))}</small>"
    return SafeString(
        "\n".join(
            PERIOD.format(
                escape(row.name),
                halves(row.count),
                entries % {"recorded": row.recorded, "days": row.days},
                row.known,
                few if row.per_28 is None else decimal(row.per_28) + (so_far if row.state == RUNNING else ""),
            )
            for row in rows
        )
    )
