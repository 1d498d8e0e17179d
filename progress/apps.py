from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save, pre_migrate


class ProgressConfig(AppConfig):
    name = "progress"

    def ready(self) -> None:
        """Connect the database triggers that count record versions."""
        from progress.cache.triggers import (
            distrust_loaded_rows,
            drop_before_migrating,
            install_after_migrating,
        )

        pre_migrate.connect(drop_before_migrating, sender=self, dispatch_uid="watch-lift")
        post_migrate.connect(install_after_migrating, sender=self, dispatch_uid="watch-set-up")
        for model in ("RecordVersion", "StoredDiary", "StoredDashboard"):
            post_save.connect(
                distrust_loaded_rows, sender=self.get_model(model), dispatch_uid=f"watch-{model}"
            )
