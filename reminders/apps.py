from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RemindersConfig(AppConfig):
    name = "reminders"

    def ready(self) -> None:
        """Connect signal handlers and system checks, and store the key of push when it is missing."""
        from reminders import receivers  # noqa: F401  imported for its receivers
        from reminders.delivery.push import store_key
        from reminders.operations import bounces, checks  # noqa: F401  imported for receivers and checks

        post_migrate.connect(store_key, sender=self, dispatch_uid="push-key")
