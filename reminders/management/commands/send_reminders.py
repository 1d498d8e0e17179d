"""manage.py send_reminders: one sweep, for cron and for hands."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from reminders import sweep
from reminders.models import State


class Command(BaseCommand):
    help = "Send the reminders that are due, once, and print a tally as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--now", metavar="ISO", help="sweep as if it were this instant (UTC without an offset)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen; send and change nothing"
        )

    def handle(self, *_args: Any, now: str | None, dry_run: bool, **_options: Any) -> None:
        instant = asked_instant(now)
        clock: sweep.Clock = timezone.now if instant is None else lambda: instant
        tally = dry(clock()) if dry_run else sweep.sweep(clock)
        self.stdout.write(json.dumps({str(state): count for state, count in sorted(tally.items()) if count}))


def asked_instant(text: str | None) -> datetime | None:
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


def dry(now: datetime) -> sweep.Tally:
    """What a sweep would do with each due row, judged but not touched."""
    rows = sweep.due_rows(now).select_related("record__user")
    return sweep.Tally(sweep.judge(row, now) or State.SENT for row in rows.iterator(chunk_size=500))
