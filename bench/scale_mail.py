"""The mail part of bench.reminders_scale: e-mails a second with and without the ledger."""

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


def send_bare(messages: list[Any]) -> float:
    """Send messages over one connection and do nothing else. Return e-mails a second."""
    from django.core.mail import get_connection

    connection = get_connection()
    connection.open()
    begin = time.perf_counter()
    for message in messages:
        connection.send_messages([message])
    seconds = time.perf_counter() - begin
    connection.close()
    return len(messages) / seconds


def send_prepared_bytes(messages: list[Any]) -> float:
    """Send messages rendered before with smtplib alone. Return e-mails a second."""
    from django.core.mail import get_connection

    connection = get_connection()
    connection.open()
    prepared = [(message.to, message.message().as_bytes(linesep="\r\n")) for message in messages]
    begin = time.perf_counter()
    for to, text in prepared:
        connection.connection.sendmail("reminder@localhost", to, text)
    seconds = time.perf_counter() - begin
    connection.close()
    return len(messages) / seconds


def send_end_to_end(number: int) -> float:
    """Claim and send with send_batch(). Return e-mails a second."""
    from django.utils import timezone

    from reminders.delivery.worker import send_batch
    from reminders.ledger import statements

    number_sent, begin = 0, time.perf_counter()
    while number_sent < number:
        ids = statements.claim_due(timezone.now(), BATCH).ids
        number_sent += send_batch(ids, timezone.now)["sent"]
    return number_sent / (time.perf_counter() - begin)


def build_messages(number: int) -> list[Any]:
    """Build the messages that send_end_to_end() sends, for Django's mail backend."""
    from reminders.emails import messages as emails
    from reminders.models import Reminder

    reminders = Reminder.objects.filter(kind="d14").select_related("user").order_by("pk")[:number]
    return [
        emails.build_message(
            emails.build_content(
                reminder, "en", allow_detail=False, facts=emails.EmailFacts(reminder.target_date)
            ),
            emails.build_recipient(reminder, reminder.user.email),
        )
        for reminder in reminders
    ]


@contextmanager
def count_queries() -> Iterator[dict[str, int]]:
    """Count the statements of the driver, because not all of them use Django's cursor."""
    from django.db import connection
    from psycopg2.extensions import cursor

    counts = {"n": 0}

    class Counted(cursor):
        def execute(self, *args: Any) -> None:
            counts["n"] += 1
            super().execute(*args)

    driver = connection.connection
    driver.cursor_factory = Counted
    try:
        yield counts
    finally:
        driver.cursor_factory = cursor


def measure_emails(number: int) -> dict[str, float]:
    """Return medians of rounds of 500, the three ways in turns; queries an e-mail; memory at the start and the end."""
    messages = build_messages(ROUND)
    send_bare(messages)
    end_to_end, bare, bytes_only, sizes, total = [], [], [], [], 0
    for _round in range(number // ROUND):
        bare.append(send_bare(messages))
        with count_queries() as queries:
            end_to_end.append(send_end_to_end(ROUND))
        total += queries["n"]
        bytes_only.append(send_prepared_bytes(messages))
        sizes.append(memory_mb())
    return {
        "letters_per_s": statistics.median(end_to_end),
        "bare_per_s": statistics.median(bare),
        "letters_vs_bare": statistics.median(
            rate / other_rate for rate, other_rate in zip(end_to_end, bare, strict=True)
        ),
        "letters_vs_ready_made_bytes": statistics.median(
            rate / other_rate for rate, other_rate in zip(end_to_end, bytes_only, strict=True)
        ),
        "queries_per_letter": total / (len(end_to_end) * ROUND),
        "memory_mb_first": sizes[min(1, len(sizes) - 1)],
        "memory_mb_last": sizes[-1],
    }


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def run_sink(port: int) -> Iterator[None]:
    """Run the mail server in its own process."""
    import socket

    def is_listening() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    command = [sys.executable, "-m", "bench.sink", str(port)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            wait_for(is_listening, within=20, what="the mail server")
            yield
        finally:
            process.terminate()
