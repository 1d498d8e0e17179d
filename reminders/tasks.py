"""Celery tasks. A message holds primary keys and nothing else: everything is in the database."""

from celery import shared_task
from django.conf import settings

from reminders.delivery import sweep, worker
from reminders.ledger.statements import database_clock


@shared_task(name="reminders.tasks.tick")
def tick() -> None:
    """Claim what is due and queue it; beat starts this. Two at once claim different reminders."""

    def queue_batch(ids: list[int]) -> None:
        # A message no worker took before the next tick expires: its reminders are offered again.
        send_batch.apply_async((ids,), expires=settings.REMINDER_MESSAGE_SECONDS)

    sweep.enqueue_due(database_clock(), queue_batch, run_nightly=True)


@shared_task(name="reminders.tasks.send_batch")
def send_batch(ids: list[int]) -> None:
    """Send those of these reminders that no other worker has acquired."""
    worker.send_batch(ids, database_clock())
