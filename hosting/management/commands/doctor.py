"""manage.py doctor: look at everything that the site needs."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from hosting.doctor import LOOKS


class Command(BaseCommand):
    help = "Look at all that a site needs, and say what to do about each fault. Exit code 1: a fault."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only", action="append", choices=sorted(LOOKS), help="look at this alone; may be repeated"
        )
        parser.add_argument("--json", action="store_true", help="print what was found as JSON")

    def handle(self, *_args: Any, only: list[str] | None, json: bool, **_options: Any) -> None:
        findings = {name: look(timezone.now()) for name, look in LOOKS.items() if not only or name in only}
        if json:
            self.stdout.write(as_json({name: asdict(finding) for name, finding in findings.items()}))
        else:
            for name, finding in findings.items():
                fix = f" {finding.fix}" if finding.fix else ""
                self.stdout.write(
                    f"{'good ' if finding.is_well else 'FAULT'}  {name}: {finding.sentence}{fix}"
                )
        faults = sum(not finding.is_well for finding in findings.values())
        if faults:
            raise CommandError(f"{faults} of {len(findings)} have a fault.")


def as_json(value: Any) -> str:
    return json.dumps(value, indent=1)
