"""Whether this site is set up: what would make its pages fail, each with the command that mends it."""

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from core.field_encryption import find_unreadable_column

_is_set_up = False


def list_setup_problems() -> list[str]:
    """Return what is missing; nothing for a site whose pages work."""
    try:
        plan = MigrationExecutor(connection)
        unapplied = len(plan.migration_plan(plan.loader.graph.leaf_nodes()))
        tables = connection.introspection.table_names()
    except DatabaseError:
        return ["the database is not reached"]
    cache = settings.CACHES["default"]
    has_cache = not cache["BACKEND"].endswith(".DatabaseCache") or cache["LOCATION"] in tables
    problems = {
        f"{unapplied} migrations are not applied: run manage.py migrate": unapplied > 0,
        "the cache table is missing: run manage.py createcachetable": not has_cache,
        "static files are missing: run manage.py collectstatic and start again": not has_static_files(),
    }
    found = [sentence for sentence, is_missing in problems.items() if is_missing]
    column = "" if found else find_unreadable_column()
    return [f"{column} is encrypted with a key that FIELD_KEYS does not hold"] if column else found


def list_problems_since_start() -> list[str]:
    """The same at the price of one statement, once nothing is missing: then only the database can go away."""
    global _is_set_up
    if not _is_set_up:
        problems = list_setup_problems()
        _is_set_up = not problems
        return problems
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # a connection that is open may still be dead
    except DatabaseError:
        return ["the database is not reached"]
    return []


def has_static_files() -> bool:
    """Whether this process has read the manifest of static files, without which pages have no styles or fail."""
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        return True  # debug mode finds the files itself
    return bool(staticfiles_storage.hashed_files)
