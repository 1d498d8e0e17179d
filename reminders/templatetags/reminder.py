"""Template filters of the reminders."""

from django import template
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def seconds(value: float | None) -> str:
    """Return a duration as "45 seconds", "12 minutes", "5 hours" or "3 days"; a dash for None."""
    if value is None:
        return "–"
    whole = int(value)
    if whole >= 2 * 86400:
        number = whole // 86400
        return ngettext("%(number)s day", "%(number)s days", number) % {"number": number}
    if whole >= 2 * 3600:
        number = whole // 3600
        return ngettext("%(number)s hour", "%(number)s hours", number) % {"number": number}
    if whole >= 2 * 60:
        number = whole // 60
        return ngettext("%(number)s minute", "%(number)s minutes", number) % {"number": number}
    return ngettext("%(number)s second", "%(number)s seconds", whole) % {"number": whole}
