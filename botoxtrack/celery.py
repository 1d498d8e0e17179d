"""The Celery application: the hands of the reminders, never their memory."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botoxtrack.settings")

TRANSPORT_ALIASES["files"] = "botoxtrack.broker:Transport"

app = Celery("botoxtrack")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
