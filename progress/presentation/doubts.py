"""What could overturn the verdict of a look, and what the next look can show: counts and natural frequencies. Pure."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from figures.change import Change
from figures.engine import Figures
from figures.looks import UNCLEAR, Look
from figures.power import Power
from figures.rules import REACHED, Rule
from figures.unlogged import Unlogged
from figures.values import HEADACHE_DAYS
from progress.presentation.confounders import Annotation, Course, find_annotations
from progress.presentation.sentences import describe_difference

RARE = 0.01  # luck under it is "fewer than 1 in 100"


def describe_doubts(figures: Figures, courses: Iterable[Course]) -> list[str]:
    """Return what could overturn the verdict of the latest look at headache days, one sentence or two each."""
    look = figures.looks[HEADACHE_DAYS] if figures.looks else None
    if look is None or figures.unlogged is None:
        return []
    sentences = [
        describe_unlogged(figures.unlogged, look.difference),
        describe_luck_of_looks(look),
        describe_drift(figures.drift),
        describe_preventives(find_annotations(courses, figures), look),
    ]
    return [sentence for sentence in sentences if sentence]


def describe_unlogged(unlogged: Unlogged, difference: float) -> str:
    """Say what the days without an answer could change in a look: nothing, not the direction, or how many it takes."""
    number = unlogged.before + unlogged.after
    if not number:
        return _("All 56 days of the two periods are counted, so missing days cannot change this.")
    missing = ngettext(
        "%(number)s of the 56 days of the two periods is not counted.",
        "%(number)s of the 56 days of the two periods are not counted.",
        number,
    ) % {"number": number}
    low, high = unlogged.difference
    if difference < 0 and high < 0:
        rest = _("Even if each of them spoke against it, there would be %(difference)s.") % {
            "difference": describe_difference(high)
        }
    elif difference > 0 and low > 0:
        rest = _("Even if each of them spoke against it, there would be %(difference)s.") % {
            "difference": describe_difference(low)
        }
    elif difference < 0 and unlogged.tipping is not None:
        rest = ngettext(
            "If %(tipping)s of the %(after)s days not counted in the look was a headache day, there was no fall.",
            "If %(tipping)s of the %(after)s days not counted in the look were headache days, there was no fall.",
            unlogged.tipping,
        ) % {"tipping": unlogged.tipping, "after": unlogged.after}
    else:
        rest = _("Whatever they were, the difference lies between %(low)s and %(high)s.") % {
            "low": describe_difference(low),
            "high": describe_difference(high),
        }
    return f"{missing} {rest}"


def describe_luck_of_looks(look: Look) -> str:
    """Say how often looks give a verdict in diaries in which nothing changes (Rules, section 13); "" if unclear."""
    if look.verdict == UNCLEAR:
        return ""
    # The most that bench/looks.py found in any setting, with up to 30 % of days without an entry.
    looks, of_hundred = (6, 8) if look.cycle <= 2 else (13, 12)
    return _(
        "Of 100 diaries in which nothing changes, at most %(number)s get “fewer” or “more” by chance at one of their "
        "first %(looks)s looks."
    ) % {"number": of_hundred, "looks": looks}


def describe_luck(rule: Rule) -> str:
    """Say how often a diary in which nothing changes reaches a line; "" where that is not known."""
    if rule.luck is None:
        return ""
    if rule.luck < RARE:
        return _("With no change at all, fewer than 1 in 100 diaries like this one would reach this line.")
    one_in = round(1 / rule.luck)
    if one_in == 1:
        return _("With no change at all, most diaries like this one would reach this line.")
    return _("With no change at all, about 1 in %(number)s diaries like this one would reach this line.") % {
        "number": one_in
    }


def describe_robust(rule: Rule) -> str:
    """Say whether a reached line depends on days without an answer; "" unless it is reached."""
    if rule.verdict != REACHED:
        return ""
    missing = sum((used.end - used.start).days + 1 - used.known for used in rule.inputs)
    if not missing:
        return _("Every day of its periods is counted.")
    if rule.robust:
        return _("It stays reached even if each of the %(number)s days not counted spoke against it.") % {
            "number": missing
        }
    return _("The %(number)s days not counted could undo it.") % {"number": missing}


def describe_drift(drift: Change | None) -> str:
    """Say that headache days were already falling before the first session; "" where they were not."""
    if drift is None or drift.interval is None or drift.interval[1] >= 0:
        return ""
    return _(
        "Headache days were already falling before the first session: %(difference)s in the 28 days before it than in "
        "the 28 days before those."
    ) % {"difference": describe_difference(drift.difference)}


def describe_preventives(annotations: Iterable[Annotation], look: Look) -> str:
    """Name the preventives that were started or ended between the two periods of a look, or during them."""
    between = [one for one in annotations if look.before.start <= one.date <= look.end]
    if not between:
        return ""
    return _("Other preventives changed in that time (%(changes)s): their part cannot be told apart.") % {
        "changes": "; ".join(annotation.label for annotation in between)
    }


def describe_power(power: Power | None) -> str:
    """Say how often the next look would show a fall, and what more entries add; "" without a baseline."""
    if power is None:
        return ""
    full, thin = ([power[fall][days] for fall in ("30", "50")] for days in ("28", "20"))
    sentence = _("A fall by a third would show clearly in %(third)s looks; by half in %(half)s.")
    text = sentence % {"third": of_ten(full[0]), "half": of_ten(full[1])}
    if [of_ten(share) for share in full] == [of_ten(share) for share in thin]:
        return text
    rest = _("That is with all 28 days filled in; with 20, in %(third)s and %(half)s.")
    return f"{text} {rest % {'third': of_ten(thin[0]), 'half': of_ten(thin[1])}}"


def of_ten(share: float) -> str:
    """Return a probability as "about 3 of 10"."""
    number = round(share * 10)
    if number == 0:
        return _("fewer than 1 of 10")
    if number == 10:
        return _("nearly 10 of 10")
    return _("about %(number)s of 10") % {"number": number}


def describe_menstrual(figures: Figures) -> str:
    """Compare headache days around menstruation with the other days; "" under three onsets."""
    menstrual = figures.menstrual
    if menstrual is None:
        return ""
    return _(
        "Around %(onsets)s periods of the last year, from two days before the first day to two days after it: headache "
        "on %(inside)s of %(inside_known)s counted days. On the other days: %(outside)s of %(outside_known)s. "
        "This differs from month to month."
    ) % {
        "onsets": menstrual.onsets,
        "inside": menstrual.inside.count,
        "inside_known": menstrual.inside.known,
        "outside": menstrual.outside.count,
        "outside_known": menstrual.outside.known,
    }
