"""Django with a new, migrated database for a bench that runs in one process."""

import os
from pathlib import Path

from tests.processes.prepared import prepare_once


def set_up_django(folder: str) -> None:
    """Set Django up with an SQLite file in an empty folder, whatever the environment of whoever runs this says."""
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {
        "DEBUG": "1",
        "VAR_DIR": folder,
        "ALLOWED_HOSTS": "localhost",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": f"sqlite:///{folder}/site.sqlite3",
        "DJANGO_SETTINGS_MODULE": "botoxtrack.settings",
    }
    import django

    django.setup()
    prepare_once(Path(folder), "", "database-alone", migrate)


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
