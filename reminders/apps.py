from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "reminders"

    def ready(self) -> None:
        from reminders import bounces, checks, receivers  # noqa: F401  connect their signal handlers
