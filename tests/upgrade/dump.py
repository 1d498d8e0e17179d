"""Write the demo database of this checkout into a folder beside this file: `python -m tests.upgrade.dump`."""

import gzip
import re
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.processes.site import Site
from tests.servers import ROOT, initdb, postgres

PATIENTS = ("patient", "new", "thin")


def fill(site: Site, folder: Path) -> None:
    """Load the demo and export its records into the folder."""
    for command in (["migrate", "-v0"], ["createcachetable"], ["demo", "--seed", "131"]):
        site.manage(*command)
    for name in PATIENTS:
        (folder / f"{name}.zip").unlink(missing_ok=True)
        site.manage("export_record", f"{name}@example.org", str(folder / f"{name}.zip"))


def write_gzip(path: Path, content: bytes) -> None:
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write(content)


def dump_sqlite(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        site = Site(Path(scratch), "consolemail://", more={"DEMO": "1"})
        fill(site, folder)
        copy = Path(scratch) / "copy.sqlite3"
        with (
            closing(sqlite3.connect(Path(scratch) / "site.sqlite3")) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            target.execute("VACUUM")
        write_gzip(folder / "demo.sqlite3.gz", copy.read_bytes())


def dump_postgres(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch, postgres() as url:
        fill(Site(Path(scratch), "consolemail://", database_url=url, more={"DEMO": "1"}), folder)
        socket, user = unquote(urlsplit(url).hostname or ""), urlsplit(url).username or ""
        command = [str(Path(initdb()).parent / "pg_dump"), "--no-owner", "--no-privileges", "--inserts"]
        done = subprocess.run(
            [*command, "-h", socket, "-U", user, "postgres"], check=True, capture_output=True, text=True
        )
    # Comments and commands of psql go: the statements alone are executed.
    text = re.sub(r"^(--|\\).*\n", "", done.stdout, flags=re.MULTILINE)
    write_gzip(folder / "demo.sql.gz", re.sub(r"\n{2,}", "\n", text).encode())


def main() -> None:
    """Name the folder after the commit that is checked out."""
    revision = ["git", "rev-parse", "--short=7", "HEAD"]
    commit = subprocess.run(revision, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    folder = Path(__file__).parent / commit
    folder.mkdir(exist_ok=True)
    dump_sqlite(folder)
    dump_postgres(folder)


if __name__ == "__main__":
    main()
