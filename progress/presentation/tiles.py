"""Three counts of the last days for the overview, each with the number of days it is counted from. Pure."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from figures.acute import Overuse
from figures.engine import Figures
from figures.metric_index import MetricIndex
from figures.values import ACUTE_MEDICATION_DAYS, HEADACHE_DAYS, LOST_DAYS
from figures.windows import MONTH, build_now
from headaches.medicine_days import group_name
from progress.models import Page


@dataclass(frozen=True, slots=True)
class Tile:
    """A count with its name, what it is counted from, and the page that says more."""

    page: str
    figure: str
    name: str
    note: str


def describe_tile_days(figures: Figures) -> str:
    """Return the heading: the last 28 days, or the days since a first session that is nearer."""
    if figures.now is None or figures.now.days == MONTH:
        return _("In the last 28 days")
    days = figures.now.days
    text = ngettext(
        "In %(days)s day since the first session", "In %(days)s days since the first session", days
    )
    return text % {"days": days}


def build_tiles(figures: Figures, index: MetricIndex) -> list[Tile]:
    """Build a tile for each count that has a known day; [] when nothing is known."""
    now = figures.now or build_now(index)
    tiles = []
    for page, metric, name in (
        (Page.TIME, HEADACHE_DAYS, _("Headache days")),
        (Page.MEDICINE, ACUTE_MEDICATION_DAYS, _("Medicine days")),
        (Page.TIME, LOST_DAYS, _("Days lost")),
    ):
        count = now.metrics[metric]
        if not count.known:
            continue
        notes = [_("%(known)s of %(days)s days filled in.") % {"known": count.known, "days": now.days}]
        before = figures.baseline.metrics[metric].per_28 if figures.baseline else None
        if before is not None and metric != ACUTE_MEDICATION_DAYS:
            notes.append(_("Before: %(count)s in 28.") % {"count": formatting.whole(before)})
        if metric == ACUTE_MEDICATION_DAYS:
            notes += [
                _("%(group)s in %(month)s: %(days)s; published line: %(limit)s.")
                % {
                    "month": date_format(figures.as_of, "F"),
                    "days": overuse.days,
                    "group": group_name(overuse.group).capitalize(),
                    "limit": overuse.limit,
                }
                for overuse in nearest_to_limit(figures)
            ]
        tiles.append(Tile(page, formatting.halves(count.count), name, " ".join(notes)))
    return tiles


def nearest_to_limit(figures: Figures) -> list[Overuse]:
    """Return the group that is nearest to its published limit in the running month; [] without one."""
    month = f"{figures.as_of:%Y-%m}"
    limited = [overuse for overuse in figures.overuse if overuse.month == month and overuse.limit]
    return sorted(limited, key=lambda overuse: (overuse.limit or 0) - overuse.days)[:1]
