"""The ledger at a million patients: how fast it is planned, claimed, marked and sent, and what an idle tick costs.

    python -m bench.reminders_scale [--patients N] [--due N] [--letters N] [--durable]

Makes two PostgreSQL databases, one with a thousand patients and one with N (a million), each patient with a session
and a row in the ledger; N rows (24,000) are due. Everything runs in this one process but the mail server. Prints, per
second: rows planned (people without rows get theirs), rows claimed and taken in batches of 250, rows fenced one by one
and marked in sets, letters sent end to end by send_batch(), and by a bare loop
that sends the same messages over one connection, in turns. The last line is one JSON object:

    rows_per_s          the slowest of the three below, each in a loop of its own; planning once, the others as the
                        median of three rounds over all due rows
    planned_per_s       rows written for people who had none
    claimed_per_s       rows claimed and taken, two statements for 250
    marked_per_s        rows fenced, a statement and a commit for each, and marked, a statement for 50
    ledger_per_s        rows claimed, taken, fenced and marked, one after the other: what a worker without a mail
                        server to wait for gets through (median)
    floor_per_s         a bare loop of the driver's over the same rows: one prepared UPDATE of one column, one commit
                        (median); what fencing one by one could reach at best on this machine, without a mark
    spread_marked_per_s, spread_floor_per_s
                        the same two with the two processes wherever the kernel puts them (medians of the same rounds)
    idle_tick_ratio     median idle tick with N rows / with a thousand
    letters_vs_bare     letters/s end to end / letters/s of Django's own connection sending the same messages
    queries_per_letter  of the end to end runs, every statement that the driver was given

Where nothing else is said these loops, and planning, keep this process and the server's own one for it on one core.
They wait for one another and never work at the same time; but on two idle cores of a virtual machine each letter
wakes both, and that takes longer than the statement. Spread over two busy cores it matters little.

--durable lets PostgreSQL wait for the disk at every commit, as it does in production; without it the disk of this
machine is not part of the measurement.
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

from bench.scale_database import PLANNED_PEOPLE, SMALL, go_to, make_databases, reset, use
from bench.scale_mail import BATCH, ROUND, letters_in_turns, sink
from tests.processes.site import Site
from tests.servers import free_port, postgres


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=24_000)
    parser.add_argument(
        "--letters", type=int, default=10_000, help="of the due ones, sent in turns with the bare loop"
    )
    parser.add_argument("--durable", action="store_true")
    asked = parser.parse_args()
    if not ROUND <= asked.letters <= asked.due <= asked.patients:
        parser.error(f"at least {ROUND} letters, no more than are due, no more due than patients")
    return asked


def idle_ticks(databases: list[str], rounds: int = 15, each: int = 5) -> dict[str, float]:
    """Median milliseconds of a tick that finds nothing due, the databases in turns."""
    from django.utils import timezone

    from reminders.delivery.sweep import enqueue_due

    early = timezone.now() - timedelta(days=5)
    found: dict[str, list[float]] = {name: [] for name in databases}
    for _round in range(rounds):
        for name in databases:
            go_to(name)
            enqueue_due(lambda: early, lambda ids: None)
            for _one in range(each):
                begin = time.perf_counter()
                enqueue_due(lambda: early, lambda ids: None)
                found[name].append((time.perf_counter() - begin) * 1000)
    return {name: statistics.median(values) for name, values in found.items()}


def timed(call: Callable[[], int]) -> tuple[int, float]:
    """How many, and how many a second."""
    begin = time.perf_counter()
    number = call()
    return number, number / (time.perf_counter() - begin)


def plan(people: int) -> int:
    """Plan the people that have no rows yet, in slices as the reconcile does. Answers the rows made."""
    from django.utils import timezone

    from reminders.scheduling.planning import next_slice, plan_slice

    now, made, after = timezone.now(), 0, people - PLANNED_PEOPLE
    while users := next_slice(after):
        made += plan_slice(users, now).created
        after = users[-1]
    return made


def claim(number: int) -> list[list[int]]:
    """Claim and take rows, batch by batch, each for a worker of its own."""
    from django.utils import timezone

    from reminders.ledger import statements

    now, batches = timezone.now(), []
    while len(batches) * BATCH < number:
        ids = statements.claim_due(now, BATCH).ids
        batches.append(statements.acquire(ids, f"bench{len(batches)}", now))
    return batches


def mark(batches: list[list[int]], rows: dict[int, Any]) -> int:
    """What send_batch() does for each letter beside sending it: fence it by itself, and mark them in sets."""
    from django.utils import timezone

    from reminders.delivery.worker import FINISHED_AT_ONCE
    from reminders.ledger import statements

    marked = 0
    for number, batch in enumerate(batches):
        token, done = f"bench{number}", []
        for turn, pk in enumerate(batch, 1):
            row = rows[pk]
            if statements.begin_sending(
                row, token, batch_position=turn, email=row.user.email, now=timezone.now()
            ):
                done.append(pk)
            if len(done) == FINISHED_AT_ONCE or turn == len(batch):
                marked += statements.finish(done, token)
                done = []
    return marked


@contextmanager
def one_core() -> Iterator[None]:
    """This process and the one that serves its connection on one core, as long as it lasts."""
    from django.db import connection

    connection.ensure_connection()
    both = (0, connection.connection.info.backend_pid)
    before = os.sched_getaffinity(0)
    for pid in both:
        os.sched_setaffinity(pid, {max(before)})
    try:
        yield
    finally:
        for pid in both:
            os.sched_setaffinity(pid, before)


@dataclass(frozen=True)
class Rates:
    """Rows a second: claimed and taken, fenced and marked, all of it, and the floor."""

    claimed: float
    marked: float
    ledger: float
    floor: float


def ledger_round(rows: dict[int, Any]) -> Rates:
    """Leaves the ledger as it was."""
    due = len(rows)
    begin = time.perf_counter()
    batches = claim(due)
    between = time.perf_counter()
    number = mark(batches, rows)
    end = time.perf_counter()
    if number < due:
        raise RuntimeError(f"{due} rows were due, {number} marked")
    reset(due)
    floor = bare_updates(list(rows))
    reset(due)
    return Rates(number / (between - begin), number / (end - between), number / (end - begin), floor)


def ledger_rounds(due: int, rounds: int = 3) -> tuple[Rates, Rates]:
    """Medians on one core, and with the processes spread; in turns."""
    from reminders.models import Reminder

    rows = {row.pk: row for row in Reminder.objects.filter(user_id__lte=due).select_related("user")}
    together, spread = [], []
    for _round in range(rounds):
        with one_core():
            together.append(ledger_round(rows))
        spread.append(ledger_round(rows))
    return medians(together), medians(spread)


def medians(rates: list[Rates]) -> Rates:
    return Rates(*map(statistics.median, zip(*map(astuple, rates), strict=True)))


def bare_updates(pks: list[int]) -> float:
    """One row and one commit at a time, by the driver alone: rows a second."""
    from django.db import connection

    with connection.connection.cursor() as cursor:
        cursor.execute(
            "PREPARE bare_update (bigint, int) AS UPDATE reminders_reminder SET batch_position = $2 WHERE id = $1"
        )
        begin = time.perf_counter()
        for number, pk in enumerate(pks):
            cursor.execute("EXECUTE bare_update (%s, %s)", (pk, number % BATCH))
        took = time.perf_counter() - begin
        cursor.execute("DEALLOCATE bare_update")
    return len(pks) / took


def measure(asked: argparse.Namespace) -> dict[str, float]:
    small, large = make_databases(asked)
    print(f"{asked.patients} patients loaded", flush=True)
    ticks = idle_ticks([small, large])
    print(
        f"idle tick: {ticks[small]:.2f} ms with {SMALL} rows, {ticks[large]:.2f} ms with {asked.patients}",
        flush=True,
    )
    go_to(large)
    with one_core():
        made, planned = timed(lambda: plan(asked.patients))
    print(f"planned {made} rows: {planned:.0f}/s", flush=True)
    here, spread = ledger_rounds(asked.due)
    for where, rates in (("on one core", here), ("spread", spread)):
        print(
            f"{where}: claimed: {rates.claimed:.0f}/s; fenced one by one and marked: {rates.marked:.0f}/s; "
            f"all: {rates.ledger:.0f}/s; floor: {rates.floor:.0f}/s",
            flush=True,
        )
    found = letters_in_turns(asked.letters)
    return {
        "rows_per_s": min(planned, here.claimed, here.marked),
        "planned_per_s": planned,
        "claimed_per_s": here.claimed,
        "marked_per_s": here.marked,
        "ledger_per_s": here.ledger,
        "floor_per_s": here.floor,
        "spread_marked_per_s": spread.marked,
        "spread_floor_per_s": spread.floor,
        "idle_tick_ratio": ticks[large] / ticks[small],
        "idle_tick_ms": ticks[large],
        **found,
    }


def main() -> None:
    asked = arguments()
    port = free_port()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="btx-scale-")))
        stack.enter_context(sink(port))
        database = stack.enter_context(postgres(durable=asked.durable))
        more = {"MAIL_PER_MINUTE": "0", "LOG_LEVEL": "WARNING"}
        use(Site(folder, f"smtp://127.0.0.1:{port}", database_url=database, more=more))
        found = measure(asked)
    print(json.dumps({name: round(value, 3) for name, value in found.items()} | {"durable": asked.durable}))


if __name__ == "__main__":
    main()
