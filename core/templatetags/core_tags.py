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
    "more": '<path d="M4.5 7h15M4.5 12h15M4.5 17h15"/>',
    "bell": '<path d="M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5ZM10 20.5h4"/>',
    "pill": '<rect x="3.5" y="8.5" width="17" height="7" rx="3.5"/><path d="M12 8.5v7"/>',
    "share": (
        '<circle cx="8.5" cy="9" r="3.5"/>'
        '<path d="M2.5 19.5a6 6 0 0 1 12 0M15.5 5.8a3.5 3.5 0 0 1 0 6.4M18 14.5a6 6 0 0 1 3.5 5"/>'
    ),
    "file": '<path d="M6 3.5h8l4.5 4.5v12.5H6ZM14 3.5V8h4.5"/>',
    "book": '<path d="M12 6c-2-1.5-5-2-8-1.5v13c3-.5 6 0 8 1.5 2-1.5 5-2 8-1.5v-13c-3-.5-6 0-8 1.5ZM12 6v13"/>',
    "help": (
        '<circle cx="12" cy="12" r="8.5"/>'
        '<path d="M9.5 9.7a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.7M12 16.8v.2"/>'
    ),
    "settings": (
        '<circle cx="12" cy="12" r="3"/>'
        '<path d="M12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2 2M16 16l2 2M6 18l2-2M16 8l2-2"/>'
    ),
    "leave": '<path d="M10 4.5H5v15h5M15 8l4 4-4 4M19 12H9.5"/>',
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
