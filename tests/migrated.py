"""The migrated database of the tests, made once for each state of the code and copied from then on.

Its migrations take some ten seconds of processor time. The copies are in pytest's cache folder.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.servers import ROOT, initdb

FOLDER = ROOT / ".pytest_cache" / "migrated"
MAX_COPIES = 6


def compute_digest() -> str:
    """Return what changes with the Python code of the product, its packages, or the database."""
    digest = sha256(f"{sys.version_info} {connection.vendor}".encode())
    folders = [ROOT / name for name in (*settings.LOCAL_APPS, "botoxtrack")]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    for path in sorted([*files, ROOT / "requirements-test.lock"]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


@contextmanager
def share_migrated_database() -> Iterator[bool]:
    """Give the test database the tables of a copy, if there is one, and say so; else make one of it at the end.

    Other processes wait meanwhile, so that the first one alone migrates.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    copy = FOLDER / f"{compute_digest()}.{connection.vendor}"
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if copy.exists():
            restore(copy)
            yield True
            return
        yield False
        part = copy.with_suffix(".part")
        save(part)
        part.rename(copy)
        for old in sorted(FOLDER.glob("*.*"), key=lambda path: path.stat().st_mtime)[:-MAX_COPIES]:
            old.unlink()


def restore(copy: Path) -> None:
    os.utime(copy)
    name = connection.creation._get_test_db_name()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(name)) as target:
            source.backup(target)
        return
    run_client("psql", "postgres", "--command", f'CREATE DATABASE "{name}"')
    run_client("psql", name, "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(copy))


def save(copy: Path) -> None:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    else:
        run_client("pg_dump", name, "--no-owner", "--file", str(copy))


def run_client(program: str, database: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on a database of the tests' server."""
    server = connection.settings_dict
    command = [Path(initdb()).with_name(program), "--host", server["HOST"], "--username", server["USER"]]
    subprocess.run([*command, "--dbname", database, *arguments], check=True, stdout=subprocess.DEVNULL)
