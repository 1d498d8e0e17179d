"""What the page of access shows of keys and links."""

from typing import Any

from django import template
from django.utils import timezone

from accounts.models import Record
from exchange.fhir.access import list_keys, list_links

register = template.Library()


@register.inclusion_tag("exchange/_keys.html")
def keys_and_links(record: Record) -> dict[str, Any]:
    """Show the keys and links of a record that work."""
    now = timezone.now()
    return {"keys": list_keys(record, now), "links": list_links(record, now)}
