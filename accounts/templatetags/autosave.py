"""The tag that lets a form keep drafts."""

from typing import Any

from django import template
from django.template import Context

from accounts import drafts

register = template.Library()


@register.inclusion_tag("accounts/_draft.html", takes_context=True)
def draft(context: Context) -> dict[str, Any]:
    """What static/js/forms/drafts.js needs inside a form[data-draft] that is sent to the page it stands on."""
    request = context["request"]
    found = drafts.get_draft(request.user, request.path)
    return {
        "field": drafts.FIELD,
        "key": request.path,
        "owner": drafts.owner_code(request.user),
        "zone": request.user.time_zone,
        "refused": request.method == "POST",
        "kept": {
            "edit": found.edit,
            "fields": found.fields,
            "at": int(found.saved_at.timestamp() * 1000),
        }
        if found
        else None,
    }
