from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save, pre_migrate


class ProgressConfig(AppConfig):
    name = "progress"

    def ready(self) -> None:
        from accounts import summaries
        from progress.summary import sentences
        from progress.watch import after_loading, after_migrating, before_migrating

        summaries.register(sentences)
        pre_migrate.connect(before_migrating, sender=self, dispatch_uid="watch-lift")
        post_migrate.connect(after_migrating, sender=self, dispatch_uid="watch-set-up")
        for kept in ("RecordVersion", "KeptFacts", "KeptPage"):
            post_save.connect(after_loading, sender=self.get_model(kept), dispatch_uid=f"watch-{kept}")
