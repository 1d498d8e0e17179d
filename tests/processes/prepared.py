"""What bin/prepare.py makes for a site, made once in a run of the tests and copied for every further site.

A migration of an empty database takes some ten seconds of processor time; some twenty sites are made in a run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import initdb

# The folder of a run, which tests/plugin.py makes and removes; a bench that is started by hand has none.
RUN_FOLDER = "BOTOXTRACK_TEST_VAR"
DUMP = "database.sql"


def prepare_once(folder: Path, database_url: str, kind: str, prepare: Callable[[], object]) -> None:
    """Call `prepare`, or copy what it has made in another folder during this run of the tests.

    folder: where it puts its files. database_url: the address of an empty PostgreSQL; "" for an SQLite file in the
    folder. kind: names what `prepare` makes; with another, nothing of it is copied.
    """
    run_folder = os.environ.get(RUN_FOLDER)
    if not run_folder:
        prepare()
        return
    made = Path(run_folder) / f"prepared-{kind}-{'postgres' if database_url else 'sqlite'}"
    with lock(made.with_suffix(".lock")):
        if not made.exists():
            # The settings make an empty file of the database, closed to others, before it is migrated.
            before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
            prepare()
            scratch = Path(tempfile.mkdtemp(dir=run_folder))
            changed = [path for path in folder.iterdir() if before.get(path) != path.stat().st_mtime_ns]
            for path in changed:
                (shutil.copytree if path.is_dir() else shutil.copy)(path, scratch / path.name)
            if database_url:
                run_client("pg_dump", database_url, "--no-owner", "--file", str(scratch / DUMP))
            scratch.rename(made)
            return
    shutil.copytree(made, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(DUMP))
    if database_url:
        run_client("psql", database_url, "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(made / DUMP))


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Keep other processes of this run out."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run_client(program: str, database_url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on a database."""
    command = [str(Path(initdb()).with_name(program)), "--dbname", database_url, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
