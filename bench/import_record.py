"""How long it takes to read a record's files into an empty account, and to show its progress page.

    python -m bench.import_record FOLDER [--as-of YYYY-MM-DD] [--rounds N]

FOLDER holds diary.csv and its companions (docs/clinical-rules.md, section 11). Each round starts from an empty
SQLite database in a temporary folder. Prints medians in seconds, the rows, and the headline figures.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

from bench.django_site import set_up_django

EMAIL = "bench@example.org"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--as-of", default="")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def run_round(folder: Path, as_of: str) -> tuple[float, float, dict[str, object], dict[str, object]]:
    """Return the seconds of the import and of the page, the counts of the import, and the figures."""
    from django.core.management import call_command
    from django.db.models import F
    from django.test import Client
    from django.urls import reverse

    from accounts.audit_models import AuditTrail
    from accounts.models import User

    AuditTrail.objects.update(cut=F("entries"))  # or the triggers of the audit log would refuse
    call_command("flush", interactive=False, verbosity=0)
    output = StringIO()
    begin = time.perf_counter()
    call_command("import_record", EMAIL, str(folder), "--create", stdout=output)
    import_seconds = time.perf_counter() - begin
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email=EMAIL))
    begin = time.perf_counter()
    response = client.get(reverse("progress"), {"as_of": as_of} if as_of else {})
    page_seconds = time.perf_counter() - begin
    if response.status_code != 200:
        sys.exit(f"the page answered {response.status_code}")
    figures = StringIO()
    call_command("progress", EMAIL, *(["--as-of", as_of] if as_of else []), stdout=figures)
    return import_seconds, page_seconds, json.loads(output.getvalue()), json.loads(figures.getvalue())


def main() -> None:
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as scratch:
        set_up_django(scratch)
        rounds = [run_round(options.folder, options.as_of) for _round in range(options.rounds)]
    _imported, _page, counts, figures = rounds[-1]
    imported = statistics.median(result[0] for result in rounds)
    print(f"import  median {imported:.2f} s of {options.rounds}: {json.dumps(counts)}")
    print(f"page    median {statistics.median(result[1] for result in rounds):.2f} s")
    print_figures(figures)


def print_figures(figures: dict[str, object]) -> None:
    """Print the headline figures."""
    before, now, change = figures["baseline"], figures["now"], figures["change"]
    if not (isinstance(before, dict) and isinstance(now, dict) and isinstance(change, dict)):
        sys.exit("no session up to that day")
    print(f"as of {figures['as_of']}, {len(figures['cycles'])} cycles")  # type: ignore[arg-type]  # a list
    for metric, metric_change in change.items():
        sides = [side["metrics"][metric]["per_28"] for side in (before, now)]
        print(f"{metric:24} {sides[0]} -> {sides[1]}, interval {metric_change and metric_change['interval']}")


if __name__ == "__main__":
    main()
