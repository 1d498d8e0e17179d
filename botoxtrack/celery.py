"""The Celery application. It only runs tasks: what has to be done is stored in the database."""

import os
from typing import Any

from celery import Celery
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botoxtrack.settings")

TRANSPORT_ALIASES["files"] = "botoxtrack.broker:Transport"

# Celery would take them for settings. All settings of this product are in docs/configuration.md.
for name in [name for name in os.environ if name.startswith("CELERY_")]:
    del os.environ[name]


class Application(Celery):
    """Connects to the broker of the settings, whatever BROKER_URL or an option of the command line says."""

    def connection_for_read(self, url: str | None = None, **options: Any) -> Any:
        return super().connection_for_read(url or settings.CELERY_BROKER_URL, **options)

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        return super().connection_for_write(url or settings.CELERY_BROKER_URL, **options)


app = Application("botoxtrack")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
