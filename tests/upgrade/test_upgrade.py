"""An installation of an earlier release upgrades in place, and its records stay what they were."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

import psycopg2
import pytest

from tests.processes.site import Site
from tests.servers import postgres

RELEASES = sorted(path.parent for path in Path(__file__).parent.glob("*/demo.sql.gz"))
PATIENTS = ("patient", "new", "thin")
# The commands of an operator, in one process: each start of Django takes two seconds.
UPGRADE = """
from io import StringIO
from django.core.management import call_command
call_command("migrate", verbosity=0)
for name in {names}:
    call_command("export_record", name + "@example.org", "{folder}/" + name + ".zip", stdout=StringIO())
    figures = StringIO()
    call_command("progress", name + "@example.org", as_of="2026-11-28", stdout=figures)
    print(json.dumps(json.loads(figures.getvalue())))
"""


def contents(path: Path) -> dict[str, Any]:
    """Each file of an exported zip: its rows as dicts, or its JSON."""
    with ZipFile(path) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    return {
        name: json.loads(text) if name.endswith(".json") else list(csv.DictReader(io.StringIO(text)))
        for name, text in texts.items()
    }


def reduce_to(now: Any, before: Any) -> Any:
    """The present export without the columns and keys that came later."""
    if isinstance(before, dict):
        return {key: now.get(key) for key in before}
    keys = before[0].keys() if before else ()
    return [{key: row.get(key) for key in keys} for row in now]


@contextmanager
def restored(release: Path, database: str, folder: Path) -> Iterator[Site]:
    """A site on the database of that release."""
    if database == "sqlite":
        file = folder / "site.sqlite3"
        file.touch(mode=0o600)
        file.write_bytes(gzip.decompress((release / "demo.sqlite3.gz").read_bytes()))
        yield Site(folder, "consolemail://")
        return
    with postgres() as url:
        where = urlsplit(url)
        with closing(
            psycopg2.connect(host=unquote(where.hostname or ""), user=where.username, dbname="postgres")
        ) as connection:
            with connection.cursor() as cursor:
                cursor.execute(gzip.decompress((release / "demo.sql.gz").read_bytes()).decode())
            connection.commit()
        yield Site(folder, "consolemail://", database_url=url)


@pytest.mark.browser
@pytest.mark.processes
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_a_database_of_an_earlier_release_migrates_and_exports_the_same_records(
    release: Path, database: str, tmp_path: Path
) -> None:
    with restored(release, database, tmp_path) as site:
        figures = dict(
            zip(PATIENTS, site.ask_each(UPGRADE.format(names=PATIENTS, folder=str(tmp_path))), strict=True)
        )
        for name in PATIENTS:
            before, now = contents(release / f"{name}.zip"), contents(tmp_path / f"{name}.zip")
            assert before["diary.csv"], "an empty record proves nothing"
            assert {file: reduce_to(now[file], rows) for file, rows in before.items()} == before
            assert figures[name]["baseline"]["recorded"] > 0


def test_the_dump_of_the_first_release_is_there() -> None:
    assert "80cd358" in [path.name for path in RELEASES]
