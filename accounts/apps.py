from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Connect signal handlers and the triggers of the audit log, and let the list of log-ins store hashed keys."""
        from accounts import receivers  # noqa: F401  imported for its receivers
        from accounts.audit import receivers as audit_receivers  # noqa: F401  imported for its receivers
        from accounts.audit.triggers import drop_before_migrating, install_after_migrating
        from accounts.auth import idle, second_factor  # noqa: F401  imported for its receivers
        from accounts.auth.sessions import hash_keys_of_log_ins

        pre_migrate.connect(drop_before_migrating, sender=self, dispatch_uid="audit-drop-triggers")
        post_migrate.connect(install_after_migrating, sender=self, dispatch_uid="audit-install-triggers")
        hash_keys_of_log_ins()
