"""Celery: broker, queue and schedule."""

from datetime import timedelta
from typing import Any

from botoxtrack.beat import Every
from botoxtrack.environment import number, seconds_list, text
from botoxtrack.settings.base import VAR_DIR, ensure_folder
from botoxtrack.settings.data import REDIS_URL

CELERY_BROKER_URL = REDIS_URL or "files://"  # the second: botoxtrack/broker.py
CELERY_TASK_DEFAULT_QUEUE: str = text("QUEUE", "botoxtrack")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker never gives up on its broker
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
REMINDER_TICK_SECONDS = number("REMINDER_TICK_SECONDS", 60, 0.2)
REMINDER_MESSAGE_SECONDS = max(1, REMINDER_TICK_SECONDS - 5)
# How long a worker sends one batch before it releases the rest.
REMINDER_BATCH_SECONDS = number("REMINDER_BATCH_SECONDS", 60, 1)
REMINDER_BACK_OFF = seconds_list("REMINDER_BACK_OFF", [60, 300, 1800, 7200, 7200])
CELERY_BEAT_SCHEDULE = {
    "send-reminders": {
        "task": "reminders.tasks.tick",
        "schedule": Every(timedelta(seconds=REMINDER_TICK_SECONDS)),
        # A tick that no worker has run before the next one expires.
        "options": {"expires": REMINDER_MESSAGE_SECONDS},
    },
}
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 10,
        "socket_keepalive": True,
    }
else:
    BROKER_DIR = VAR_DIR / "broker"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
        "store_processed": False,
    }
    for folder in ("queue", "control"):
        ensure_folder(BROKER_DIR / folder)
