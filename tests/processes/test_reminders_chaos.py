"""Letters while workers, beats and Redis are killed: a short run of bench/reminders_chaos.py, on both set-ups."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from bench.reminders_chaos import compare_arrivals
from bench.sink import Arrival, Sink
from reminders.models import ACTIVE, Reminder
from tests.conftest import NOON, make_patient
from tests.reminders.test_ledger import near
from tests.servers import ROOT

LETTERS, KILLS = 500, 10


@pytest.mark.processes
@pytest.mark.parametrize("where", ["Redis and PostgreSQL", "files and SQLite"])
def test_nothing_is_lost_and_nothing_doubled_beyond_what_the_ledger_doubts(where: str) -> None:
    command = [
        sys.executable,
        "-m",
        "bench.reminders_chaos",
        "--letters",
        str(LETTERS),
        "--kills",
        str(KILLS),
    ]
    command += ["--seed", "11", "--every", "0.6", "--workers", "2", "--patience", "0.4"]
    command += ["--embedded"] if where == "files and SQLite" else []
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["letters"], found["kills"]) == (LETTERS, KILLS)
    assert (found["lost"], found["phantom"], found["stale"], found["undoubted"]) == (0, 0, 0, 0), found
    assert found["doubled_by_kill"] <= found["workers_killed"], found
    assert found["most_copies"] <= 2, found
    assert found["doubled"] <= found["in_doubt"], found
    assert found["states"]["sent"] > LETTERS * 0.8, found


@pytest.mark.django_db
class TestTheChecker:
    """A checker that never finds anything proves nothing: each finding, made by hand."""

    def found(
        self, stopped: tuple[float, str] | None = None, copies: int = 1, **values: Any
    ) -> dict[str, Any]:
        record = make_patient("p@example.org")
        near(record)
        Reminder.objects.exclude(kind="d14").delete()
        waits = values["state"] in ACTIVE
        Reminder.objects.update(next_action_at=NOON if waits else None, **values)
        row = Reminder.objects.get()
        arrivals = [
            Arrival(row.key, record.user.email, float(at), is_acknowledged=True)
            for at in range(1, copies + 1)
        ]
        stage = SimpleNamespace(stopped={record.user.email: stopped} if stopped else {})
        said = compare_arrivals(stage, Sink(arrivals=arrivals))  # type: ignore[arg-type]  # what check() asks of a stage
        return {
            name: said[name] for name in ("lost", "doubled", "phantom", "stale", "undoubted") if said[name]
        }

    def test_an_email_that_arrived_once_is_right(self) -> None:
        assert self.found(state="sent") == {}

    def test_one_that_is_marked_as_sent_and_never_arrived_is_lost(self) -> None:
        assert self.found(state="sent", copies=0) == {"lost": 1}

    def test_so_is_one_that_is_still_waiting_or_failed_for_a_passing_reason(self) -> None:
        assert self.found(state="scheduled", copies=0) == {"lost": 1}

    def test_one_that_was_refused_for_good_is_not(self) -> None:
        assert self.found(state="failed", last_error="550 5.1.1", copies=0) == {}

    def test_one_that_came_twice_is_doubled_and_undoubted_unless_the_ledger_doubts_it(self) -> None:
        assert self.found(state="sent", copies=2) == {"doubled": 1, "undoubted": 1}

    def test_a_doubt_is_named(self) -> None:
        assert self.found(state="sent", copies=2, uncertain_count=1) == {"doubled": 1}

    def test_one_that_arrived_though_it_was_called_off_is_a_phantom(self) -> None:
        assert self.found(state="cancelled") == {"phantom": 1}

    def test_one_that_arrived_after_it_was_stopped_is_stale(self) -> None:
        assert self.found(state="sent", stopped=(0.5, "cancelled")) == {"stale": 1}

    def test_unless_it_was_in_the_air(self) -> None:
        assert self.found(state="sent", stopped=(0.5, "sending")) == {}
