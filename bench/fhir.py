"""How long the FHIR bundle of a long record takes: `python -m bench.fhir [--years N] [--rounds N]`.

Prints the number of resources, the size, and the median of the processor time from the database to the written bundle;
the first round, which also loads and asks the models, beside it. The limit: ten years under 2 s; exit code 1 above it.
"""

import argparse
import sys
import tempfile
from statistics import median
from time import process_time

from bench.django_site import set_up_django

LIMIT = 2.0  # seconds for ten years


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="Time the FHIR bundle of a long record.")
    arguments.add_argument("--years", type=int, default=10)
    arguments.add_argument("--rounds", type=int, default=7)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        set_up_django(scratch)
        from django.utils import timezone

        from accounts.models import Record
        from bench.people import create_patient
        from exchange.fhir.bundle import build_bundle, list_resources, write_bundle

        create_patient(0, options.years)
        record, now = Record.objects.select_related("user").get(), timezone.now()
        times, size, number = [], 0, 0
        for _ in range(options.rounds + 1):
            start = process_time()
            bundle = build_bundle(list_resources(record, now.date()), now)
            number, size = len(bundle["entry"]), len(write_bundle(bundle))
            times.append(process_time() - start)
    first, later = times[0], median(times[1:])
    print(
        f"{options.years} years  {number} resources  {size / 1e6:.1f} MB  {later:.2f} s, the first {first:.2f} s"
    )
    return int(options.years <= 10 and first > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
