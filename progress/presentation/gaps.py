"""The oldest unrecorded day that can still be filled from memory. Pure."""

from datetime import date, timedelta

from figures.packed_diary import PackedDiary

# Days that the patient may still remember, and the 28 days that a comparison uses.
MAX_DAYS_BACK = 28


def find_oldest_gap(diary: PackedDiary, today: date) -> date | None:
    """Return the oldest unrecorded day of the last 28, not before the first entry; None if there is none."""
    recorded = diary.recorded_dates()
    if recorded is None:
        return None
    start = max(recorded[0], today - timedelta(MAX_DAYS_BACK - 1))
    days = (start + timedelta(offset) for offset in range((today - start).days))
    return next((day for day in days if not diary.state_on(day)), None)
