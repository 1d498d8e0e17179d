"""A reminder arrives: ledger, beat, worker, broker and SMTP server, each a process of its own."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.processes.site import Site, bodies, health_words, left_of
from tests.servers import ROOT, Sink, postgres, process, python, redis, smtp_sink, wait_for

pytestmark = pytest.mark.processes

ADDRESS = "rosa@example.org"
ARRIVES_WITHIN = 30.0

# The next session is due in ten days. On the evening of the last one all letters were planned: the second is due
# since four days and of use for three more, so it is due at whatever time of day this runs; the first is past its use.
MAKE = f"""
from datetime import UTC, datetime, time, timedelta
from allauth.account.models import EmailAddress
from accounts.models import Record, User
from treatments.actions import save_session
from treatments.models import InjectionSession
user = User.objects.create_user("{ADDRESS}", "a-dozen-weeks-apart", display_name="Rosa", time_zone="UTC")
EmailAddress.objects.create(user_id=user.pk, email=user.email, primary=True, verified=True)
record = Record.objects.create(user=user)
last = datetime.now(UTC).date() - timedelta(record.interval_days - 10)
save_session(record=record, session=InjectionSession(date=last), now=datetime.combine(last, time(20), UTC))
print(json.dumps(user.reminders.count()))
"""
LEDGER = ("kind", "state", "key", "attempts", "uncertain_count")


@pytest.fixture(params=["files and SQLite", "Redis and PostgreSQL"])
def site(request: pytest.FixtureRequest, tmp_path: Path, sink: Sink) -> Iterator[Site]:
    more = {"REMINDER_TICK_SECONDS": "1", "QUEUE": f"test-{uuid4().hex}"}
    with ExitStack() as stack:
        database = ""
        if request.param == "Redis and PostgreSQL":
            database = stack.enter_context(postgres())
            more["REDIS_URL"] = stack.enter_context(redis())
        made = Site(tmp_path, sink.url, database_url=database, more=more)
        made.prepare()
        yield made


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as listening:
        yield listening


def ledger(site: Site) -> dict[str, dict[str, Any]]:
    """The columns of LEDGER by kind."""
    rows = site.query(f"SELECT {', '.join(LEDGER)} FROM reminders_reminder")  # noqa: S608  constants of this file
    return {row[0]: dict(zip(LEDGER, row, strict=True)) for row in rows}


TICK = "SELECT at FROM reminders_jobheartbeat WHERE job = 'tick'"


def check_email(letter: EmailMessage, site: Site, key: str) -> str:
    """A letter that says nothing, in two bodies, and that a mail program can end; gives the address for that."""
    assert str(letter["Subject"]) == "A reminder you asked for"
    assert str(letter["From"]) == "Reminder <reminder@localhost>"
    assert str(letter["To"]) == ADDRESS
    assert health_words(letter) == []
    texts = bodies(letter)
    assert list(texts) == ["text/plain", "text/html"]
    assert letter["Message-ID"] == f"<{key}@localhost>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # A long header is folded before its value, so the value may begin with a space.
    address = re.fullmatch(r"\s*<(\S+)>", str(letter["List-Unsubscribe"]))
    assert address, str(letter["List-Unsubscribe"])
    assert address[1].startswith(f"{site.url}/stop/")
    assert all(address[1] in text for text in texts.values())
    return address[1]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        """A redirect is an answer, not a way."""


def post_as_a_mail_program(address: str) -> int:
    """RFC 8058: no cookies, no referrer, one form field; a redirect would be refused."""
    request = urllib.request.Request(address, data=b"List-Unsubscribe=One-Click", method="POST")  # noqa: S310  ours
    with urllib.request.build_opener(NoRedirect).open(request, timeout=15) as answer:
        return int(answer.status)


def test_a_due_reminder_arrives_once_and_can_be_stopped_by_one_click(site: Site, sink: Sink) -> None:
    assert site.ask(MAKE) == 5
    with site.worker() as worker:
        wait_for(lambda: sink.letters, within=ARRIVES_WITHIN, what="the letter")
        for _twice in range(2):
            before = site.query(TICK)
            assert before
            wait_for(lambda before=before: site.query(TICK) != before, what="one more tick")  # type: ignore[misc]  # a default of a lambda
        worker.terminate()
        assert worker.wait(20) == 0, site.log("worker.log")[-3000:]
        wait_for(lambda: not left_of({worker.pid}), within=5, what="the end of the worker's processes")
    assert len(sink.letters) == 1
    rows = ledger(site)
    assert {kind: row["state"] for kind, row in rows.items()} == {
        "book": "superseded", "d14": "sent", "d7": "scheduled", "d1": "scheduled", "overdue": "scheduled",
    }  # fmt: skip
    assert (rows["d14"]["attempts"], rows["d14"]["uncertain_count"]) == (0, 0)
    assert ADDRESS not in site.log("worker.log")
    with process(
        python("manage.py", "send_reminders", "--loop"),
        site.folder / "loop.log",
        env=site.environment,
        cwd=ROOT,
    ) as loop:
        wait_for(lambda: site.log("loop.log").count("{}") >= 2, within=30, what="two sweeps without Celery")
        loop.terminate()
        assert loop.wait(20) == 0, site.log("loop.log")
    stop = check_email(sink.letters[0], site, rows["d14"]["key"])
    with site.web():
        assert post_as_a_mail_program(f"{stop}all/") == 200
    assert {kind: row["state"] for kind, row in ledger(site).items()} == {
        "book": "superseded", "d14": "sent", "d7": "cancelled", "d1": "cancelled", "overdue": "cancelled",
    }  # fmt: skip
