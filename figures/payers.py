"""Rules of payers: what each asks of a diary, and whether its numbers meet it. Never a verdict on treatment.

A rule joins thresholds by "and" or "or". Comparisons use exact fractions of count and known days, as reference
lines do. Unknown is a value: a threshold that cannot be computed is None, and joins by
Kleene's logic ("false or unknown" is unknown, "true or unknown" is true).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from figures.metric_index import MetricIndex
from figures.values import HEADACHE_DAYS
from figures.windows import MIN_KNOWN_DAYS, MONTH

AND: Final = "and"
OR: Final = "or"

START: Final = "start"
CONTINUE: Final = "continue"
REVIEW: Final = "review"
STAGES: Final = (START, CONTINUE, REVIEW)

PERCENT: Final = "percent"
ABSOLUTE: Final = "absolute"
HOURS: Final = "hours"
AT_LEAST: Final = "at-least"
UNDER: Final = "under"
PREVENTIVES: Final = "preventives"
DIARY: Final = "diary"
KINDS: Final = (PERCENT, ABSOLUTE, HOURS, AT_LEAST, UNDER, PREVENTIVES, DIARY)
REDUCTIONS: Final = (PERCENT, ABSOLUTE, HOURS)

# Why a threshold could not be compared.
TOO_EARLY: Final = "too_early"
FEW_DAYS: Final = "few_days"
ZERO_BEFORE: Final = "zero_before"
NOT_RECORDED: Final = "not_recorded"

LATEST: Final = 0  # the latest session with the whole window behind it
CYCLE: Final = 84


@dataclass(frozen=True, slots=True)
class BeforeSession:
    """`times` windows of `days` days in a row that end the day before a session; before the first one while there is
    none yet, they end with the day of the figures."""

    session: int
    days: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class WeeksAfter:
    """Weeks `first` to `last` after a session, cut at the next session."""

    session: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class LastDays:
    """`times` windows of `days` days in a row, the last of which ends with the day of the figures."""

    days: int
    times: int = 1


Span = BeforeSession | WeeksAfter | LastDays


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number that a rule asks for.

    percent, absolute, hours: so many fewer after than before. at-least, under: so many in 28 days. preventives: so many
    different ones tried, of `classes` classes. diary: every window has its floor of known days; `value` says nothing.
    strict: exactly `value` does not meet it.
    """

    kind: str
    value: Fraction = Fraction(0)
    strict: bool = False
    metric: str = HEADACHE_DAYS
    classes: int = 0


@dataclass(frozen=True, slots=True)
class PayerRule:
    """One rule. criterion: "" for that of the record. cycles: so many cycles of 84 days must be over. floor: known days
    of 28; a longer window needs as many in proportion."""

    id: str
    stage: str
    thresholds: tuple[Threshold, ...]
    operator: str = AND
    before: Span | None = None
    after: Span | None = None
    criterion: str = ""
    cycles: int = 0
    floor: int = MIN_KNOWN_DAYS
    note: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of one payer with their source and the day it was read. country: ISO 3166 code, "" for none."""

    id: str
    name: str
    country: str
    source: str
    url: str
    checked: date
    rules: tuple[PayerRule, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """The different preventives started before the first session (or so far), and their different classes."""

    names: tuple[str, ...]
    classes: int


@dataclass(frozen=True, slots=True)
class RuleWindow:
    """One window as a threshold uses it. role: "before" or "after". floor: known days that it needs."""

    role: str
    metric: str
    start: date
    end: date
    count: Fraction
    known: int
    floor: int

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def per_28(self) -> Fraction | None:
        """The rate in 28 days, None under the floor."""
        return self.count * MONTH / self.known if self.known >= self.floor else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the diary answers to one threshold. achieved: in the unit of the threshold, None unless compared."""

    threshold: Threshold
    meets: bool | None
    reason: str
    windows: tuple[RuleWindow, ...] = ()
    achieved: Fraction | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the diary answers to a rule. asked_from: the first day on which it can be asked, None while no session
    determines it or where it can always be asked. has_session: whether there is a first session yet."""

    rule: PayerRule
    meets: bool | None
    outcomes: tuple[Outcome, ...]
    criterion: str
    asked_from: date | None
    has_session: bool

    @property
    def windows(self) -> tuple[RuleWindow, ...]:
        """The windows of all thresholds, each once."""
        return tuple(dict.fromkeys(window for outcome in self.outcomes for window in outcome.windows))


def assess(rule: PayerRule, index: MetricIndex, tried: Tried) -> Assessment:
    """Evaluate a rule on a diary as it stood at index.as_of."""
    criterion = rule.criterion or index.criterion
    if criterion != index.criterion:
        index = MetricIndex.of_packed(index.diary, index.sessions, criterion, index.as_of)
    is_asked, asked_from = find_first_day(rule, index)
    if not is_asked:
        outcomes = tuple(Outcome(threshold, None, TOO_EARLY) for threshold in rule.thresholds)
    else:
        outcomes = tuple(measure(rule, threshold, index, tried) for threshold in rule.thresholds)
    meets = join([outcome.meets for outcome in outcomes], rule.operator)
    return Assessment(rule, meets, outcomes, criterion, asked_from, bool(index.sessions))


def join(answers: Sequence[bool | None], operator: str) -> bool | None:
    """Join answers by "and" or "or" where None is unknown (Kleene)."""
    decisive = operator == OR
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def find_first_day(rule: PayerRule, index: MetricIndex) -> tuple[bool, date | None]:
    """Return whether a rule can be asked by now, and from which day on; None where no session determines it."""
    days: list[date | None] = []
    if rule.cycles:
        days.append(day_after_session(index, rule.cycles, CYCLE))
    for span in (rule.before, rule.after):
        if isinstance(span, LastDays):
            days.append(day_after_session(index, 1, span.days * span.times))
        elif isinstance(span, WeeksAfter):
            days.append(day_after_session(index, span.session or 1, 7 * span.last))
        elif isinstance(span, BeforeSession) and span.session > 1:
            days.append(day_after_session(index, span.session, 1))
    if rule.after and not days:
        days.append(day_after_session(index, 1, 1))
    known = [day for day in days if day is not None]
    if len(known) < len(days):
        return False, None
    last = max(known, default=None)
    return last is None or last <= index.as_of, last


def day_after_session(index: MetricIndex, number: int, days: int) -> date | None:
    """Return the last of so many days from a session on, None without that session."""
    if len(index.sessions) < number:
        return None
    return index.sessions[number - 1] + timedelta(days - 1)


def measure(rule: PayerRule, threshold: Threshold, index: MetricIndex, tried: Tried) -> Outcome:
    """Compare one threshold of a rule that is not too early."""
    if threshold.kind == PREVENTIVES:
        return count_preventives(threshold, tried)
    before = build_windows(rule, rule.before, "before", threshold.metric, index)
    after = build_windows(rule, rule.after, "after", threshold.metric, index)
    windows = (*before, *after)
    if not before + after or (rule.after and not after):
        return Outcome(threshold, None, FEW_DAYS, windows)
    rates = [window.per_28 for window in windows]
    known_rates = [rate for rate in rates if rate is not None]
    if len(known_rates) < len(rates):
        return Outcome(threshold, None, FEW_DAYS, windows)
    if threshold.kind == DIARY:
        return Outcome(threshold, True, "", windows)
    if threshold.kind in REDUCTIONS:
        return compare_reduction(
            threshold, windows, average(known_rates[: len(before)]), average(known_rates[len(before) :])
        )
    levels = known_rates[len(before) :] or known_rates
    achieved = max(levels) if threshold.kind == UNDER else min(levels)
    return Outcome(threshold, meets_threshold(threshold, achieved), "", windows, achieved)


def count_preventives(threshold: Threshold, tried: Tried) -> Outcome:
    if not tried.names:
        return Outcome(threshold, None, NOT_RECORDED)
    meets = len(tried.names) >= threshold.value and tried.classes >= threshold.classes
    return Outcome(threshold, meets, "", achieved=Fraction(len(tried.names)), names=tried.names)


def compare_reduction(
    threshold: Threshold, windows: tuple[RuleWindow, ...], before: Fraction, after: Fraction
) -> Outcome:
    if threshold.kind != PERCENT:
        achieved = before - after
    elif not before:
        return Outcome(threshold, None, ZERO_BEFORE, windows)
    else:
        achieved = (before - after) / before * 100
    return Outcome(threshold, meets_threshold(threshold, achieved), "", windows, achieved)


def average(rates: Sequence[Fraction]) -> Fraction:
    return sum(rates, Fraction(0)) / len(rates)


def meets_threshold(threshold: Threshold, achieved: Fraction) -> bool:
    """Whether a number meets a threshold, which itself counts unless it is strict."""
    if threshold.kind == UNDER:
        return achieved < threshold.value if threshold.strict else achieved <= threshold.value
    return achieved > threshold.value if threshold.strict else achieved >= threshold.value


def build_windows(
    rule: PayerRule, span: Span | None, role: str, metric: str, index: MetricIndex
) -> tuple[RuleWindow, ...]:
    """Return the windows of a span, earliest first; () for none, or where the next session left nothing of it."""
    if span is None:
        return ()
    nominal, spans = LOCATE[type(span)](span, rule, index)
    floor = -(-rule.floor * max(nominal, MONTH) // MONTH)
    windows = []
    for start, end in spans:
        count, known = index.tally(metric, start, end)
        exact = Fraction(round(count * 100), 100)  # hours come in hundredths, lost days in halves
        windows.append(RuleWindow(role, metric, start, end, exact, known, floor))
    return tuple(windows)


Located = tuple[int, list[tuple[date, date]]]


def split_days(end: date, days: int, times: int) -> Located:
    """Return `times` windows of `days` days in a row, the last of which ends with `end`."""
    last_days = [end - timedelta(days * back) for back in range(times - 1, -1, -1)]
    return days, [(last - timedelta(days - 1), last) for last in last_days]


def locate_before(span: BeforeSession, rule: PayerRule, index: MetricIndex) -> Located:
    session = find_session(span.session, rule, index)
    return split_days(index.as_of if session is None else session - timedelta(1), span.days, span.times)


def locate_weeks(span: WeeksAfter, rule: PayerRule, index: MetricIndex) -> Located:
    nominal, session = 7 * (span.last - span.first + 1), find_session(span.session, rule, index)
    if session is None:
        return nominal, []
    start, end = session + timedelta(7 * (span.first - 1)), session + timedelta(7 * span.last - 1)
    following = next((day for day in index.sessions if day > session), None)
    if following is not None:
        end = min(end, following - timedelta(1))
    return nominal, [(start, end)] if start <= end else []


def locate_last(span: LastDays, _rule: PayerRule, index: MetricIndex) -> Located:
    return split_days(index.as_of, span.days, span.times)


LOCATE: Final[Mapping[type, Callable[..., Located]]] = {
    BeforeSession: locate_before,
    WeeksAfter: locate_weeks,
    LastDays: locate_last,
}


def find_session(number: int, rule: PayerRule, index: MetricIndex) -> date | None:
    """Return the session with a number; for LATEST the latest one whose weeks are over."""
    if number != LATEST:
        return index.sessions[number - 1] if number <= len(index.sessions) else None
    weeks = max((span.last for span in (rule.before, rule.after) if isinstance(span, WeeksAfter)), default=4)
    last_start = index.as_of - timedelta(7 * weeks - 1)
    return max((day for day in index.sessions if day <= last_start), default=None)
