"""What the worker runs. Tasks carry no data: everything stands in the ledger."""

from celery import shared_task
from django.utils import timezone

from reminders import planning, sweep


@shared_task(name="reminders.tasks.sweep")
def send_due() -> None:
    """Started by a beat tick; finds its work in the ledger."""
    sweep.sweep(timezone.now)


@shared_task(name="reminders.tasks.reconcile")
def reconcile() -> None:
    """Nightly: mend what a missed signal left behind."""
    planning.reconcile(timezone.now())
