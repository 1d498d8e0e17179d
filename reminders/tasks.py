"""What the worker runs. A task carries ids and nothing else: everything stands in the ledger."""

from celery import shared_task
from django.conf import settings

from reminders.delivery import sweep, worker
from reminders.ledger.statements import database_clock


@shared_task(name="reminders.tasks.tick")
def tick() -> None:
    """Started by beat; finds its work in the ledger and hands it on. Two at once claim different rows."""
    sweep.enqueue_due(database_clock(), queue_batch, run_nightly=True)


def queue_batch(ids: list[int]) -> None:
    """A message nobody took before the next tick is worth nothing: its rows are offered again."""
    send_batch.apply_async((ids,), expires=settings.REMINDER_MESSAGE_SECONDS)


@shared_task(name="reminders.tasks.send_batch")
def send_batch(ids: list[int]) -> None:
    """Send these rows, as far as nobody has taken them."""
    worker.send_batch(ids, database_clock())
