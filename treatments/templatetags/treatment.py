"""Template filters for the next session."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from treatments.domain.schedule import NextSession

register = template.Library()


@register.filter
def next_session_label(next_session: NextSession) -> str:
    """Return a label such as "Session 6 in 13 days"."""
    number, days = next_session.number, next_session.days_left
    if days == 0:
        return _("Session %(number)s today") % {"number": number}
    if days == 1:
        return _("Session %(number)s tomorrow") % {"number": number}
    if days > 0:
        text = ngettext("Session %(number)s in %(days)s day", "Session %(number)s in %(days)s days", days)
        return text % {"number": number, "days": days}
    planned = _("booked") if next_session.booked else _("due")
    text = ngettext(
        "Session %(number)s was %(planned)s %(days)s day ago",
        "Session %(number)s was %(planned)s %(days)s days ago",
        -days,
    )
    return text % {"number": number, "planned": planned, "days": -days}


@register.filter
def deviation_label(days: int | None) -> str:
    """Return "2 weeks late" or "1 week early"; "" within a week of the due date."""
    weeks = abs(days or 0) // 7
    if not weeks or days is None:
        return ""
    if days > 0:
        return ngettext("%(weeks)s week late", "%(weeks)s weeks late", weeks) % {"weeks": weeks}
    return ngettext("%(weeks)s week early", "%(weeks)s weeks early", weeks) % {"weeks": weeks}
