"""How long it takes to read a record's files into an empty account, and to show its progress page.

    python -m bench.import_record FOLDER [--as-of YYYY-MM-DD] [--rounds N]

FOLDER holds diary.csv and its companions (docs/clinical-rules.md, section 11). Each round starts from an empty
SQLite database in a temporary folder. Prints medians in seconds, the rows, and the headline figures.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

EMAIL = "bench@example.org"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--as-of", default="")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def one_round(folder: Path, as_of: str) -> tuple[float, float, dict[str, object], dict[str, object]]:
    """Import seconds, page seconds, what was imported, the figures."""
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    from accounts.models import User

    call_command("flush", interactive=False, verbosity=0)
    out = StringIO()
    begin = time.perf_counter()
    call_command("import_record", EMAIL, str(folder), "--create", stdout=out)
    imported = time.perf_counter() - begin
    client = Client()
    client.force_login(User.objects.get(email=EMAIL))
    begin = time.perf_counter()
    answer = client.get(reverse("progress"), {"as_of": as_of} if as_of else {})
    shown = time.perf_counter() - begin
    if answer.status_code != 200:
        sys.exit(f"the page answered {answer.status_code}")
    figures = StringIO()
    call_command("progress", EMAIL, *(["--as-of", as_of] if as_of else []), stdout=figures)
    return imported, shown, json.loads(out.getvalue()), json.loads(figures.getvalue())


def main() -> None:
    asked = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ |= {"DEBUG": "1", "VAR_DIR": scratch, "ALLOWED_HOSTS": "testserver", "LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "botoxtrack.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        rounds = [one_round(asked.folder, asked.as_of) for _round in range(asked.rounds)]
    _imported, _shown, counts, figures = rounds[-1]
    print(
        f"import  median {statistics.median(one[0] for one in rounds):.2f} s of {asked.rounds}: {json.dumps(counts)}"
    )
    print(f"page    median {statistics.median(one[1] for one in rounds):.2f} s")
    report(figures)


def report(figures: dict[str, object]) -> None:
    """The figures a reader checks first."""
    before, now, change = figures["baseline"], figures["now"], figures["change"]
    if not (isinstance(before, dict) and isinstance(now, dict) and isinstance(change, dict)):
        sys.exit("no session up to that day")
    print(f"as of {figures['as_of']}, {len(figures['cycles'])} cycles")  # type: ignore[arg-type]  # a list
    for metric, one in change.items():
        sides = [side["metrics"][metric]["per_28"] for side in (before, now)]
        print(f"{metric:24} {sides[0]} -> {sides[1]}, interval {one and one['interval']}")


if __name__ == "__main__":
    main()
