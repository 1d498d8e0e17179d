from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Connect signal handlers."""
        from accounts import receivers  # noqa: F401  imported for its receivers
        from accounts.auth import second_factor  # noqa: F401  imported for its receivers
