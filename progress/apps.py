from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save, pre_migrate


class ProgressConfig(AppConfig):
    name = "progress"

    def ready(self) -> None:
        """Connect the database triggers that count record versions."""
        from progress import checks  # noqa: F401  imported for its check
        from progress.cache.triggers import (
            drop_before_migrating,
            install_after_migrating,
            invalidate_loaded_rows,
        )

        pre_migrate.connect(drop_before_migrating, sender=self, dispatch_uid="progress-drop-triggers")
        post_migrate.connect(install_after_migrating, sender=self, dispatch_uid="progress-install-triggers")
        for model in ("RecordVersion", "StoredDiary", "StoredDashboard"):
            post_save.connect(
                invalidate_loaded_rows,
                sender=self.get_model(model),
                dispatch_uid=f"progress-invalidate-{model}",
            )
