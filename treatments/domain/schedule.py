"""When the next session is due: pure calendar arithmetic (Rules, section 8)."""

from dataclasses import dataclass
from datetime import date, time, timedelta

WINDOW_DAYS = 7


@dataclass(frozen=True, slots=True)
class NextSession:
    """The next session as of one day.

    number: counted from 1; last: date of the latest session, None before the first; target: the booked date,
    or the due date (last + interval) without one; booked: the booked date or None; at, place, note: of the booking.
    """

    number: int
    last: date | None
    target: date
    booked: date | None
    interval_days: int
    today: date
    at: time | None = None
    place: str = ""
    note: str = ""

    @property
    def due(self) -> date | None:
        """Last session plus interval; None before the first session."""
        return due_date(self.last, self.interval_days) if self.last else None

    @property
    def days_left(self) -> int:
        """Days until the target; negative once it has passed."""
        return (self.target - self.today).days

    @property
    def window(self) -> tuple[date, date] | None:
        """The usual window: seven days around the due date."""
        return (self.due - timedelta(WINDOW_DAYS), self.due + timedelta(WINDOW_DAYS)) if self.due else None

    @property
    def is_late(self) -> bool:
        """From seven days after the target on."""
        return self.days_left <= -WINDOW_DAYS

    @property
    def days_late(self) -> int:
        """Days since the target; 0 until it has passed."""
        return max(0, -self.days_left)

    @property
    def weeks_late(self) -> int:
        """Whole weeks since the target; 0 until the first has passed."""
        return self.days_late // 7

    @property
    def booked_off(self) -> int:
        """Days from due to booked: positive when booked late; 0 without either."""
        return (self.booked - self.due).days if self.booked and self.due else 0

    @property
    def day_of_cycle(self) -> int:
        """1 on the day of the last session; 0 before the first."""
        return (self.today - self.last).days + 1 if self.last else 0

    @property
    def week_of_cycle(self) -> int:
        """1 in the seven days from the last session on; 0 before the first."""
        return (self.day_of_cycle + 6) // 7

    @property
    def weeks_of_cycle(self) -> int:
        return self.interval_days // 7


def due_date(last: date, interval_days: int) -> date:
    """Return the day the next session is due, in calendar days."""
    return last + timedelta(interval_days)


def compute_next_session(
    *, sessions: list[date], interval_days: int, booked: date | None, today: date
) -> NextSession | None:
    """Compute the next session after those up to today; None before the first session if none is booked."""
    past = sorted({day for day in sessions if day <= today})
    last = past[-1] if past else None
    target = booked or (due_date(last, interval_days) if last else None)
    if target is None:
        return None
    return NextSession(len(past) + 1, last, target, booked, interval_days, today)
