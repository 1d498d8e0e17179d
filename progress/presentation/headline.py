"""Title and detail of the page of figures: the verdict of the latest look at headache days, never advice. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from figures.engine import Figures
from figures.looks import FIRST, UNCLEAR, Look
from figures.values import HEADACHE_DAYS, HEADACHE_HOURS, MODERATE_SEVERE_DAYS
from figures.windows import MIN_KNOWN_DAYS, MONTH, Cycle, Window
from progress.presentation.looks import describe_look, describe_next_look, period_name
from progress.presentation.sentences import choose_decimal_places, metric_name

# A change of at most so many days that could be chance reads as "about as many".
MAX_SIMILAR_DAYS = 2
# From so many headache days of 28 on, intensity and hours say more than the number of days.
MIN_CEILING_DAYS = 25


@dataclass(frozen=True, slots=True)
class Headline:
    """Title and detail of the dashboard. `is_comparison`: whether the caveat about before-and-after is shown below."""

    title: str
    detail: str
    is_comparison: bool = False


def build_headline(figures: Figures, has_days: bool) -> Headline:
    """Build the headline of a record, with or without sessions and entries."""
    if figures.baseline is None or figures.looks is None:
        return Headline(
            _("Nothing to compare yet"),
            _("Add your first session. Your diary is then compared with the 28 days before it.")
            if has_days
            else _("Tap once a day. After your first injections, add the date."),
        )
    look = figures.looks[HEADACHE_DAYS]
    if look is not None:
        return build_look_headline(look, figures)
    first = figures.cycles[0].session
    if figures.as_of < first + timedelta(MONTH - 1):
        week = (figures.as_of - first).days // 7 + 1
        title = _("Week %(week)s after the first session") % {"week": week}
    else:
        title = _("Too few days filled in to compare")
    return Headline(title, " ".join([describe_reference(figures), describe_first_look(figures)]))


def build_look_headline(look: Look, figures: Figures) -> Headline:
    before, after = (window.metrics[HEADACHE_DAYS].per_28 or 0.0 for window in (look.before, look.after))
    detail = describe_look(look, figures, choose_decimal_places(before, after))
    return Headline(build_change_title(look), detail, is_comparison=True)


def build_change_title(look: Look) -> str:
    """Return the verdict of a look at headache days in one sentence without a full stop."""
    number = int(abs(formatting.rounded(look.difference)))
    is_unclear, is_first = look.verdict == UNCLEAR, look.reference == FIRST
    if is_unclear and number <= MAX_SIMILAR_DAYS:
        if is_first:
            return _("About as many headache days as in the first four recorded weeks")
        return _("About as many headache days as before Botox")
    if look.difference < 0:
        sentence = ngettext(
            "%(number)s fewer headache day a month than %(reference)s",
            "%(number)s fewer headache days a month than %(reference)s",
            number,
        )
    else:
        sentence = ngettext(
            "%(number)s more headache day a month than %(reference)s",
            "%(number)s more headache days a month than %(reference)s",
            number,
        )
    reference = _("in the first four recorded weeks") if is_first else _("before Botox")
    sentence %= {"number": number, "reference": reference}
    return (
        _("%(sentence)s, but the days vary so much that this may not be a real change")
        % {"sentence": sentence}
        if is_unclear
        else sentence
    )


def describe_reference(figures: Figures) -> str:
    """Say what the first look is compared with: the baseline, or without one the first recorded four weeks."""
    assert figures.baseline is not None
    before = figures.baseline.metrics[HEADACHE_DAYS]
    if before.per_28 is not None:
        return _(
            "%(count)s headache days in the %(known)s days filled in of the 28 before the first session."
        ) % {
            "count": formatting.whole(before.count),
            "known": before.known,
        }
    sentence = _(
        "%(known)s of the 28 days before the first session are filled in; a comparison needs %(needed)s. "
        "Days from an old diary can be added."
    ) % {"known": before.known, "needed": MIN_KNOWN_DAYS}
    first = find_first_period(figures.cycles)
    if first is None:
        rest = _(
            "Without them, the first four weeks with enough entries are what later weeks are compared with."
        )
    else:
        rest = _("Later weeks are compared with the first four recorded weeks: %(period)s.") % {
            "period": period_name(first[1].label or "", first[0])
        }
    return f"{sentence} {rest}"


def find_first_period(cycles: tuple[Cycle, ...]) -> tuple[int, Window] | None:
    """Return the first period that is a reference without a baseline, with the number of its cycle."""
    return next(
        (
            (cycle.number, window)
            for cycle in cycles
            for window in cycle.periods
            if window.days == MONTH and window.complete and window.metrics[HEADACHE_DAYS].per_28 is not None
        ),
        None,
    )


def describe_first_look(figures: Figures) -> str:
    """Say when the first look can be made, and how many days of its period are filled in."""
    if figures.next_look is None:
        return describe_next_look(figures)
    known = known_until(figures, figures.next_look)
    return _("The next look is on %(day)s, if %(needed)s of its 28 days are filled in (now %(known)s).") % {
        "day": formatting.day(figures.next_look),
        "needed": MIN_KNOWN_DAYS,
        "known": known,
    }


def known_until(figures: Figures, look: date) -> int:
    """Return how many days of the period that ends with a look are known so far."""
    periods = [window for window in figures.cycles[-1].periods if window.end == look]
    return periods[0].metrics[HEADACHE_DAYS].known if periods else 0


def describe_ceiling(figures: Figures) -> str:
    """Name intensity and hours if nearly every day was a headache day; "" otherwise.

    The number of headache days can then hardly fall.
    """
    look = figures.looks[HEADACHE_DAYS] if figures.looks else None
    if look is None or (look.before.metrics[HEADACHE_DAYS].per_28 or 0) < MIN_CEILING_DAYS:
        return ""
    examples = [
        _("%(name)s: %(before)s before, %(after)s at the latest look")
        % {"name": metric_name(metric), "before": formatting.whole(old), "after": formatting.whole(new)}
        for metric in (MODERATE_SEVERE_DAYS, HEADACHE_HOURS)
        if (old := look.before.metrics[metric].per_28) is not None
        and (new := look.after.metrics[metric].per_28) is not None
    ]
    if not examples:
        return ""
    sentence = _("With a headache on nearly every day, the number of days can hardly go down.")
    return f"{sentence} {'. '.join(examples)}."
