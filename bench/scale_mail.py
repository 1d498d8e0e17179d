"""The mail part of bench.reminders_scale: e-mails a second through the ledger and around it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.servers import ROOT, wait_for

BATCH = 250

ROUND = 500


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

    from reminders.delivery.worker import send_batch
    from reminders.ledger import statements

    sent, begin = 0, time.perf_counter()
    while sent < number:
        ids = statements.claim_due(timezone.now(), BATCH).ids
        sent += send_batch(ids, timezone.now)["sent"]
    return sent / (time.perf_counter() - begin)


def same_messages(number: int) -> list[Any]:
    """The letters that end_to_end() sends, as Django's backend takes them."""
    from reminders.emails import messages as letters
    from reminders.models import Reminder

    rows = Reminder.objects.filter(kind="d14").select_related("user").order_by("pk")[:number]
    return [
        letters.build_message(
            letters.build_content(row, "en", allow_detail=False, facts=letters.EmailFacts(row.target_date)),
            letters.build_recipient(row, row.user.email),
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
