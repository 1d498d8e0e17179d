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
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.processes.site import Site
from tests.servers import ROOT, free_port, postgres, wait_for

SMALL = 1_000
BATCH = 250
ROUND = 500
PLANNED_PEOPLE = 5_000


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


# A session `back` days ago; the next is due in `ahead`. The first `due` people have a letter that is due since four
# days, the others one that comes later; the last PLANNED_PEOPLE have none and wait to be planned.
LOAD = """
INSERT INTO accounts_user (password, email, display_name, time_zone, language, is_clinician, is_operator,
  stopped_email, is_demo, is_active, date_joined)
SELECT '!', 'p' || n || '@d' || n % 500 || '.example.org', '', 'UTC', 'en', FALSE, FALSE, '', FALSE, TRUE, now()
FROM generate_series(1, {people}) AS n ORDER BY n;
INSERT INTO account_emailaddress (email, verified, "primary", user_id) SELECT email, TRUE, TRUE, id FROM accounts_user;
INSERT INTO accounts_record (user_id, key, criterion, interval_days, interval_reason, created_at)
SELECT id, md5('r' || id), 'any', 84, '', now() FROM accounts_user ORDER BY id;
INSERT INTO treatments_injectionsession (record_id, date, product, units, injector, note, lot, vial, dilution, clinic,
  created_at)
SELECT r.id, date '{today}' - 84 + CASE WHEN r.user_id <= {due} THEN 10 ELSE 30 + (r.user_id % 50)::int END,
  '', 155, '', '', '', '', '', '', now() FROM accounts_record AS r;
INSERT INTO reminders_reminder (user_id, kind, channel, target_date, due_at, wake_at, state, claim, suspect, attempts,
  doubts, turn, key, last_error)
SELECT r.user_id, 'd14', 'mail', s.date + 84, (s.date + 70 + time '09:00') AT TIME ZONE 'UTC',
  (s.date + 70 + time '09:00') AT TIME ZONE 'UTC', 'scheduled', '', FALSE, 0, 0, 0, substr(md5('l' || r.id), 1, 24), ''
FROM accounts_record AS r JOIN treatments_injectionsession AS s ON s.record_id = r.id
WHERE r.user_id <= {people} - {unplanned};
"""


def load(people: int, due: int, unplanned: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            LOAD.format(
                people=people, due=due, unplanned=unplanned, today=datetime.now(UTC).date().isoformat()
            )
        )
        cursor.execute("VACUUM ANALYZE")
        # Else the server writes the loaded million to the disk for the next five minutes, while it is measured.
        cursor.execute("CHECKPOINT")


def go_to(database: str) -> None:
    """Let this process's connection lead to another database of the same server."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = database
    connection.ensure_connection()


def idle_ticks(databases: list[str], rounds: int = 15, each: int = 5) -> dict[str, float]:
    """Median milliseconds of a tick that finds nothing due, the databases in turns."""
    from django.utils import timezone

    from reminders.sweep import tick

    early = timezone.now() - timedelta(days=5)
    found: dict[str, list[float]] = {name: [] for name in databases}
    for _round in range(rounds):
        for name in databases:
            go_to(name)
            tick(lambda: early, lambda ids: None)
            for _one in range(each):
                begin = time.perf_counter()
                tick(lambda: early, lambda ids: None)
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

    from reminders.planning import next_slice, plan_slice

    now, made, after = timezone.now(), 0, people - PLANNED_PEOPLE
    while users := next_slice(after):
        made += plan_slice(users, now).made
        after = users[-1]
    return made


def claim(number: int) -> list[list[int]]:
    """Claim and take rows, batch by batch, each for a worker of its own."""
    from django.utils import timezone

    from reminders import ledger

    now, batches = timezone.now(), []
    while len(batches) * BATCH < number:
        ids = ledger.claim(now, BATCH).ids
        batches.append(ledger.take(ids, f"bench{len(batches)}", now))
    return batches


def mark(batches: list[list[int]], rows: dict[int, Any]) -> int:
    """What send_batch() does for each letter beside sending it: fence it by itself, and mark them in sets."""
    from django.utils import timezone

    from reminders import ledger
    from reminders.hands import MARKED_AT_ONCE

    marked = 0
    for number, batch in enumerate(batches):
        token, done = f"bench{number}", []
        for turn, pk in enumerate(batch, 1):
            row = rows[pk]
            if ledger.fence(row, token, turn=turn, email=row.user.email, now=timezone.now()):
                done.append(pk)
            if len(done) == MARKED_AT_ONCE or turn == len(batch):
                marked += ledger.mark(done, token)
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
            "PREPARE bare_update (bigint, int) AS UPDATE reminders_reminder SET turn = $2 WHERE id = $1"
        )
        begin = time.perf_counter()
        for number, pk in enumerate(pks):
            cursor.execute("EXECUTE bare_update (%s, %s)", (pk, number % BATCH))
        took = time.perf_counter() - begin
        cursor.execute("DEALLOCATE bare_update")
    return len(pks) / took


def reset(due: int) -> None:
    from django.db import connection

    from reminders.models import Reminder

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reminders_reminder SET state = 'scheduled', claim = '', wake_at = due_at, sent_at = NULL"
            " WHERE user_id <= %s AND kind = 'd14'",
            [due],
        )
        cursor.execute("VACUUM ANALYZE reminders_reminder")
    if Reminder.objects.filter(user_id__lte=due, kind="d14").exclude(state="scheduled").exists():
        raise RuntimeError("the rows were not set back")


def bare(messages: list[Any]) -> float:
    """The same messages over one connection, and nothing else: letters a second."""
    from django.core.mail import get_connection

    connection = get_connection()
    connection.open()
    begin = time.perf_counter()
    for message in messages:
        connection.send_messages([message])
    took = time.perf_counter() - begin
    connection.close()
    return len(messages) / took


def ready_made(messages: list[Any]) -> float:
    """Their bytes, written before, by smtplib alone: letters a second."""
    from django.core.mail import get_connection

    connection = get_connection()
    connection.open()
    written = [(one.to, one.message().as_bytes(linesep="\r\n")) for one in messages]
    begin = time.perf_counter()
    for to, text in written:
        connection.connection.sendmail("reminder@localhost", to, text)
    took = time.perf_counter() - begin
    connection.close()
    return len(messages) / took


def end_to_end(number: int) -> float:
    """Claim and send by the product's own send_batch(): letters a second."""
    from django.utils import timezone

    from reminders import ledger
    from reminders.hands import send_batch

    sent, begin = 0, time.perf_counter()
    while sent < number:
        ids = ledger.claim(timezone.now(), BATCH).ids
        sent += send_batch(ids, timezone.now)["sent"]
    return sent / (time.perf_counter() - begin)


def same_messages(number: int) -> list[Any]:
    """The letters that end_to_end() sends, as Django's backend takes them."""
    from reminders import letters
    from reminders.models import Reminder

    rows = Reminder.objects.filter(kind="d14").select_related("user").order_by("pk")[:number]
    return [
        letters.message(
            letters.matter(row, "en", detail=False, facts=letters.Facts(row.target_date)),
            letters.own(row, row.user.email),
        )
        for row in rows
    ]


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Counts what the driver is given, for not every statement comes by Django's cursor."""
    from django.db import connection
    from psycopg2.extensions import cursor

    seen = {"n": 0}

    class Counted(cursor):
        def execute(self, *args: Any) -> None:
            seen["n"] += 1
            super().execute(*args)

    driver = connection.connection
    driver.cursor_factory = Counted
    try:
        yield seen
    finally:
        driver.cursor_factory = cursor


def letters_in_turns(letters: int) -> dict[str, float]:
    """Medians of rounds of 500, the three ways in turns; queries a letter; memory at the beginning and at the end."""
    messages = same_messages(ROUND)
    bare(messages)
    ours, theirs, bytes_only, sizes, total = [], [], [], [], 0
    for _round in range(letters // ROUND):
        theirs.append(bare(messages))
        with counted() as queries:
            ours.append(end_to_end(ROUND))
        total += queries["n"]
        bytes_only.append(ready_made(messages))
        sizes.append(memory_mb())
    return {
        "letters_per_s": statistics.median(ours),
        "bare_per_s": statistics.median(theirs),
        "letters_vs_bare": statistics.median(one / other for one, other in zip(ours, theirs, strict=True)),
        "letters_vs_ready_made_bytes": statistics.median(
            one / other for one, other in zip(ours, bytes_only, strict=True)
        ),
        "queries_per_letter": total / (len(ours) * ROUND),
        "memory_mb_first": sizes[min(1, len(sizes) - 1)],
        "memory_mb_last": sizes[-1],
    }


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def sink(port: int) -> Iterator[None]:
    """The mail server, a process of its own."""
    import socket

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    command = [sys.executable, "-m", "bench.sink", str(port)]
    with subprocess.Popen(command, cwd=ROOT) as started:
        try:
            wait_for(answers, within=20, what="the mail server")
            yield
        finally:
            started.terminate()


def use(site: Site) -> None:
    import django

    theirs = site.environment
    os.environ.clear()
    os.environ.update(theirs)
    django.setup()


def make_databases(asked: argparse.Namespace) -> list[str]:
    """postgres holds the many, small the few."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE small TEMPLATE template0")
    for name, people in (("small", SMALL), ("postgres", asked.patients)):
        go_to(name)
        call_command("migrate", verbosity=0)
        load(people, asked.due if name == "postgres" else 0, PLANNED_PEOPLE if name == "postgres" else 0)
    return ["small", "postgres"]


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
