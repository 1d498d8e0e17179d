"""The template tag for forms with drafts."""

from typing import Any

from django import template
from django.template import Context

from accounts import drafts

register = template.Library()


@register.inclusion_tag("accounts/_draft.html", takes_context=True)
def draft(context: Context) -> dict[str, Any]:
    """Render what static/js/forms/drafts.js needs inside a form[data-draft] that is sent to its own page."""
    request = context["request"]
    stored = request.user.drafts.filter(key=request.path).first()
    return {
        "field": drafts.FIELD,
        "key": request.path,
        "owner": drafts.build_owner_code(request.user),
        "zone": request.user.time_zone,
        "is_refused": request.method == "POST",
        "stored": {
            "edit": stored.edit,
            "fields": stored.fields,
            "at": int(stored.saved_at.timestamp() * 1000),
        }
        if stored
        else None,
    }
