from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "reminders"

    def ready(self) -> None:
        from reminders import bounces, receivers  # noqa: F401  connect their signal handlers
