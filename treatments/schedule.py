"""When the next session is: pure calendar arithmetic (rules, section 8)."""

from dataclasses import dataclass
from datetime import date, timedelta

WINDOW_DAYS = 7


@dataclass(frozen=True, slots=True)
class NextSession:
    """The session to come, seen from one day.

    number: counted from 1; last: date of the latest session; due: last + interval;
    booked: the booked date or None.
    """

    number: int
    last: date
    due: date
    booked: date | None
    interval_days: int
    today: date

    @property
    def target(self) -> date:
        """The booked date, or the due date without one."""
        return self.booked or self.due

    @property
    def days_left(self) -> int:
        """Days until the target; negative once it has passed."""
        return (self.target - self.today).days

    @property
    def window(self) -> tuple[date, date]:
        """The usual window: seven days around the due date."""
        return self.due - timedelta(WINDOW_DAYS), self.due + timedelta(WINDOW_DAYS)

    @property
    def is_late(self) -> bool:
        """From seven days after the target on."""
        return self.days_left <= -WINDOW_DAYS

    @property
    def days_late(self) -> int:
        """Days since the target; 0 until it has passed."""
        return max(0, -self.days_left)

    @property
    def day_of_cycle(self) -> int:
        """1 on the day of the last session."""
        return (self.today - self.last).days + 1

    @property
    def week_of_cycle(self) -> int:
        return (self.today - self.last).days // 7 + 1

    @property
    def weeks_of_cycle(self) -> int:
        return self.interval_days // 7


def due_date(last: date, interval_days: int) -> date:
    """The day the next session is due: calendar days, never hours."""
    return last + timedelta(interval_days)


def next_session(
    *, sessions: list[date], interval_days: int, booked: date | None, today: date
) -> NextSession | None:
    """The next session after those up to today; None before the first."""
    past = sorted({on for on in sessions if on <= today})
    if not past:
        return None
    return NextSession(
        len(past) + 1, past[-1], due_date(past[-1], interval_days), booked, interval_days, today
    )
