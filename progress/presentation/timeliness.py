"""When the entries of the last 28 days were first written: the same day, within 48 hours, or later. Pure but for _().

Shown as completeness, never as blame: a day written from memory is a day recorded.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

SAME_DAY, SOON, LATER = "same day", "within 48 hours", "later"
REACH: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Timeliness:
    """How many entries were first written when."""

    same_day: int
    soon: int
    later: int


def count_timeliness(on: date, written_at: datetime, zone: ZoneInfo) -> str:
    """The 48 hours count from the end of the day, in the patient's own zone; hours of the clock on the wall do not."""
    if written_at.astimezone(zone).date() <= on:
        return SAME_DAY
    end = datetime.combine(on + timedelta(1), time.min, zone)
    return SOON if written_at.timestamp() - end.timestamp() <= REACH.total_seconds() else LATER


def load_timeliness(entries: Iterable[tuple[date, datetime]], zone: ZoneInfo) -> Timeliness:
    """The counts of entries, each a day and the instant it was first written."""
    counted = Counter(count_timeliness(on, at, zone) for on, at in entries)
    return Timeliness(counted[SAME_DAY], counted[SOON], counted[LATER])


def describe_timeliness(found: Timeliness) -> str:
    """One sentence; "" without an entry."""
    if not (found.same_day or found.soon or found.later):
        return ""
    return _(
        "Entries of the last 28 days: %(same_day)s written the same day, %(soon)s within 48 hours, %(later)s later."
    ) % {"same_day": found.same_day, "soon": found.soon, "later": found.later}
