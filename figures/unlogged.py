"""What days without an entry could change (Rules, section 14)."""

from dataclasses import dataclass

from figures.looks import Look
from figures.values import HEADACHE_DAYS
from figures.windows import MONTH, MetricCount, Window


@dataclass(frozen=True, slots=True)
class Unlogged:
    """The unknown days on both sides of a look at headache days, and what they could change.

    `before` and `after` are numbers of unknown days. `difference` holds the least and the most that the difference
    in days could be, whatever they were. `tipping` is how many unknown days of the look would have to be headache
    days, and the others not, for it to reach the rate of the reference; None if that is more than there are.
    """

    before: int
    after: int
    difference: tuple[int, int]
    tipping: int | None


def compute_unlogged(look: Look | None) -> Unlogged | None:
    """Compute the bounds of a look at headache days; None without one (Rules, section 14)."""
    if look is None:
        return None
    before, after = look.before.metrics[HEADACHE_DAYS], look.after.metrics[HEADACHE_DAYS]
    count1, count2 = int(before.count), int(after.count)
    unknown1, unknown2 = count_unknown(look.before, before), count_unknown(look.after, after)
    needed = -(-MONTH * count1 // before.known)  # rounded up, in whole numbers
    tipping = max(0, needed - count2)
    return Unlogged(
        unknown1,
        unknown2,
        (count2 - count1 - unknown1, count2 + unknown2 - count1),
        tipping if tipping <= unknown2 else None,
    )


def count_unknown(window: Window, count: MetricCount) -> int:
    """Return how many days of a window do not answer a metric."""
    return window.days - count.known
