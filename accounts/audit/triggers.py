"""Database triggers that keep the audit log: its rows are inserted, and never changed or deleted.

An entry can be deleted in one case: its trail says that it was cut because of its age (AuditTrail.cut), which only
accounts/audit/trim.py says, with an entry of its own. On PostgreSQL the role of the application needs no DELETE for it:
it calls a function of the owner. A name and address (AuditIdentity) may be deleted, for an erased account.

As with the triggers of the cache, SQLite rebuilds a table by dropping it with its triggers, and refuses to rename a
table that a trigger refers to: they are dropped before a migration and created after it.
"""

from typing import Any, Final

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX: Final = "audit_keeps_"
ENTRIES: Final = "accounts_auditlog"
TRAILS: Final = "accounts_audittrail"
IDENTITIES: Final = "accounts_auditidentity"
# Each rule: name, table, event, and the condition under which the write is refused ("" for always).
KEPT: Final = f"EXISTS (SELECT 1 FROM {TRAILS} WHERE id = OLD.trail_id AND cut < OLD.number)"
GOES_BACK: Final = (
    "NEW.key <> OLD.key OR NEW.entries < OLD.entries OR NEW.cut < OLD.cut "
    "OR (OLD.user_id IS NULL AND NEW.user_id IS NOT NULL)"
)
RULES: Final = (
    ("entry_changed", ENTRIES, "UPDATE", ""),
    ("entry_deleted", ENTRIES, "DELETE", KEPT),
    ("identity_changed", IDENTITIES, "UPDATE", ""),
    ("trail_goes_back", TRAILS, "UPDATE", GOES_BACK),
    ("trail_deleted", TRAILS, "DELETE", "OLD.cut < OLD.entries"),
)
MESSAGE: Final = "the audit log is never changed"
DELETE_CUT: Final = (
    f"DELETE FROM {ENTRIES} WHERE number <= (SELECT cut FROM {TRAILS} WHERE id = {ENTRIES}.trail_id)"
)
# Without TRUNCATE, for which no row is looked at.
TRUNCATE_RULE: Final = (
    f"EXISTS (SELECT 1 FROM {ENTRIES} JOIN {TRAILS} trails ON trails.id = trail_id WHERE number > cut)"
)


def sqlite_statements() -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {PREFIX}{name} BEFORE {event} ON {table} FOR EACH ROW "
        f"{f'WHEN {condition} ' if condition else ''}BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        for name, table, event, condition in RULES
    ]


def postgres_statements() -> list[str]:
    statements = [
        f"CREATE OR REPLACE FUNCTION {PREFIX}delete_cut() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path FROM CURRENT AS $body$ DECLARE deleted bigint; BEGIN {DELETE_CUT}; "
        "GET DIAGNOSTICS deleted = ROW_COUNT; RETURN deleted; END $body$"
    ]
    rules = [
        (name, table, f"{event} ON {table} FOR EACH ROW", condition)
        for name, table, event, condition in RULES
    ]
    rules += [
        (f"{table}_emptied", table, f"TRUNCATE ON {table} FOR EACH STATEMENT", TRUNCATE_RULE)
        for table in (ENTRIES, TRAILS)
    ]
    for name, _table, event, condition in rules:
        permitted = (
            "RETURN NULL"
            if "TRUNCATE" in event
            else "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW"
        )
        statements += [
            f"CREATE OR REPLACE FUNCTION {PREFIX}{name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN "
            f"IF {condition or 'true'} THEN RAISE EXCEPTION '{MESSAGE}'; END IF; {permitted}; END $body$",
            f"CREATE OR REPLACE TRIGGER {PREFIX}{name} BEFORE {event} EXECUTE FUNCTION {PREFIX}{name}()",
        ]
    return statements


def has_tables(connection: BaseDatabaseWrapper) -> bool:
    return {ENTRIES, TRAILS, IDENTITIES} <= set(connection.introspection.table_names())


def existing_triggers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return name and table of each trigger of the audit log in the database."""
    query = (
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name: table for name, table in cursor.fetchall() if name.startswith(PREFIX)}


def missing_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that the database lacks, or has switched off."""
    names = {f"{PREFIX}{name}" for name, *_rule in RULES}
    if connection.vendor == "postgresql":
        names |= {f"{PREFIX}{table}_emptied" for table in (ENTRIES, TRAILS)}
    return sorted(names - existing_triggers(connection).keys())


def drop_before_migrating(using: str, plan: list[Any] | None = None, **_other: Any) -> None:
    """Handle pre_migrate of this app: drop the triggers when something is to be migrated."""
    connection = connections[using]
    if plan:
        with connection.cursor() as cursor:
            for name, table in existing_triggers(connection).items():
                where = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER {name}{where}")


def install_after_migrating(using: str, **_other: Any) -> None:
    """Handle post_migrate of this app: create the triggers."""
    connection = connections[using]
    if not has_tables(connection):
        return
    statements = postgres_statements() if connection.vendor == "postgresql" else sqlite_statements()
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
