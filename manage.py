#!/usr/bin/env python
"""Django's command line for botoxtrack."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def print_errors_as_sentences() -> Iterator[None]:
    """Print one sentence instead of a traceback for wrong settings and for a database that cannot be reached."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import OperationalError

    try:
        yield
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OperationalError as error:
        calls = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
        if "get_new_connection" not in calls:
            raise
        reason = (str(error).strip().splitlines() or ["no reason was given"])[0]
        sys.exit(f"The database that DATABASE_URL names cannot be reached: {reason}")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botoxtrack.settings")
    from django.core.management import execute_from_command_line

    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        sys.argv[1] = sys.argv[1].replace("-", "_")  # rotate-secret is rotate_secret
    with print_errors_as_sentences():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
