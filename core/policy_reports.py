"""Reports that browsers send when a page breaks the content security policy."""

import json

from django.conf import settings


def read_blocked_directive(report: bytes) -> str:
    """Return which directive a report of the content security policy names; "other" if it is none of ours."""
    try:
        directive = str(json.loads(report)["csp-report"]["effective-directive"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "other"
    known = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    directive = directive.removesuffix("-elem").removesuffix("-attr")
    return directive if directive in known else "other"
