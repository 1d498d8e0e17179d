from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        """Connect signal handlers."""
        from exchange import receivers  # noqa: F401  imported for its receivers
