"""A whole site of its own, as its operator would run it: production settings, a folder, a port, processes."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2

from tests.processes.prepared import prepare_once
from tests.servers import ROOT, free_port, process, python, wait_for

SECRET = "a-site-made-for-one-test-" + "0123456789" * 4
HEALTH_WORDS = re.compile(
    r"botox|botulin|migraine|headache|head|inject|session|treat|diary|patient|clinic|medic|drug|dose|pain|health|doctor",
    re.IGNORECASE,
)
# A token is random: it may spell anything.
TOKEN = re.compile(r"[\w=-]{20,}(:[\w=-]+)?")


@dataclass
class Site:
    """Everything belongs to one test: folder, database, port, letters."""

    folder: Path
    email_url: str
    database_url: str = ""
    more: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the environment the tests themselves run in but where programs are found."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "botoxtrack.settings",
            "SECRET_KEY": SECRET,
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "BASE_URL": self.url,
            "DATABASE_URL": self.database_url or f"sqlite:///{self.folder}/site.sqlite3",
            "EMAIL_URL": self.email_url,
            "VAR_DIR": str(self.folder),
            "LOG_LEVEL": "INFO",
            # Celery's own variables, which the product ignores.
            "CELERY_BROKER_URL": "redis://elsewhere.invalid/0",
            "BROKER_URL": "redis://elsewhere.invalid/0",
            **self.more,
        }

    def run(self, *arguments: str) -> str:
        """Run Python with the site's settings to its end; gives what it printed."""
        done = subprocess.run(
            python(*arguments), env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end; gives what it printed."""
        return self.run("manage.py", *arguments)

    def ask(self, script: str) -> Any:
        """Run a script inside the site's Django; it prints JSON."""
        return self.ask_each(script)[0]

    def ask_each(self, *scripts: str) -> list[Any]:
        """Run scripts one after the other in one process; gives what each has printed."""
        printed = self.run("-c", "\n".join(["import django, json", "django.setup()", *scripts]))
        return [json.loads(line) for line in printed.splitlines()]

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Read rows from the database, without the seconds that Django takes to start."""
        if self.database_url:
            where = urlsplit(self.database_url)
            opened: Any = psycopg2.connect(
                host=unquote(where.hostname or ""), user=where.username, dbname="postgres"
            )
        else:
            opened = sqlite3.connect(self.folder / "site.sqlite3")
        with closing(opened) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def prepare(self) -> None:
        """Migrate the empty database and collect the static files."""
        # With Redis there is no table of the cache.
        kind = "site-with-redis" if "REDIS_URL" in self.more else "site"
        prepare_once(self.folder, self.database_url, kind, lambda: self.run("bin/prepare.py"))

    @contextmanager
    def web(self) -> Iterator[subprocess.Popen[bytes]]:
        """The web server, ready to answer."""
        command = python("-m", "gunicorn", "botoxtrack.wsgi", "--bind", f"127.0.0.1:{self.port}")
        command += ["--no-control-socket", "--workers", "2", "--threads", "4"]
        with self._process(command, "web.log") as started:
            wait_for(self.answers, what="the web server")
            yield started

    def worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """One worker with beat, as bin/run starts it."""
        command = python("-m", "celery", "-A", "botoxtrack", "worker", "--beat", "--pool", "solo")
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
        return self._process(command, "worker.log")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def log(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def _process(self, command: list[str], log: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return process(command, self.folder / log, env=self.environment, cwd=ROOT)


def bodies(letter: EmailMessage) -> dict[str, str]:
    """The text of each part, by its type."""
    return {part.get_content_type(): part.get_content() for part in letter.walk() if not part.is_multipart()}


def health_words(letter: EmailMessage) -> list[str]:
    """Words of a letter, in its headers or its body, that tell what it is about."""
    texts = [*(f"{name}: {value}" for name, value in letter.items()), *bodies(letter).values()]
    said = TOKEN.sub("", "\n".join(texts))
    # The markup of every HTML page has a head.
    said = re.sub(r"</?head>", "", said)
    return HEALTH_WORDS.findall(said)


@dataclass(frozen=True)
class Proc:
    """A process as /proc tells it. Its start tells it from a later one under the same number; its parent may change."""

    pid: int
    parent: int = field(compare=False)
    group: int
    start: int


def processes() -> list[Proc]:
    """Every process that is alive; one that only waits to be buried is not."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX":
            found.append(Proc(int(entry.name), int(fields[1]), int(fields[2]), int(fields[19])))
    return found


def descendants(pid: int) -> list[Proc]:
    """What a process has started, and what that has started, and so on."""
    alive, found, frontier = processes(), [], {pid}
    while frontier:
        children = [one for one in alive if one.parent in frontier]
        found += children
        frontier = {one.pid for one in children}
    return found


def left_of(groups: set[int]) -> list[Proc]:
    """Processes of these groups that are still alive."""
    return [one for one in processes() if one.group in groups]
