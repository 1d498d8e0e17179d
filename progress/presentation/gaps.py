"""The oldest gap worth filling: an unrecorded day that can still be remembered. Pure."""

from datetime import date, timedelta

from progress.figures.packed_diary import PackedDiary

# Days that somebody may still remember; the same 28 that the comparison looks at.
REACH = 28


def oldest_gap(facts: PackedDiary, today: date) -> date | None:
    """The oldest unrecorded day of the last 28, not before the first entry; None when there is none."""
    recorded = facts.recorded_dates()
    if recorded is None:
        return None
    start = max(recorded[0], today - timedelta(REACH - 1))
    days = (start + timedelta(offset) for offset in range((today - start).days))
    return next((on for on in days if not facts.state_on(on)), None)
