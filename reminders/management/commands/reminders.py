"""manage.py reminders: the operator's hand on the ledger."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reminders import actions
from reminders.ledger import statements
from reminders.models import JobHeartbeat
from reminders.operations import bounces, health
from reminders.scheduling import planning


class Command(BaseCommand):
    help = "Show how the reminders are doing, mend the ledger, send a row again, take in a bounce."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        shown = verbs.add_parser(
            "status", help="states, oldest due row, reasons, heartbeat; exit code 1 when unwell"
        )
        shown.add_argument("--json", action="store_true", help="as one JSON object")
        verbs.add_parser("reconcile", help="plan everybody anew now, and print what was mended as JSON")
        again = verbs.add_parser("resend", help="try a row again that failed or is in doubt")
        again.add_argument("id", type=int, help="the row's number, as status and the page show it")
        verbs.add_parser("bounce", help="read a mail server's report from standard input (RFC 3464)")

    def handle(self, *_args: Any, verb: str, **options: Any) -> None:
        getattr(self, verb)(options)

    def status(self, options: dict[str, Any]) -> None:
        found = health.status(timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(found))
        else:
            self.stdout.write("\n".join(format_lines(found)))
        if not found["well"]:
            sys.exit(1)

    def reconcile(self, _options: dict[str, Any]) -> None:
        now = timezone.now()
        done = planning.reconcile(now)
        JobHeartbeat.objects.update_or_create(
            job=JobHeartbeat.Job.RECONCILE,
            defaults={
                "at": now,
                "cursor": None,
                "report": {"started": now.isoformat(), "ended": now.isoformat(), **report_as_json(done)},
            },
        )
        self.stdout.write(json.dumps(report_as_json(done)))

    def resend(self, options: dict[str, Any]) -> None:
        if not statements.send_again(options["id"], timezone.now()):
            raise CommandError(f"Row {options['id']} is not there, or neither failed nor in doubt.")
        self.stdout.write(f"Row {options['id']} is due again.")

    def bounce(self, _options: dict[str, Any]) -> None:
        report = bounces.parse_bounce(sys.stdin.buffer.read(bounces.MOST_BYTES))
        if report is None:
            raise CommandError("This is no report of a failed delivery to a return address of this site.")
        if not report.is_final:
            self.stdout.write("A passing trouble: nothing is stopped.")
            return
        known = actions.record_bounce(key=report.key, mark=report.mark)
        self.stdout.write(
            "The address is stopped."
            if known
            else "Nothing is stopped: the letter is not in the ledger, or went to another address than today's."
        )


def report_as_json(done: planning.Planned) -> dict[str, int]:
    return {"made": done.made, "moved": done.moved, "cancelled": done.cancelled}


def format_lines(found: dict[str, Any]) -> list[str]:
    """For eyes: the same as the JSON, a line each."""
    age, beat = found["oldest_due_seconds"], found["heartbeat_age_seconds"]
    return [
        "well" if found["well"] else "NOT WELL",
        f"due: {found['due']}" + (f", the oldest for {age:.0f} s" if age is not None else ""),
        f"last tick: {beat:.0f} s ago" if beat is not None else "last tick: never",
        *(f"{state}: {number}" for state, number in found["states"].items() if number),
        *(f"{one['state']}, {one['reason'] or 'no reason kept'}: {one['rows']}" for one in found["reasons"]),
        f"addresses stopped: {found['stopped_addresses']}",
    ]
