"""manage.py reminders: status of the reminders, and the operator's actions."""

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
    help = "Show the status of the reminders, plan them again, send one again, record a bounce."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        status = verbs.add_parser(
            "status", help="states, oldest due reminder, reasons, heartbeat; exit code 1 when unwell"
        )
        status.add_argument("--json", action="store_true", help="as one JSON object")
        verbs.add_parser("reconcile", help="plan everybody again now, and print what was corrected as JSON")
        resend = verbs.add_parser("resend", help="send reminders again that failed, or one that is uncertain")
        which = resend.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "id", type=int, nargs="?", help="the reminder's number, as the operator's page shows it"
        )
        which.add_argument("--failed", action="store_true", help="all that failed and are still useful")
        verbs.add_parser("bounce", help="read a mail server's report from standard input (RFC 3464)")

    def handle(self, *_args: Any, verb: str, **options: Any) -> None:
        getattr(self, verb)(options)

    def status(self, options: dict[str, Any]) -> None:
        report = health.status(timezone.now())
        due_age, tick_age = report["oldest_due_seconds"], report["heartbeat_age_seconds"]
        lines = [
            "well" if report["well"] else "NOT WELL",
            f"due: {report['due']}" + (f", the oldest for {due_age:.0f} s" if due_age is not None else ""),
            f"last tick: {tick_age:.0f} s ago" if tick_age is not None else "last tick: never",
            *(f"{state}: {number}" for state, number in report["states"].items() if number),
            *(
                f"{group['state']}, {group['reason'] or 'no reason kept'}: {group['rows']}"
                for group in report["reasons"]
            ),
            f"addresses stopped: {report['stopped_addresses']}",
        ]
        self.stdout.write(json.dumps(report) if options["json"] else "\n".join(lines))
        if not report["well"]:
            sys.exit(1)

    def reconcile(self, _options: dict[str, Any]) -> None:
        now = timezone.now()
        counts = planning.reconcile(now).as_report()
        JobHeartbeat.objects.update_or_create(
            job=JobHeartbeat.Job.RECONCILE,
            defaults={
                "at": now,
                "cursor": None,
                "report": {"started": now.isoformat(), "ended": now.isoformat(), **counts},
            },
        )
        self.stdout.write(json.dumps(counts))

    def resend(self, options: dict[str, Any]) -> None:
        if options["failed"]:
            self.stdout.write(f"Reminders due again: {statements.send_failed_again(timezone.now())}.")
            return
        if not statements.send_again(options["id"], timezone.now()):
            raise CommandError(
                f"Reminder {options['id']} does not exist, or neither failed nor is uncertain."
            )
        self.stdout.write(f"Reminder {options['id']} is due again.")

    def bounce(self, _options: dict[str, Any]) -> None:
        report = bounces.parse_bounce(sys.stdin.buffer.read(bounces.MAX_BYTES))
        if report is None:
            raise CommandError("This is no report of a failed delivery to a return address of this site.")
        if not report.is_final:
            self.stdout.write("A temporary failure: nothing is stopped.")
            return
        is_stopped = actions.record_bounce(key=report.key, address_hash=report.address_hash)
        self.stdout.write(
            "The address is stopped."
            if is_stopped
            else "Nothing is stopped: the reminder is unknown, or went to an earlier address of the user."
        )
