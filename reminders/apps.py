from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "reminders"

    def ready(self) -> None:
        """Connect signal handlers and system checks."""
        from reminders import receivers  # noqa: F401  imported for its receivers
        from reminders.operations import bounces, checks  # noqa: F401  imported for receivers and checks
