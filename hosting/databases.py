"""Copy a database into a file and back, with the number of rows of each table. SQLite and PostgreSQL."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from hosting.errors import BackupError

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
FILES: Final = {SQLITE: "database.sqlite3", POSTGRESQL: "database.dump"}


def count_rows(cursor: Any, tables: list[str]) -> dict[str, int]:
    """Return the number of rows of each table."""
    counts = {}
    for table in sorted(tables):
        quoted = '"' + table.replace('"', '""') + '"'
        cursor.execute(f"SELECT COUNT(*) FROM {quoted}")  # noqa: S608  a name from the database's own list
        counts[table] = int(cursor.fetchone()[0])
    return counts


def count_rows_of_file(file: Path) -> dict[str, int]:
    """Return the number of rows of each table of an SQLite file. Raises BackupError for a damaged one."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as opened:
            [[verdict]] = opened.execute("PRAGMA integrity_check(1)").fetchall()
            if verdict != "ok":
                raise BackupError(f"The database file is damaged: {verdict}.")
            names = opened.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            return count_rows(opened.cursor(), [name for [name] in names])
    except sqlite3.DatabaseError as error:
        raise BackupError("The database file is damaged.") from error


def copy_database(target: Path) -> dict[str, int]:
    """Copy the site's database into a file while the site runs; return the rows of each table of that copy."""
    return copy_sqlite(target) if connection.vendor == SQLITE else copy_postgresql(target)


def copy_sqlite(target: Path) -> dict[str, int]:
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    return count_rows_of_file(target)


def copy_postgresql(target: Path) -> dict[str, int]:
    """Run pg_dump on the very snapshot whose rows are counted."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            arguments = ["--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={target}"]
            run_client("pg_dump", connection.settings_dict, *arguments)
            return count_rows(cursor, connection.introspection.table_names(cursor))
        finally:
            cursor.execute("ROLLBACK")


def list_tables(database: BaseDatabaseWrapper) -> list[str]:
    """Return the tables of the database to restore into. Raises BackupError if it cannot be reached."""
    try:
        return database.introspection.table_names()
    except DatabaseError as error:
        raise BackupError(f"The database to restore into cannot be reached: {error}") from error


def load_database(source: Path, database: BaseDatabaseWrapper) -> dict[str, int]:
    """Load a copy into an empty database; return the rows of each table that are there then."""
    if database.vendor == SQLITE:
        database.ensure_connection()
        Path(database.settings_dict["NAME"]).chmod(0o600)
        with closing(sqlite3.connect(source)) as copy:
            copy.backup(database.connection)
        database.close()
    else:
        name = str(database.settings_dict["NAME"])
        arguments = ["--no-owner", "--exit-on-error", "--single-transaction", "--dbname", name, str(source)]
        run_client("pg_restore", database.settings_dict, *arguments)
    with database.cursor() as cursor:
        return count_rows(cursor, database.introspection.table_names(cursor))


def run_client(program: str, server: Mapping[str, Any], *arguments: str) -> None:
    """Run a program of PostgreSQL with the address and password of a server. Raises BackupError with what it says."""
    found = shutil.which(program)
    if found is None:
        raise BackupError(f"{program} is missing. Get it: apt-get install postgresql-client")
    places = {
        "PGHOST": unquote(str(server.get("HOST", ""))),
        "PGPORT": str(server.get("PORT", "")),
        "PGUSER": str(server.get("USER", "")),
        "PGPASSWORD": str(server.get("PASSWORD", "")),
        "PGSSLMODE": str(server.get("OPTIONS", {}).get("sslmode", "")),
        "PGDATABASE": str(server.get("NAME", "")),
    }
    environment = os.environ | {name: value for name, value in places.items() if value}
    done = subprocess.run([found, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip() or done.returncode}")


def check_dump(file: Path) -> None:
    """Raise BackupError unless pg_restore can read the whole table of contents of a dump."""
    run_client("pg_restore", {}, "--list", str(file))
