"""Loaded before Django: the settings every test runs under, and a PostgreSQL when it is asked for.

BOTOXTRACK_TEST_DB=postgres runs what touches the database on PostgreSQL instead of SQLite.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from contextlib import ExitStack
from typing import Any

import pytest
from whitenoise.base import StaticFile, WhiteNoise

ON_POSTGRES = os.environ.get("BOTOXTRACK_TEST_DB") == "postgres"
STACK = ExitStack()


def settle() -> None:
    """Production's settings with made-up secrets. A worker of xdist inherits what its controller has set."""
    if "BOTOXTRACK_TEST_VAR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="btx-test-")
        STACK.callback(shutil.rmtree, folder, ignore_errors=True)
        os.environ["BOTOXTRACK_TEST_VAR"] = folder
        if ON_POSTGRES:
            from tests.servers import postgres

            os.environ["BOTOXTRACK_TEST_URL"] = STACK.enter_context(postgres())
    folder = os.environ["BOTOXTRACK_TEST_VAR"]
    for name in ("DEBUG", "DEMO", "REDIS_URL", "SECRET_KEY_FILE", "DEMO_PASSWORD", "MAIL_FROM"):
        os.environ.pop(name, None)
    os.environ |= {
        "VAR_DIR": folder,
        "SECRET_KEY": "for-tests-only-" + "0123456789" * 5,
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "BASE_URL": "http://testserver",
        "DATABASE_URL": os.environ.get("BOTOXTRACK_TEST_URL", f"sqlite:///{folder}/test.sqlite3"),
        "EMAIL_URL": "memorymail://",
        "LOG_LEVEL": "WARNING",
    }


settle()
atexit.register(STACK.close)
# Pages make many short-lived objects and few circles: looking for circles less often takes a tenth off the whole.
gc.set_threshold(200_000, 50, 100)


def read_static_files_once() -> None:
    """Each client of a test builds the middleware anew, and whitenoise would read the folder of static files anew."""
    read = WhiteNoise.update_files_dictionary
    known: dict[tuple[str, str], dict[str, StaticFile]] = {}

    def remember(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in known:
            read(self, root, prefix)
            known[root, prefix] = self.files
        self.files = self.files | known[root, prefix]

    WhiteNoise.update_files_dictionary = remember


def let_tests_empty_the_audit_log() -> None:
    """Before the tables are emptied after a test, declare all entries as cut: triggers refuse all other deletions."""
    from django.db import connection

    operations = type(connection.ops)
    build = operations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        statements = build(self, style, tables, **options)
        return ["UPDATE accounts_audittrail SET cut = entries", *statements]

    operations.sql_flush = sql_flush


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Static files as in production: hashed, from one folder, collected once."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    if not ON_POSTGRES:
        # A file, not memory: threads of one test then have connections of their own, as processes do.
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        file = os.path.join(os.environ["BOTOXTRACK_TEST_VAR"], f"{worker}.sqlite3")
        connections["default"].settings_dict["TEST"]["NAME"] = file
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not hasattr(config, "workerinput"):
        call_command("collectstatic", interactive=False, verbosity=0)
    read_static_files_once()
    let_tests_empty_the_audit_log()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Servers as processes and other slow tests are left out by "not browser" too.

    On PostgreSQL only what touches the database runs again.
    """
    for item in items:
        if item.get_closest_marker("processes") or item.get_closest_marker("slow"):
            item.add_marker("browser")
    if not ON_POSTGRES:
        return
    again = [item for item in items if touches_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(again)])
    items[:] = again


@pytest.hookimpl(specname="pytest_collection_modifyitems", trylast=True)
def pytest_slow_ones_first(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each worker begins with its share of the slow tests, so that none is left alone with them at the end.

    The order is still random within the slow and within the fast ones. What workers steal of each other are tests at
    the end: fast ones.
    """
    workers = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    slow = [item for item in items if item.get_closest_marker("browser")]
    fast = [item for item in items if not item.get_closest_marker("browser")]
    items[:] = [
        item for worker in range(workers) for item in (*slow[worker::workers], *share(fast, worker, workers))
    ]


def share(items: list[pytest.Item], worker: int, workers: int) -> list[pytest.Item]:
    """One of so many stretches of about the same length."""
    return items[len(items) * worker // workers : len(items) * (worker + 1) // workers]


def touches_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("browser") and not item.get_closest_marker("slow"):
        return False
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db", "live_server"})
