"""A migration killed in its middle: the site runs on, and shows no figure that was cached before."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes.site import Site
from tests.servers import ROOT, postgres, process, python, wait_for

pytestmark = pytest.mark.processes

PEOPLE = """
import datetime as dt
from django.utils import timezone
from accounts.models import Record, User
from headaches.models import DiaryDay
from treatments.models import InjectionSession
today = timezone.now().date()
user = User.objects.create_user("alice@example.org", "a-dozen-weeks-apart", time_zone="UTC")
record = Record.objects.create(user=user)
InjectionSession.objects.create(record=record, date=today - dt.timedelta(60))
DiaryDay.objects.bulk_create(
    DiaryDay(record=record, date=today - dt.timedelta(back), headache=back % 4 == 0, written_at=timezone.now())
    for back in range(30, 90)
)
"""
FIGURES = """
import datetime as dt
from django.utils import timezone
from accounts.models import Record
from progress.dashboard.pages import build_key, get_page
from progress.dashboard.query import parse_query
from progress.models import StoredDashboard
today = timezone.now().date()
record = Record.objects.get()
body = get_page(record, build_key(record, "overview", parse_query({}, today), today, is_own=True)).body
print(json.dumps([body, StoredDashboard.objects.count()]))
"""
WRITE = """
import datetime as dt
from django.utils import timezone
from accounts.models import Record
from headaches.models import DiaryDay
today = timezone.now().date()
DiaryDay.objects.bulk_create(
    DiaryDay(record=Record.objects.get(), date=today - dt.timedelta(back), headache=True, intensity="severe",
             written_at=timezone.now()) for back in range(25)
)
"""
CHECK = """
from io import StringIO
from django.core.management import call_command
from django.core.management.base import SystemCheckError
said = StringIO()
try:
    call_command("check", databases=["default"], stdout=said, stderr=said)
except SystemCheckError as error:
    said.write(str(error))
print(json.dumps(said.getvalue()))
"""
MIGRATE = """
import django
django.setup()
from django.conf import settings
settings.MIGRATION_MODULES = {"demo": "tests.progress.migrations"}
from django.core.management import call_command
call_command("migrate")
"""


@contextmanager
def database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
    else:
        with postgres() as url:
            yield url


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_stale_is_shown_after_a_migration_was_killed(kind: str, tmp_path: Path) -> None:
    with database(kind) as url:
        site = Site(tmp_path, "smtp://127.0.0.1:1", database_url=url)
        site.prepare()
        before, stored = site.ask(PEOPLE + FIGURES)
        assert stored == 1
        stuck = tmp_path / "stuck"
        environment = site.environment | {"STUCK_FILE": str(stuck)}
        with process(python("-c", MIGRATE), tmp_path / "migrate.log", env=environment, cwd=ROOT) as migration:
            wait_for(stuck.exists, what="the middle of the migration")
            migration.send_signal(signal.SIGKILL)
            migration.wait(10)
        (during, stored), check = site.ask_each(WRITE + FIGURES, CHECK)
        assert during != before
        assert "25" in during
        assert stored == 1  # those from before, which are not served
        assert "triggers that count changes of records are missing" in check
        site.manage("migrate")
        check, (after, _stored) = site.ask_each(CHECK, FIGURES)
        assert "no issues" in check
        assert after == during
