from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save, pre_migrate


class ProgressConfig(AppConfig):
    name = "progress"

    def ready(self) -> None:
        """Connect the database triggers that count record versions."""
        from progress.cache.triggers import after_loading, after_migrating, before_migrating

        pre_migrate.connect(before_migrating, sender=self, dispatch_uid="watch-lift")
        post_migrate.connect(after_migrating, sender=self, dispatch_uid="watch-set-up")
        for model in ("RecordVersion", "KeptFacts", "KeptPage"):
            post_save.connect(after_loading, sender=self.get_model(model), dispatch_uid=f"watch-{model}")
