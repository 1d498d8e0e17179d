"""Counts every change of what the dashboard shows, in the database itself, so that no way of writing can be missed.

Triggers raise RecordVersion.version with each write to a watched table, whoever writes it and how; a change of the
diary also widens the range of days changed since they were packed, any other also raises RecordVersion.treatment.
They only ever update. The row itself is made together with the record, in one transaction: made at the first look, it
would miss what somebody has written by then and not yet committed.

SQLite rebuilds a table by dropping it, triggers included, and refuses to rename one that a trigger names: so
the triggers go before a migration and come back after it, and what was kept until then is thrown away. The name of
each ends in a digest of what it does: one that is there already is the right one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

VERSIONS: Final = "progress_recordversion"
KEPT: Final = ("progress_storeddashboard", "progress_storeddiary")
PREFIX: Final = "watch_"
# The rows that a write has: what it replaced, what it wrote.
WRITES: Final = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
RECORD: Final = "accounts_record"
# Whoever is making something at this moment must not keep it, and what is kept goes.
RAISE_ALL: Final = f"UPDATE {VERSIONS} SET version = version + 1, treatment = treatment + 1"
FORGET_ALL: Final = tuple(f"DELETE FROM {table}" for table in KEPT)
# A table that is emptied as a whole has no rows to name their records by.
EMPTIED: Final = "; ".join((RAISE_ALL, *FORGET_ALL))
# A version row for each record that has none. Not "NOT IN": PostgreSQL would go through all versions for each record.
BEGIN: Final = f"INSERT INTO {VERSIONS} (record_id, version, treatment) "
BEGIN_ALL: Final = (
    f"{BEGIN} SELECT id, 0, 0 FROM {RECORD} "
    f"WHERE NOT EXISTS (SELECT 1 FROM {VERSIONS} WHERE record_id = {RECORD}.id)"
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What is executed to put it on its table, in order; its name is its own among all versions of it."""

    name: str
    table: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WatchedTable:
    """A table the dashboard is made of.

    `owner` and `day` are the columns that name the record a row belongs to and the day of the diary it changes (""
    for none). They stand in the table itself, or in its `parent`, which the column `key` points to.
    """

    table: str
    owner: str = "record_id"
    day: str = ""
    parent: str = ""
    key: str = ""


DIARY_DAY: Final = "headaches_diaryday"
SESSION: Final = "treatments_injectionsession"
WATCHED: Final = (
    WatchedTable(RECORD, owner="id"),
    WatchedTable(DIARY_DAY, day="date"),
    WatchedTable("headaches_intake", day="date", parent=DIARY_DAY, key="day_id"),
    WatchedTable(SESSION),
    WatchedTable("treatments_booking"),
    WatchedTable("treatments_preventive"),
    WatchedTable("treatments_score"),
    *(
        WatchedTable(table, parent=SESSION, key="session_id")
        for table in (
            "treatments_injectionsite",
            "treatments_sideeffect",
            "treatments_effectcheck",
            "treatments_goal",
        )
    ),
)


def trigger_name(table: str, kind: str, statement: str) -> str:
    return f"{PREFIX}{table}_{kind}_{sha256(statement.encode()).hexdigest()[:8]}".lower()


def sqlite_triggers(watched: WatchedTable) -> Iterator[Trigger]:
    """For each row written, old and new."""
    for write, rows in WRITES.items():
        body = " ".join(f"{count_row(watched, row)};" for row in rows)
        then = f"AFTER {write} ON {watched.table} FOR EACH ROW BEGIN {body} END"
        name = trigger_name(watched.table, write, then)
        yield Trigger(name, watched.table, (f"CREATE TRIGGER {name} {then}",))
    if watched.table == RECORD:
        begin = f"{BEGIN} VALUES (NEW.id, 0, 0) ON CONFLICT DO NOTHING"
        then = f"AFTER INSERT ON {RECORD} FOR EACH ROW BEGIN {begin}; END"
        name = trigger_name(RECORD, "begin", then)
        yield Trigger(name, RECORD, (f"CREATE TRIGGER {name} {then}",))


def count_row(watched: WatchedTable, row: str) -> str:
    def value(column: str) -> str:
        if watched.parent:
            return f"(SELECT {column} FROM {watched.parent} WHERE id = {row}.{watched.key})"
        return f"{row}.{column}"

    changed = ["version = version + 1"]
    if not watched.day:
        changed += ["treatment = treatment + 1"]
    else:
        day = value(watched.day)
        changed += [
            f"changed_from = min(coalesce(changed_from, {day}), {day})",
            f"changed_to = max(coalesce(changed_to, {day}), {day})",
        ]
    return f"UPDATE {VERSIONS} SET {', '.join(changed)} WHERE record_id = {value(watched.owner)}"


def postgres_triggers(watched: WatchedTable) -> Iterator[Trigger]:
    """For each statement, over the set of rows it wrote: an import is a few updates of the version, not thousands."""
    for write, rows in WRITES.items():
        for row in rows:
            then = f"AFTER {write} ON {watched.table} REFERENCING {row} TABLE AS changed"
            yield trigger_with_function(watched.table, f"{write}_{row}", then, count_rows(watched))
    yield trigger_with_function(watched.table, "TRUNCATE", f"AFTER TRUNCATE ON {watched.table}", EMPTIED)
    if watched.table == RECORD:
        begin = f"{BEGIN} SELECT id, 0, 0 FROM changed ON CONFLICT DO NOTHING"
        then = f"AFTER INSERT ON {RECORD} REFERENCING NEW TABLE AS changed"
        yield trigger_with_function(RECORD, "begin", then, begin)


def trigger_with_function(table: str, kind: str, when: str, body: str) -> Trigger:
    """A trigger of PostgreSQL with the function it calls."""
    body = f"BEGIN {body}; RETURN NULL; END"
    function = trigger_name(table, "function", body)
    make = f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$ {body} $body$"
    then = f"{when} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    name = trigger_name(table, kind, then)
    return Trigger(name, table, (make, f"CREATE TRIGGER {name} {then}"))


def count_rows(watched: WatchedTable) -> str:
    rows, source = "changed", "changed"
    if watched.parent:
        rows, source = "parent", f"changed JOIN {watched.parent} parent ON parent.id = changed.{watched.key}"
    changed, days = ["version = kept.version + 1"], ""
    if not watched.day:
        changed += ["treatment = kept.treatment + 1"]
    else:
        days = f", min({rows}.{watched.day}) AS low, max({rows}.{watched.day}) AS high"
        changed += [
            "changed_from = least(kept.changed_from, found.low)",
            "changed_to = greatest(kept.changed_to, found.high)",
        ]
    return (
        f"UPDATE {VERSIONS} kept SET {', '.join(changed)} "
        f"FROM (SELECT {rows}.{watched.owner} AS owner{days} FROM {source} GROUP BY 1) found "
        "WHERE kept.record_id = found.owner"
    )


def expected_triggers(connection: BaseDatabaseWrapper) -> list[Trigger]:
    """Every trigger of the tables that exist; none before the tables they write to do."""
    tables = set(connection.introspection.table_names())
    if not {VERSIONS, *KEPT} <= tables:
        return []
    make = postgres_triggers if connection.vendor == "postgresql" else sqlite_triggers
    return [trigger for watched in WATCHED if watched.table in tables for trigger in make(watched)]


def existing_triggers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Name and table of each of our triggers that is there."""
    ask = (
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        if connection.vendor == "postgresql"
        else "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(ask)
        return {name: table for name, table in cursor.fetchall() if name.startswith(PREFIX)}


def drop_triggers(connection: BaseDatabaseWrapper, triggers: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, table in triggers.items():
            where = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{where}")


def install_triggers(connection: BaseDatabaseWrapper) -> None:
    """Bring the triggers to what they shall be. Where one was missing, nothing kept until then can be trusted."""
    there, shall = (
        existing_triggers(connection),
        {trigger.name: trigger for trigger in expected_triggers(connection)},
    )
    drop_triggers(connection, {name: table for name, table in there.items() if name not in shall})
    missing = [trigger for name, trigger in shall.items() if name not in there]
    if not missing:
        return
    with connection.cursor() as cursor:
        for trigger in missing:
            for statement in trigger.statements:
                cursor.execute(statement)
        for statement in (BEGIN_ALL, RAISE_ALL, *FORGET_ALL):
            cursor.execute(statement)


def drop_before_migrating(using: str, plan: list[Any] | None = None, **_other: Any) -> None:
    """Receives pre_migrate of this app."""
    if plan:
        drop_triggers(connections[using], existing_triggers(connections[using]))


def install_after_migrating(using: str, **_other: Any) -> None:
    """Receives post_migrate of this app."""
    with transaction.atomic(using=using):
        install_triggers(connections[using])


def distrust_loaded_rows(instance: Any, using: str, raw: bool = False, **_other: Any) -> None:
    """Receives post_save of what is kept. A fixture (loaddata) brings a version of another day of this database, beside
    which rows may stand that it never counted: nothing that comes with it, or was here, is good.
    """
    if not raw:
        return
    with connections[using].cursor() as cursor:
        for statement in (RAISE_ALL, *FORGET_ALL):
            cursor.execute(f"{statement} WHERE record_id = %s", [instance.record_id])
