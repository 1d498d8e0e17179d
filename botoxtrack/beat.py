"""A schedule for beat that still runs after the clock was put back."""

from datetime import datetime, timedelta

from celery.schedules import schedule


class Every(schedule):
    """Runs at a fixed interval, and at once if the last run lies in the future.

    Celery's own schedule waits until the clock has caught up, even after a restart, for beat stores the last run.
    """

    def remaining_estimate(self, last_run_at: datetime) -> timedelta:
        if self.maybe_make_aware(last_run_at) > self.now():
            return timedelta(0)
        remaining: timedelta = super().remaining_estimate(last_run_at)
        return remaining
