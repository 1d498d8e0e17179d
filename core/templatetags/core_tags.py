"""Tags and filters that every template can use without loading them: icons, dates and numbers."""

from datetime import date, datetime

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core import formatting

register = template.Library()

ICONS = {
    "today": '<circle cx="12" cy="12" r="8.5"/><path d="m8.3 12.2 2.6 2.6 4.9-5.2"/>',
    "diary": '<rect x="4" y="5.5" width="16" height="14.5" rx="2.5"/><path d="M4 10h16M8.5 3.5v4M15.5 3.5v4"/>',
    "progress": '<path d="M4 4.5v13a2 2 0 0 0 2 2h14"/><path d="m8 9.5 3.5 4 3-2.5 4.5 4.5"/>',
    "session": '<path d="M12 3.5 20.5 12 12 20.5 3.5 12Z"/>',
    "moon": '<path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7Z"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20a7.5 7.5 0 0 1 15 0"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.7v.2"/>',
    "warning": '<path d="M12 4 21 19.5H3Z"/><path d="M12 10v4.5M12 17v.2"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "dash": '<path d="M6 12h12"/>',
    "back": '<path d="m14.5 5-7 7 7 7"/>',
    "forward": '<path d="m9.5 5 7 7-7 7"/>',
}


@register.simple_tag
def stylesheets(names: str) -> SafeString:
    """Link the style sheets of these areas, such as "diary forms", in this order."""
    return format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((static(f"css/{name}.css"),) for name in names.split())
    )


@register.simple_tag
def icon(name: str, css: str = "icon") -> SafeString:
    """Return an inline SVG icon; decoration, hidden from screen readers."""
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>',
        css,
        mark_safe(ICONS[name]),  # noqa: S308  a constant of this module
    )


@register.filter
def day(value: date | None) -> str:
    """19 May 2026"""
    return formatting.day(value) if value else "–"


@register.filter
def short_day(value: date | None) -> str:
    """19 May"""
    return formatting.short_day(value) if value else "–"


@register.filter
def weekday_day(value: date | None) -> str:
    """Tuesday 19 May"""
    return formatting.weekday_day(value) if value else "–"


@register.filter
def instant(value: datetime) -> str:
    """19 May, 14:02"""
    return formatting.instant(value)


@register.filter
def month_year(value: date | None) -> str:
    """May 2026"""
    return formatting.month_year(value) if value else "–"


@register.filter
def one_decimal(value: float | None) -> str:
    """16.2, or a dash"""
    return formatting.decimal(value) if value is not None else "–"


@register.filter
def whole(value: float | None) -> str:
    """16, or a dash"""
    return formatting.whole(value) if value is not None else "–"
