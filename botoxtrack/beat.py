"""When beat rings: as Celery does it, but a clock that was put back does not silence it."""

from datetime import datetime, timedelta

from celery.schedules import schedule


class Every(schedule):
    """At a fixed interval; at once when the latest time it rang lies ahead of the clock.

    Celery's own waits until the clock has caught up, and keeps that over a restart, for beat writes the time down.
    """

    def remaining_estimate(self, last_run_at: datetime) -> timedelta:
        if self.maybe_make_aware(last_run_at) > self.now():
            return timedelta(0)
        left: timedelta = super().remaining_estimate(last_run_at)
        return left
