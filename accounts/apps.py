from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Connect signal handlers, and let the list of log-ins store hashed keys."""
        from accounts import receivers  # noqa: F401  imported for its receivers
        from accounts.auth import idle, second_factor  # noqa: F401  imported for its receivers
        from accounts.auth.sessions import hash_keys_of_log_ins

        hash_keys_of_log_ins()
