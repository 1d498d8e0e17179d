"""The ledger with a million patients: how fast reminders are planned, claimed, marked and sent, and the cost of an idle
run.

    python -m bench.reminders_scale [--patients N] [--due N] [--letters N] [--durable]

Creates two PostgreSQL databases, one with a thousand patients and one with N (a million), each patient with a session
and a reminder; N reminders (24,000) are due. Everything but the mail server runs in this process. Prints, per second:
reminders planned (for people without one), claimed and acquired in batches of 250, begun one by one and marked in
sets, e-mails sent end to end by send_batch(), and by a bare loop that sends the same messages over one connection,
in turns. The last line is one JSON object:

    rows_per_s          the slowest of the three below, each in a loop of its own; planning once, the others as the
                        median of three rounds over all due rows
    planned_per_s       rows written for people who had none
    claimed_per_s       rows claimed and acquired, two statements for 250
    marked_per_s        rows begun, a statement and a commit for each, and marked, a statement for 50
    ledger_per_s        rows claimed, acquired, begun and marked, one after the other: the speed of a worker that
                        does not wait for a mail server (median)
    floor_per_s         a bare loop of the driver's over the same rows: one prepared UPDATE of one column, one commit
                        (median); the upper limit for beginning one by one on this machine, without marking
    spread_marked_per_s, spread_floor_per_s
                        the same two without pinning the processes to a core (medians of the same rounds)
    idle_tick_ratio     median idle tick with N rows / with a thousand
    letters_vs_bare     letters/s end to end / letters/s of Django's own connection sending the same messages
    queries_per_letter  of the end to end runs, every statement of the driver

Unless noted, these loops and planning pin this process and its server process to one core. They wait for each other
and never work at the same time; on two idle cores of a virtual machine, waking both takes longer than the statement.

--durable makes PostgreSQL wait for the disk at every commit, as in production; without it the disk is not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.scale_database import PLANNED_PEOPLE, SMALL, connect_to, make_databases, reset, use_site
from bench.scale_mail import BATCH, ROUND, measure_emails, run_sink
from tests.processes.site import Site
from tests.servers import free_port, postgres


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=24_000)
    parser.add_argument(
        "--letters", type=int, default=10_000, help="of the due ones, sent in turns with the bare loop"
    )
    parser.add_argument("--durable", action="store_true")
    options = parser.parse_args()
    if not ROUND <= options.letters <= options.due <= options.patients:
        parser.error(f"at least {ROUND} letters, no more than are due, no more due than patients")
    return options


def measure_idle_ticks(databases: list[str], rounds: int = 15, repeats: int = 5) -> dict[str, float]:
    """Return median milliseconds of a run that finds nothing due, the databases in turns."""
    from django.utils import timezone

    from reminders.delivery.sweep import enqueue_due

    early = timezone.now() - timedelta(days=5)
    milliseconds: dict[str, list[float]] = {name: [] for name in databases}
    for _round in range(rounds):
        for name in databases:
            connect_to(name)
            enqueue_due(lambda: early, lambda ids: None)
            for _repeat in range(repeats):
                begin = time.perf_counter()
                enqueue_due(lambda: early, lambda ids: None)
                milliseconds[name].append((time.perf_counter() - begin) * 1000)
    return {name: statistics.median(values) for name, values in milliseconds.items()}


def measure_rate(call: Callable[[], int]) -> tuple[int, float]:
    """Return the number, and the number a second."""
    begin = time.perf_counter()
    number = call()
    return number, number / (time.perf_counter() - begin)


def plan_people(people: int) -> int:
    """Plan people without reminders in slices, as the reconcile does. Return the number of planned reminders."""
    from django.utils import timezone

    from reminders.scheduling.planning import next_slice, plan_slice

    now, planned, after = timezone.now(), 0, people - PLANNED_PEOPLE
    while users := next_slice(after):
        planned += plan_slice(users, now).created
        after = users[-1]
    return planned


def claim_batches(number: int) -> list[list[int]]:
    """Claim and acquire reminders batch by batch, each for another worker."""
    from django.utils import timezone

    from reminders.ledger import statements

    now, batches = timezone.now(), []
    while len(batches) * BATCH < number:
        ids = statements.claim_due(now, BATCH).ids
        batches.append(statements.acquire(ids, f"bench{len(batches)}", now))
    return batches


def mark_sent(batches: list[list[int]], reminders: dict[int, Any]) -> int:
    """Do what send_batch() does besides sending: begin each reminder, and mark them in sets."""
    from django.utils import timezone

    from reminders.delivery.worker import FINISHED_AT_ONCE
    from reminders.ledger import statements

    marked = 0
    for number, batch in enumerate(batches):
        token, sent_pks = f"bench{number}", []
        for position, pk in enumerate(batch, 1):
            reminder = reminders[pk]
            if statements.begin_sending(
                reminder, token, batch_position=position, email=reminder.user.email, now=timezone.now()
            ):
                sent_pks.append(pk)
            if len(sent_pks) == FINISHED_AT_ONCE or position == len(batch):
                marked += statements.finish(sent_pks, token)
                sent_pks = []
    return marked


@contextmanager
def pin_to_one_core() -> Iterator[None]:
    """Pin this process and its server process to one core."""
    from django.db import connection

    connection.ensure_connection()
    pids = (0, connection.connection.info.backend_pid)
    before = os.sched_getaffinity(0)
    for pid in pids:
        os.sched_setaffinity(pid, {max(before)})
    try:
        yield
    finally:
        for pid in pids:
            os.sched_setaffinity(pid, before)


@dataclass(frozen=True)
class Rates:
    """Rows a second: claimed and acquired, begun and marked, all of it, and the upper limit."""

    claimed: float
    marked: float
    ledger: float
    floor: float


def measure_ledger(reminders: dict[int, Any]) -> Rates:
    """Measure one round, and reset the ledger."""
    due = len(reminders)
    begin = time.perf_counter()
    batches = claim_batches(due)
    between = time.perf_counter()
    number = mark_sent(batches, reminders)
    end = time.perf_counter()
    if number < due:
        raise RuntimeError(f"{due} rows were due, {number} marked")
    reset(due)
    floor = measure_bare_updates(list(reminders))
    reset(due)
    return Rates(number / (between - begin), number / (end - between), number / (end - begin), floor)


def measure_ledger_rounds(due: int, rounds: int = 3) -> tuple[Rates, Rates]:
    """Return medians on one core and without pinning, measured in turns."""
    from reminders.models import Reminder

    reminders = {
        reminder.pk: reminder for reminder in Reminder.objects.filter(user_id__lte=due).select_related("user")
    }
    together, spread = [], []
    for _round in range(rounds):
        with pin_to_one_core():
            together.append(measure_ledger(reminders))
        spread.append(measure_ledger(reminders))
    return medians(together), medians(spread)


def medians(rates: list[Rates]) -> Rates:
    return Rates(*map(statistics.median, zip(*map(astuple, rates), strict=True)))


def measure_bare_updates(pks: list[int]) -> float:
    """Update one row a commit with the driver alone. Return rows a second."""
    from django.db import connection

    with connection.connection.cursor() as cursor:
        cursor.execute(
            "PREPARE bare_update (bigint, int) AS UPDATE reminders_reminder SET batch_position = $2 WHERE id = $1"
        )
        begin = time.perf_counter()
        for number, pk in enumerate(pks):
            cursor.execute("EXECUTE bare_update (%s, %s)", (pk, number % BATCH))
        seconds = time.perf_counter() - begin
        cursor.execute("DEALLOCATE bare_update")
    return len(pks) / seconds


def measure(options: argparse.Namespace) -> dict[str, float]:
    small, large = make_databases(options)
    print(f"{options.patients} patients loaded", flush=True)
    ticks = measure_idle_ticks([small, large])
    print(
        f"idle tick: {ticks[small]:.2f} ms with {SMALL} rows, {ticks[large]:.2f} ms with {options.patients}",
        flush=True,
    )
    connect_to(large)
    with pin_to_one_core():
        number, planned = measure_rate(lambda: plan_people(options.patients))
    print(f"planned {number} rows: {planned:.0f}/s", flush=True)
    together, spread = measure_ledger_rounds(options.due)
    for where, rates in (("on one core", together), ("spread", spread)):
        print(
            f"{where}: claimed: {rates.claimed:.0f}/s; fenced one by one and marked: {rates.marked:.0f}/s; "
            f"all: {rates.ledger:.0f}/s; floor: {rates.floor:.0f}/s",
            flush=True,
        )
    email_rates = measure_emails(options.letters)
    return {
        "rows_per_s": min(planned, together.claimed, together.marked),
        "planned_per_s": planned,
        "claimed_per_s": together.claimed,
        "marked_per_s": together.marked,
        "ledger_per_s": together.ledger,
        "floor_per_s": together.floor,
        "spread_marked_per_s": spread.marked,
        "spread_floor_per_s": spread.floor,
        "idle_tick_ratio": ticks[large] / ticks[small],
        "idle_tick_ms": ticks[large],
        **email_rates,
    }


def main() -> None:
    options = parse_arguments()
    port = free_port()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="btx-scale-")))
        stack.enter_context(run_sink(port))
        database = stack.enter_context(postgres(durable=options.durable))
        settings = {"MAIL_PER_MINUTE": "0", "LOG_LEVEL": "WARNING"}
        use_site(Site(folder, f"smtp://127.0.0.1:{port}", database_url=database, more=settings))
        report = measure(options)
    print(
        json.dumps({name: round(value, 3) for name, value in report.items()} | {"durable": options.durable})
    )


if __name__ == "__main__":
    main()
