"""The rules of payers in words: what a rule asks, what the diary shows, the working. Never a verdict on treatment."""

from fractions import Fraction

from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from core import formatting
from figures import payers
from figures.payers import Assessment, Outcome, PayerRule, RuleWindow, Span, Threshold
from figures.values import FOUR_HOURS, HEADACHE_DAYS
from progress.presentation.sentences import metric_name

STAGES = {
    payers.START: gettext_lazy("At the start"),
    payers.CONTINUE: gettext_lazy("To go on"),
    payers.REVIEW: gettext_lazy("To look at again"),
}
REASONS = {
    payers.FEW_DAYS: gettext_lazy("too few days filled in"),
    payers.ZERO_BEFORE: gettext_lazy("the number before is 0"),
    payers.NOT_RECORDED: gettext_lazy("not recorded"),
}


def describe_stage(stage: str) -> str:
    return str(STAGES[stage])


def get_note(rule: PayerRule) -> str:
    """Return the note of a rule in the active language, else in English."""
    language = (get_language() or "en").split("-")[0]
    return rule.note.get(language) or rule.note.get("en", "")


def describe_asks(assessment: Assessment) -> str:
    """Return what a rule asks, such as "Headache days: at least 30 % fewer. Compared: …"."""
    rule = assessment.rule
    word = _("or") if rule.operator == payers.OR else _("and")
    joiner = f" {word} "
    parts = [f"{joiner.join(describe_threshold(threshold) for threshold in rule.thresholds)}."]
    windows = [
        describe_span(span, has_session=assessment.has_session) for span in (rule.before, rule.after) if span
    ]
    if len(windows) == 2:
        parts.append(_("Compared: %(before)s with %(after)s.") % {"before": windows[0], "after": windows[1]})
    elif windows:
        parts.append(_("Counted: %(window)s.") % {"window": windows[0]})
    if rule.cycles:
        parts.append(_("Asked after %(number)s cycles of 12 weeks.") % {"number": rule.cycles})
    if assessment.criterion == FOUR_HOURS and any(
        threshold.metric == HEADACHE_DAYS
        for threshold in rule.thresholds
        if threshold.kind != payers.PREVENTIVES
    ):
        parts.append(_("A headache day has a headache of 4 hours or more."))
    return " ".join(parts)


def describe_threshold(threshold: Threshold) -> str:
    value = format_number(threshold.value)
    if threshold.kind == payers.PREVENTIVES:
        if threshold.classes:
            return _("%(number)s or more preventives tried, of %(classes)s classes or more") % {
                "number": value,
                "classes": threshold.classes,
            }
        return _("%(number)s or more preventives tried") % {"number": value}
    if threshold.kind == payers.DIARY:
        return _("A diary with enough days filled in")
    return f"{metric_name(threshold.metric)}: {describe_amount(threshold, value)}"


def describe_amount(threshold: Threshold, value: str) -> str:
    texts = {
        (payers.PERCENT, False): _("at least %(value)s %% fewer"),
        (payers.PERCENT, True): _("more than %(value)s %% fewer"),
        (payers.ABSOLUTE, False): _("at least %(value)s fewer a month"),
        (payers.ABSOLUTE, True): _("more than %(value)s fewer a month"),
        (payers.HOURS, False): _("at least %(value)s fewer a month"),
        (payers.HOURS, True): _("more than %(value)s fewer a month"),
        (payers.AT_LEAST, False): _("%(value)s or more a month"),
        (payers.AT_LEAST, True): _("more than %(value)s a month"),
        (payers.UNDER, False): _("%(value)s or fewer a month"),
        (payers.UNDER, True): _("fewer than %(value)s a month"),
    }
    return texts[threshold.kind, threshold.strict] % {"value": value}


def describe_span(span: Span, *, has_session: bool) -> str:
    if isinstance(span, payers.WeeksAfter):
        text = _("weeks %(first)s to %(last)s after %(session)s")
        session = describe_session(span.session)
        return text % {"first": span.first, "last": span.last, "session": session}
    if isinstance(span, payers.LastDays) or not has_session:
        if span.times > 1:
            return _("each of the last %(times)s months of %(days)s days") % {
                "times": span.times,
                "days": span.days,
            }
        return _("the last %(days)s days") % {"days": span.days}
    session = describe_session(span.session)
    if span.times > 1:
        return _("each of the %(times)s months of %(days)s days before %(session)s") % {
            "times": span.times,
            "days": span.days,
            "session": session,
        }
    return _("the %(days)s days before %(session)s") % {"days": span.days, "session": session}


def describe_session(number: int) -> str:
    if number == payers.LATEST:
        return pgettext("after or before", "the latest session")
    if number == 1:
        return pgettext("after or before", "the first session")
    return pgettext("after or before", "session %(number)s") % {"number": number}


def describe_shows(assessment: Assessment) -> str:
    """Return what the diary shows, such as "Headache days: 20.0 a month before, 14.0 after: 30 % fewer."."""
    if any(outcome.reason == payers.TOO_EARLY for outcome in assessment.outcomes):
        return describe_too_early(assessment)
    return " ".join(describe_outcome(outcome) for outcome in assessment.outcomes)


def describe_too_early(assessment: Assessment) -> str:
    if assessment.asked_from is None:
        return _("It is too early: the sessions that this rule asks about are not recorded.")
    return _("It is too early: this can be asked from %(day)s on.") % {
        "day": formatting.day(assessment.asked_from)
    }


def describe_outcome(outcome: Outcome) -> str:
    threshold = outcome.threshold
    if threshold.kind == payers.PREVENTIVES:
        if not outcome.names:
            return _("Preventives: not recorded.")
        return _("Preventives: %(number)s recorded (%(names)s).") % {
            "number": len(outcome.names),
            "names": ", ".join(outcome.names),
        }
    name = _("Diary") if threshold.kind == payers.DIARY else metric_name(threshold.metric)
    sides = [
        text
        for role, text in (("before", _("%(rates)s before")), ("after", _("%(rates)s after")))
        if any(window.role == role for window in outcome.windows)
    ]
    if threshold.kind == payers.DIARY or outcome.reason == payers.FEW_DAYS:
        known = "; ".join(describe_known(window) for window in outcome.windows) or _("no days to count")
        return f"{name}: {known}."
    if threshold.kind not in payers.REDUCTIONS:
        levels = ", ".join(describe_rate(window) for window in outcome.windows)
        return _("%(name)s: %(rates)s a month.") % {"name": name, "rates": levels}
    rates = [
        ", ".join(describe_rate(w) for w in outcome.windows if w.role == role) for role in ("before", "after")
    ]
    text = ", ".join(side % {"rates": rate} for side, rate in zip(sides, rates, strict=False))
    result = describe_achieved(outcome)
    return f"{name}: {text}: {result}." if result else f"{name}: {text}."


def describe_achieved(outcome: Outcome) -> str:
    """Return "30 % fewer" or "7 fewer a month"; "" where it could not be compared."""
    achieved = outcome.achieved
    if achieved is None:
        return ""
    # A number that only rounds to the line is shown with more decimals.
    places = 1 if achieved == outcome.threshold.value else 3
    if formatting.rounded(float(achieved), 1) != formatting.rounded(float(outcome.threshold.value), 1):
        places = 1
    number = format_number(abs(achieved), places)
    if outcome.threshold.kind == payers.PERCENT:
        text = _("%(number)s %% fewer") if achieved >= 0 else _("%(number)s %% more")
    else:
        text = _("%(number)s fewer a month") if achieved >= 0 else _("%(number)s more a month")
    return text % {"number": number}


def describe_rate(window: RuleWindow) -> str:
    return "–" if window.per_28 is None else formatting.decimal(float(window.per_28))


def describe_known(window: RuleWindow) -> str:
    return _("%(known)s counted days of %(days)s, %(floor)s are needed") % {
        "known": window.known,
        "days": window.days,
        "floor": window.floor,
    }


def describe_verdict(assessment: Assessment) -> str:
    """Return whether these numbers meet the rule, or why the diary cannot say."""
    if assessment.meets is not None:
        return _("These numbers meet it.") if assessment.meets else _("These numbers do not meet it.")
    reasons = [outcome.reason for outcome in assessment.outcomes if outcome.reason]
    if payers.TOO_EARLY in reasons:
        return _("Too early to say.")
    named = ", ".join(dict.fromkeys(str(REASONS[reason]) for reason in reasons))
    return _("The diary cannot say: %(reason)s.") % {"reason": named}


def describe_working(assessment: Assessment) -> list[str]:
    """Return a line for each window, and one for what was compared with what."""
    lines = [describe_window(window) for window in assessment.windows]
    for outcome in assessment.outcomes:
        if outcome.achieved is None:
            continue
        if outcome.threshold.kind in payers.REDUCTIONS:
            lines.append(describe_comparison(outcome))
    return lines


def describe_window(window: RuleWindow) -> str:
    text = _("%(name)s, %(start)s to %(end)s: %(count)s in %(known)s counted days of %(days)s")
    line = text % {
        "name": metric_name(window.metric),
        "start": formatting.day(window.start),
        "end": formatting.day(window.end),
        "count": format_number(window.count, 2),
        "known": window.known,
        "days": window.days,
    }
    if window.per_28 is None:
        return _("%(line)s; %(floor)s counted days are needed.") % {"line": line, "floor": window.floor}
    if window.known == window.days == 28:
        return f"{line}."
    return _("%(line)s; × 28 / %(known)s = %(rate)s in 28 days.") % {
        "line": line,
        "known": window.known,
        "rate": formatting.decimal(float(window.per_28), 2),
    }


def describe_comparison(outcome: Outcome) -> str:
    before, after = (
        [window.per_28 for window in outcome.windows if window.role == role and window.per_28 is not None]
        for role in ("before", "after")
    )
    first, second = payers.average(before), payers.average(after)
    values = {"before": formatting.decimal(float(first), 2), "after": formatting.decimal(float(second), 2)}
    if outcome.threshold.kind == payers.PERCENT:
        text = _("(%(before)s − %(after)s) / %(before)s = %(result)s")
    else:
        text = _("%(before)s − %(after)s: %(result)s")
    return f"{text % {**values, 'result': describe_achieved(outcome)}}. {describe_line(outcome)}"


def describe_line(outcome: Outcome) -> str:
    return _("Asked: %(asks)s.") % {
        "asks": describe_amount(outcome.threshold, format_number(outcome.threshold.value))
    }


def format_number(value: Fraction, places: int = 2) -> str:
    """Return a number with up to so many decimals, a whole one without."""
    number = formatting.rounded(float(value), places)
    if number == number.to_integral_value():
        return formatting.whole(float(number))
    return formatting.decimal(float(number), places)
