"""Database triggers that count every change of what the dashboard shows, so that no write is missed.

Each write to a watched table increments RecordVersion.version. A change of the diary also widens the range of days
changed since the diary was packed; any other change also increments RecordVersion.treatment. The triggers only update.
The version row is inserted in the same transaction as the record: inserted at the first page view, it would miss
changes that another transaction has written but not yet committed.

SQLite rebuilds a table by dropping it with its triggers, and refuses to rename a table that a trigger refers to. So
the triggers are dropped before a migration and created after it, and the cache is cleared. The name of a trigger
ends in a digest of its statement, so a trigger that exists under its name is up to date.

A migration may fail or be killed. So every read of the cache asks in the same query whether all triggers are there
(guard_sql): without them nothing is served from the cache and nothing is stored in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Final

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

VERSION_TABLE: Final = "progress_recordversion"
CACHE_TABLES: Final = ("progress_storeddashboard", "progress_storeddiary")
PREFIX: Final = "watch_"
# The row aliases of each write: OLD is the row before it, NEW the row after it.
WRITES: Final = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
RECORD_TABLE: Final = "accounts_record"
# Incremented so that a page that is being rendered now is not stored; what is stored is deleted as well.
RAISE_ALL_VERSIONS: Final = f"UPDATE {VERSION_TABLE} SET version = version + 1, treatment = treatment + 1"
CLEAR_CACHE: Final = tuple(f"DELETE FROM {table}" for table in CACHE_TABLES)
# TRUNCATE has no rows that name their records, so all records are invalidated.
ON_TRUNCATE: Final = "; ".join((RAISE_ALL_VERSIONS, *CLEAR_CACHE))
# Insert a version row for each record without one. NOT EXISTS, because with NOT IN PostgreSQL scans all versions
# for each record.
INSERT_VERSION: Final = f"INSERT INTO {VERSION_TABLE} (record_id, version, treatment) "
INSERT_MISSING_VERSIONS: Final = (
    f"{INSERT_VERSION} SELECT id, 0, 0 FROM {RECORD_TABLE} "
    f"WHERE NOT EXISTS (SELECT 1 FROM {VERSION_TABLE} WHERE record_id = {RECORD_TABLE}.id)"
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger with the statements that create it, in order; a new version of it has a new name."""

    name: str
    table: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WatchedTable:
    """A table that the dashboard shows.

    `owner` and `day` are the columns with the record of a row and with the day of the diary it changes ("" for none).
    They are columns of the table itself, or of its `parent`, which the column `key` refers to.
    """

    table: str
    owner: str = "record_id"
    day: str = ""
    parent: str = ""
    key: str = ""


DAY_TABLE: Final = "headaches_diaryday"
SESSION_TABLE: Final = "treatments_injectionsession"
WATCHED: Final = (
    WatchedTable(RECORD_TABLE, owner="id"),
    WatchedTable(DAY_TABLE, day="date"),
    WatchedTable("headaches_intake", day="date", parent=DAY_TABLE, key="day_id"),
    WatchedTable(SESSION_TABLE),
    WatchedTable("treatments_booking"),
    WatchedTable("treatments_preventive"),
    WatchedTable("treatments_score"),
    *(
        WatchedTable(table, parent=SESSION_TABLE, key="session_id")
        for table in (
            "treatments_injectionsite",
            "treatments_sideeffect",
            "treatments_effectcheck",
            "treatments_goal",
            "treatments_impression",
        )
    ),
)


def trigger_name(table: str, kind: str, statement: str) -> str:
    return f"{PREFIX}{table}_{kind}_{sha256(statement.encode()).hexdigest()[:8]}".lower()


def sqlite_triggers(watched: WatchedTable) -> Iterator[Trigger]:
    """Yield the row-level triggers of a table for SQLite."""
    for write, aliases in WRITES.items():
        updates = []
        for alias in aliases:
            owner, day = f"{alias}.{watched.owner}", f"{alias}.{watched.day}"
            if watched.parent:
                parent = f"FROM {watched.parent} WHERE id = {alias}.{watched.key}"
                owner, day = f"(SELECT {watched.owner} {parent})", f"(SELECT {watched.day} {parent})"
            changed = (
                f"changed_from = min(coalesce(changed_from, {day}), {day}), "
                f"changed_to = max(coalesce(changed_to, {day}), {day})"
                if watched.day
                else "treatment = treatment + 1"
            )
            assignments = f"version = version + 1, {changed}"
            updates.append(f"UPDATE {VERSION_TABLE} SET {assignments} WHERE record_id = {owner};")
        action = f"AFTER {write} ON {watched.table} FOR EACH ROW BEGIN {' '.join(updates)} END"
        name = trigger_name(watched.table, write, action)
        yield Trigger(name, watched.table, (f"CREATE TRIGGER {name} {action}",))
    if watched.table == RECORD_TABLE:
        begin = f"{INSERT_VERSION} VALUES (NEW.id, 0, 0) ON CONFLICT DO NOTHING"
        action = f"AFTER INSERT ON {RECORD_TABLE} FOR EACH ROW BEGIN {begin}; END"
        name = trigger_name(RECORD_TABLE, "begin", action)
        yield Trigger(name, RECORD_TABLE, (f"CREATE TRIGGER {name} {action}",))


def postgres_triggers(watched: WatchedTable) -> Iterator[Trigger]:
    """Yield the statement-level triggers of a table for PostgreSQL: an import updates the version a few times only."""
    table, source = "changed", "changed"
    if watched.parent:
        table, source = "parent", f"changed JOIN {watched.parent} parent ON parent.id = changed.{watched.key}"
    assignments, days = ["version = versions.version + 1"], ""
    if not watched.day:
        assignments += ["treatment = versions.treatment + 1"]
    else:
        days = f", min({table}.{watched.day}) AS low, max({table}.{watched.day}) AS high"
        assignments += [
            "changed_from = least(versions.changed_from, changes.low)",
            "changed_to = greatest(versions.changed_to, changes.high)",
        ]
    update = (
        f"UPDATE {VERSION_TABLE} versions SET {', '.join(assignments)} "
        f"FROM (SELECT {table}.{watched.owner} AS owner{days} FROM {source} GROUP BY 1) changes "
        "WHERE versions.record_id = changes.owner"
    )
    for write, aliases in WRITES.items():
        for alias in aliases:
            event = f"AFTER {write} ON {watched.table} REFERENCING {alias} TABLE AS changed"
            yield trigger_with_function(watched.table, f"{write}_{alias}", event, update)
    yield trigger_with_function(watched.table, "TRUNCATE", f"AFTER TRUNCATE ON {watched.table}", ON_TRUNCATE)
    if watched.table == RECORD_TABLE:
        begin = f"{INSERT_VERSION} SELECT id, 0, 0 FROM changed ON CONFLICT DO NOTHING"
        event = f"AFTER INSERT ON {RECORD_TABLE} REFERENCING NEW TABLE AS changed"
        yield trigger_with_function(RECORD_TABLE, "begin", event, begin)


def trigger_with_function(table: str, kind: str, event: str, body: str) -> Trigger:
    """Build a trigger of PostgreSQL with the function it calls."""
    body = f"BEGIN {body}; RETURN NULL; END"
    function = trigger_name(table, "function", body)
    create_function = (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$ {body} $body$"
    )
    action = f"{event} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    name = trigger_name(table, kind, action)
    return Trigger(name, table, (create_function, f"CREATE TRIGGER {name} {action}"))


def expected_triggers(connection: BaseDatabaseWrapper) -> list[Trigger]:
    """Return the triggers of all existing tables; none while the tables they write to do not exist."""
    if not has_cache_tables(connection):
        return []
    tables = set(connection.introspection.table_names())
    build = postgres_triggers if connection.vendor == "postgresql" else sqlite_triggers
    return [trigger for watched in WATCHED if watched.table in tables for trigger in build(watched)]


@cache
def guard_sql(vendor: str) -> str:
    """Return an SQL condition: whether all triggers are installed and enabled."""
    build = postgres_triggers if vendor == "postgresql" else sqlite_triggers
    names = [trigger.name for watched in WATCHED for trigger in build(watched)]
    listed = ", ".join(f"'{name}'" for name in names)
    source = (
        "pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        f"WHERE pg_table_is_visible(tgrelid) AND tgenabled <> 'D' AND tgname IN ({listed})"
        if vendor == "postgresql"
        else f"sqlite_master WHERE type = 'trigger' AND name IN ({listed})"
    )
    return f"((SELECT count(*) FROM {source}) = {len(names)})"


def has_cache_tables(connection: BaseDatabaseWrapper) -> bool:
    return {VERSION_TABLE, *CACHE_TABLES} <= set(connection.introspection.table_names())


def are_installed(connection: BaseDatabaseWrapper) -> bool:
    """Whether all triggers are there, so that the cache can be used."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {guard_sql(connection.vendor)}")
        return bool(cursor.fetchone()[0])


def existing_triggers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return name and table of each of our triggers in the database."""
    query = (
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        if connection.vendor == "postgresql"
        else "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name: table for name, table in cursor.fetchall() if name.startswith(PREFIX)}


def drop_triggers(connection: BaseDatabaseWrapper, triggers: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, table in triggers.items():
            where = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{where}")


def drop_before_migrating(using: str, plan: list[Any] | None = None, **_other: Any) -> None:
    """Handle pre_migrate of this app: drop all triggers."""
    if plan:
        drop_triggers(connections[using], existing_triggers(connections[using]))


def install_after_migrating(using: str, **_other: Any) -> None:
    """Handle post_migrate of this app: create missing triggers and drop outdated ones.

    If one was missing, the cache is cleared.
    """
    connection = connections[using]
    with transaction.atomic(using=using):
        expected = {trigger.name: trigger for trigger in expected_triggers(connection)}
        existing = existing_triggers(connection)
        drop_triggers(connection, {name: table for name, table in existing.items() if name not in expected})
        missing = [trigger for name, trigger in expected.items() if name not in existing]
        if not missing:
            return
        with connection.cursor() as cursor:
            for trigger in missing:
                for statement in trigger.statements:
                    cursor.execute(statement)
            for statement in (INSERT_MISSING_VERSIONS, RAISE_ALL_VERSIONS, *CLEAR_CACHE):
                cursor.execute(statement)


def restore_after_failure(using: str) -> None:
    """Create missing triggers after a migration that failed, and try each; raises DatabaseError if one does not fit.

    A trigger that refers to a column of another state of the database would make every write fail.
    """
    connection = connections[using]
    with transaction.atomic(using=using):
        install_after_migrating(using)
        with connection.cursor() as cursor:
            for table in sorted({trigger.table for trigger in expected_triggers(connection)}):
                for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
                    cursor.execute(f"{statement} WHERE 1 = 0")
                cursor.execute(f"INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0")


def invalidate_loaded_rows(instance: Any, using: str, raw: bool = False, **_other: Any) -> None:
    """Handle post_save of the tables of the cache: clear the cache of a record loaded from a fixture.

    A fixture (loaddata) contains the version of another state of the database, which did not count this one's rows.
    """
    if not raw:
        return
    with connections[using].cursor() as cursor:
        for statement in (RAISE_ALL_VERSIONS, *CLEAR_CACHE):
            cursor.execute(f"{statement} WHERE record_id = %s", [instance.record_id])
