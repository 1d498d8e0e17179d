"""How often each medicine helped, as text (Rules, section 18). Pure."""

from dataclasses import dataclass
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from figures.relief import MIN_ANSWERS, Relief


@dataclass(frozen=True, slots=True)
class ReliefRow:
    """A medicine over the last 84 days: its name, the days and doses, and how often it helped."""

    name: str
    taken: str
    helped: str


def build_relief_row(relief: Relief) -> ReliefRow:
    """Return one medicine with counts only; a share stands with the number of its answers."""
    days = ngettext("%(number)s day", "%(number)s days", relief.days) % {"number": relief.days}
    doses = ngettext("%(number)s dose", "%(number)s doses", ceil(relief.doses)) % {
        "number": formatting.decimal(relief.doses).removesuffix(".0").removesuffix(",0")
    }
    return ReliefRow(relief.name, f"{days}, {doses}", describe_relief(relief))


def describe_relief(relief: Relief) -> str:
    """Return "helped 5 of 8 times", or how many answers there are when they are too few."""
    if not relief.answered:
        return _("no answer yet whether it helped")
    helped = _("helped %(helped)s of %(answered)s times") % {
        "helped": relief.partial + relief.complete,
        "answered": relief.answered,
    }
    if relief.helped is None:
        return _("%(helped)s; fewer than %(minimum)s answers say little") % {
            "helped": helped,
            "minimum": MIN_ANSWERS,
        }
    if relief.unanswered:
        return _("%(helped)s; %(unanswered)s times not answered") % {
            "helped": helped,
            "unanswered": relief.unanswered,
        }
    return helped
