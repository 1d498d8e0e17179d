"""The published reference lines (Rules, section 5) as text: threshold, verdict, working, source."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formatting
from figures.rules import (
    DAYS_PER_28,
    NOT_APPLICABLE,
    NOT_ENOUGH_ENTRIES,
    NOT_REACHED,
    PERCENT_FEWER,
    REACHED,
    TOO_EARLY,
    Rule,
)


@dataclass(frozen=True, slots=True)
class LineLabels:
    """One reference line as the page shows it."""

    id: str
    verdict: str
    title: str
    verdict_label: str
    working: str
    source: str  # a short name
    reference: str  # in full


TITLES = {
    "nice-30": gettext_lazy("30 % fewer headache days after two sessions"),
    "nice-under-15": gettext_lazy("Under 15 headache days a month, three months running"),
    "ehf-under-10": gettext_lazy("Under 10 headache days a month, three months running"),
    "ehf-30": gettext_lazy("30 % fewer in the 4 weeks after a session than in the 4 weeks before it"),
    "half": gettext_lazy("Half as many headache days as before Botox"),
    "hull-clear": gettext_lazy("Twice as many headache-free days"),
}


NICE = gettext_lazy("NICE technology appraisal TA260, section 1")
EHF = gettext_lazy("European Headache Federation guideline 2018, doi 10.1186/s10194-018-0921-8")
SOURCES = {
    "nice-30": (gettext_lazy("NICE TA260"), NICE),
    "nice-under-15": (gettext_lazy("NICE TA260"), NICE),
    "ehf-under-10": (gettext_lazy("European Headache Federation 2018"), EHF),
    "ehf-30": (gettext_lazy("European Headache Federation 2018"), EHF),
    "half": (
        gettext_lazy("Responder in the PREEMPT trials"),
        gettext_lazy("PREEMPT trials, 50 % responders"),
    ),
    "hull-clear": (gettext_lazy("Hull criteria"), gettext_lazy("Hull criteria, 1129-2377-15-S1-G2")),
}
WINDOW_NAMES = {
    "baseline": gettext_lazy("before Botox"),
    "now": gettext_lazy("in the last 28 days"),
    "weeks 1-4": gettext_lazy("in weeks 1 to 4 of cycle %(cycle)s"),
    "weeks 9-12": gettext_lazy("in weeks 9 to 12 of cycle %(cycle)s"),
    "4 weeks before": gettext_lazy("in the 28 days before session %(cycle)s"),
    "days 84-57 back": gettext_lazy("from 84 to 57 days back"),
    "days 56-29 back": gettext_lazy("from 56 to 29 days back"),
    "last 28 days": gettext_lazy("in the last 28 days"),
}


VERDICT_LABELS = {
    REACHED: gettext_lazy("Reached"),
    NOT_REACHED: gettext_lazy("Not reached"),
    TOO_EARLY: gettext_lazy("Too early to say"),
    NOT_ENOUGH_ENTRIES: gettext_lazy("Too few days filled in"),
    NOT_APPLICABLE: gettext_lazy("Nothing to compare with: the number before is 0"),
}


def describe_working(rule: Rule) -> str:
    """Return the working, such as "20.0 before Botox, 12.6 in weeks 9 to 12 of cycle 2: 37 % fewer; …"."""
    if rule.verdict == TOO_EARLY:
        if rule.asked_from is None:
            return _("It can be checked 84 days after the second session.")
        return _("It can be checked from %(day)s on.") % {"day": formatting.day(rule.asked_from)}
    if not rule.inputs:
        return _("One of the periods to compare is missing.")
    inputs = []
    for rule_input in rule.inputs:
        window = str(WINDOW_NAMES[rule_input.label]) % {"cycle": rule_input.cycle}
        if rule_input.per_28 is None:
            text = _("%(known)s counted days %(where)s") % {"known": rule_input.known, "where": window}
        else:
            text = _("%(count)s %(where)s (%(known)s counted days)") % {
                "count": formatting.decimal(rule_input.per_28),
                "where": window,
                "known": rule_input.known,
            }
        inputs.append(text)
    # What was achieved, then the yardstick; only the yardstick if nothing was compared.
    number, result = rule.achieved, ""
    if rule.unit == PERCENT_FEWER:
        yardstick = _("the yardstick is %(asks)s %% fewer") % {"asks": rule.asks}
        if number is not None:
            text = _("%(number)s %% fewer") if number >= 0 else _("%(number)s %% more")
            result = text % {"number": formatting.whole(abs(number))}
    elif rule.unit == DAYS_PER_28:
        yardstick = _("the yardstick is under %(asks)s in each") % {"asks": rule.asks}
        if number is not None:
            result = _("the highest is %(number)s") % {"number": formatting.decimal(number)}
    else:
        yardstick = _("the yardstick is %(asks)s times as many") % {"asks": rule.asks}
        if number is not None:
            result = _("%(number)s times as many") % {"number": formatting.decimal(number)}
    answer = f"{result}; {yardstick}" if result else yardstick
    return f"{', '.join(inputs)}: {answer}."


def build_line_labels(rule: Rule) -> LineLabels:
    working = describe_working(rule)
    if rule.id == "nice-30":
        working += " " + _(
            "NICE does not say which month to compare; weeks 9 to 12 of cycle 2 are our choice, as in "
            "the PREEMPT trials."
        )
    source, reference = SOURCES[rule.id]
    return LineLabels(
        id=rule.id,
        verdict=rule.verdict,
        title=str(TITLES[rule.id]),
        verdict_label=str(VERDICT_LABELS[rule.verdict]),
        working=working,
        source=str(source),
        reference=str(reference),
    )
