"""The Celery application. It only runs tasks: what has to be done is stored in the database."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botoxtrack.settings")

TRANSPORT_ALIASES["files"] = "botoxtrack.broker:Transport"

app = Celery("botoxtrack")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
