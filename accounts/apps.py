from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.auth import second_factor  # noqa: F401  connects its signal handlers
