"""System check: warns when changes of records are not counted, so that no dashboard is cached."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from progress.cache.triggers import are_installed, has_cache_tables


@register(Tags.database)
def check_triggers(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Check that the triggers of the cache are there (manage.py check --database default)."""
    return [
        Warning(
            "The triggers that count changes of records are missing: dashboards are computed anew for every view.",
            hint="Run manage.py migrate. If a migration fails, mend it first.",
            id="progress.W001",
        )
        for name in databases or ()
        if has_cache_tables(connections[name]) and not are_installed(connections[name])
    ]
