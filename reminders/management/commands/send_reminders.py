"""manage.py send_reminders: one sweep, for cron and for hands; or one after the other."""

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
            "--now", metavar="ISO", help="sweep as if it were this instant (UTC without an offset)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen; send and change nothing"
        )
        parser.add_argument(
            "--loop", action="store_true", help="go on until ended, once every REMINDER_TICK_SECONDS"
        )

    def handle(self, *_args: Any, now: str | None, dry_run: bool, loop: bool, **_options: Any) -> None:
        instant = parse_instant(now)
        if loop and (instant or dry_run):
            raise CommandError("--loop goes with the real clock: leave out --now and --dry-run.")
        if loop:
            self.go_on()
            return
        clock: Clock = database_clock() if instant is None else lambda: instant
        self.say(sweep.preview(clock()) if dry_run else sweep.run_once(clock, run_nightly=instant is None))

    def say(self, tally: Tally) -> None:
        self.stdout.write(json.dumps({str(state): count for state, count in sorted(tally.items()) if count}))

    def go_on(self) -> None:
        """Sweep until a signal asks to end; a letter that has been begun is brought to its end."""
        ended = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        while not ended.is_set():
            self.say(sweep.run_once(database_clock(), run_nightly=True))
            ended.wait(settings.REMINDER_TICK_SECONDS)


def parse_instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"--now {text} is no date and time. Write it like 2026-05-05T07:00:00Z.")
    if not 2000 <= found.year <= 2999:
        raise CommandError(f"--now {text} is outside the years 2000 to 2999.")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
