from django.apps import AppConfig


class HeadachesConfig(AppConfig):
    name = "headaches"

    def ready(self) -> None:
        """Connect signal handlers."""
        from headaches import receivers  # noqa: F401  imported for its receivers
