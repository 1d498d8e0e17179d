"""Django's migrate, which leaves the triggers of the cache in place when a migration fails."""

from typing import Any

from django.core.management.commands import migrate
from django.db import DatabaseError

from progress.cache.triggers import restore_after_failure


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate. After a failure, restore the triggers that were dropped before it, and raise the error."""
        try:
            super().handle(*args, **options)
        except BaseException:
            try:
                restore_after_failure(options["database"])
            except DatabaseError as error:
                self.stderr.write(
                    f"Dashboards are computed anew for every view until a migration succeeds ({type(error).__name__})."
                )
            raise
