"""Words about the next session."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from treatments.domain.schedule import NextSession

register = template.Library()


@register.filter
def next_words(coming: NextSession) -> str:
    """ "Session 6 in 13 days" """
    number, days = coming.number, coming.days_left
    if days == 0:
        return _("Session %(number)s today") % {"number": number}
    if days == 1:
        return _("Session %(number)s tomorrow") % {"number": number}
    if days > 0:
        words = ngettext("Session %(number)s in %(days)s day", "Session %(number)s in %(days)s days", days)
        return words % {"number": number, "days": days}
    planned = _("booked") if coming.booked else _("due")
    words = ngettext(
        "Session %(number)s was %(planned)s %(days)s day ago",
        "Session %(number)s was %(planned)s %(days)s days ago",
        -days,
    )
    return words % {"number": number, "planned": planned, "days": -days}


@register.filter
def off_words(days: int | None) -> str:
    """ "2 weeks late", "1 week early"; empty within a week of due"""
    weeks = abs(days or 0) // 7
    if not weeks or days is None:
        return ""
    if days > 0:
        return ngettext("%(weeks)s week late", "%(weeks)s weeks late", weeks) % {"weeks": weeks}
    return ngettext("%(weeks)s week early", "%(weeks)s weeks early", weeks) % {"weeks": weeks}
