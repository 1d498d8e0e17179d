"""manage.py send_reminders: one run, for cron or by hand; or one after the other with --loop."""

import json
import signal
from argparse import ArgumentParser
from datetime import UTC, datetime
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from reminders.delivery import sweep
from reminders.delivery.worker import Tally
from reminders.ledger.statements import Clock, database_clock


class Command(BaseCommand):
    help = "Send the reminders that are due, once, and print a tally as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--now", metavar="ISO", help="run as if it were this instant (UTC without an offset)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="print what would happen; send and change nothing"
        )
        parser.add_argument(
            "--loop", action="store_true", help="run every REMINDER_TICK_SECONDS until stopped"
        )

    def handle(self, *_args: Any, now: str | None, dry_run: bool, loop: bool, **_options: Any) -> None:
        instant = parse_instant(now)
        if loop and (instant or dry_run):
            raise CommandError("--loop needs the real clock: leave out --now and --dry-run.")
        if loop:
            self.run_until_stopped()
            return
        clock: Clock = database_clock() if instant is None else lambda: instant
        self.print_tally(
            sweep.preview(clock()) if dry_run else sweep.run_once(clock, run_nightly=instant is None)
        )

    def print_tally(self, tally: Tally) -> None:
        self.stdout.write(json.dumps({str(state): count for state, count in sorted(tally.items()) if count}))

    def run_until_stopped(self) -> None:
        """Run until a signal asks to stop; the current run is completed first."""
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.is_set():
            self.print_tally(sweep.run_once(database_clock(), run_nightly=True))
            stopped.wait(settings.REMINDER_TICK_SECONDS)


def parse_instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = parse_datetime(text)
    except ValueError:
        instant = None
    if instant is None:
        raise CommandError(f"--now {text} is no date and time. Write it like 2026-05-05T07:00:00Z.")
    if not 2000 <= instant.year <= 2999:
        raise CommandError(f"--now {text} is outside the years 2000 to 2999.")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
