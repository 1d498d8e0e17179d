"""manage.py audit: verify the audit log, and print the grants that keep it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit.grants import list_grants
from accounts.audit.verify import find_faults
from accounts.audit_models import AuditEntry, AuditIdentity, AuditTrail


class Command(BaseCommand):
    help = "Verify the audit log (exit code 1 if it was tampered with), or print the grants of PostgreSQL that keep it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        commands.add_parser("verify", help="find entries that were changed, removed, inserted or moved")
        grants = commands.add_parser(
            "grants", help="print the SQL that lets a role use the database, and no more"
        )
        grants.add_argument("role", help="the role of PostgreSQL that the application logs in as")

    def handle(self, *_args: Any, command: str, **options: Any) -> None:
        if command == "grants":
            self.stdout.write("\n".join(list_grants(options["role"])))
            return
        faults = list(find_faults())
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"The audit log has {len(faults)} faults.")
        erased = AuditTrail.objects.filter(erased_at__isnull=False).count()
        self.stdout.write(
            f"The audit log is whole: {AuditEntry.objects.count()} entries in {AuditTrail.objects.count()} trails, "
            f"{erased} of them of erased accounts; {AuditIdentity.objects.count()} names."
        )
