"""A derived Observation for each figure, with its method and its window (docs/clinical-rules.md)."""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from exchange.fhir import codes
from exchange.fhir.codes import Code
from exchange.fhir.resources import Resource, Subject, component, quantity, without_empty
from figures.acute import Overuse
from figures.change import Change
from figures.engine import Figures
from figures.rules import Rule
from figures.values import HEADACHE_HOURS, METRICS
from figures.windows import Window

RATE_METHOD: Final = (
    "count × 28 / known days, from 20 known days on (clinical rules, sections 2 and 3); criterion {}"
)
CHANGE_METHOD: Final = (
    "now minus baseline, 95 % interval by Newcombe (clinical rules, section 4); criterion {}"
)
LOOK_METHOD: Final = (
    "the latest look against its reference, 99 % interval (clinical rules, section 13); criterion {}"
)
RULE_METHOD: Final = "clinical rules, section 5; criterion {}"
WEAR_OFF_METHOD: Final = "clinical rules, section 6; criterion {}"
MONTH_METHOD: Final = "distinct days with any intake in the calendar month (clinical rules, section 7)"


Days = Sequence[date]
References = list[dict[str, str]]


def build_figures(subject: Subject, figures: Figures, days: Days) -> Iterator[Resource]:
    """Yield an Observation for each metric of each window, each change, look and line, and each month of medicine."""
    windows = [("baseline", figures.baseline), ("now", figures.now)]
    windows += [
        (f"cycle {cycle.number}, {window.label}", window)
        for cycle in figures.cycles
        for window in cycle.periods
    ]
    for name, window in windows:
        if window is not None:
            sources = list_days(subject, days, window)
            for metric in METRICS:
                yield build_rate(subject, figures, name, window, metric, sources)
    for metric, change in (figures.change or {}).items():
        if change is not None and figures.baseline and figures.now:
            days = figures.baseline.start, figures.now.end
            yield build_change(subject, figures.criterion, metric, change, days)
    for metric, look in (figures.looks or {}).items():
        if look is not None:
            yield observe(
                subject,
                codes.LOOKS[metric],
                ("look", metric),
                (look.before.start, look.end),
                LOOK_METHOD.format(figures.criterion),
                valueString=look.verdict,
                component=[
                    component(codes.DIFFERENCE, valueQuantity=amount(look.difference, metric)),
                    *interval_components(look.interval, metric),
                ],
                note=[{"text": f"cycle {look.cycle}, {look.label}, against {look.reference}"}],
            )
    for rule in figures.rules:
        yield build_rule(subject, figures, rule)
    if figures.wear_off is not None and figures.wear_off.difference is not None:
        yield observe(
            subject,
            codes.WEAR_OFF,
            ("wear-off",),
            (figures.cycles[0].session, figures.as_of),
            WEAR_OFF_METHOD.format(figures.criterion),
            valueQuantity=amount(figures.wear_off.difference, ""),
            component=interval_components(figures.wear_off.interval, ""),
        )
    for overuse in figures.overuse:
        yield build_month(subject, overuse)


def list_days(subject: Subject, days: Days, window: Window) -> References:
    """Return references to the Observations of the recorded days of a window. days: all of them, ascending."""
    first, last = bisect_left(days, window.start), bisect_right(days, window.end)
    return [refer(subject, "day", day) for day in days[first:last]]


def refer(subject: Subject, *parts: object) -> dict[str, str]:
    return {"reference": f"Observation/{subject.resource_id(*parts)}"}


def build_rate(
    subject: Subject, figures: Figures, name: str, window: Window, metric: str, sources: References
) -> Resource:
    """Return one metric of one window; without a rate it has a reason instead of a value."""
    count = window.metrics[metric]
    value: dict[str, Any] = {"dataAbsentReason": codes.UNKNOWN.concept}
    if count.per_28 is not None:
        value = {"valueQuantity": amount(count.per_28, metric)}
    return observe(
        subject,
        codes.RATES[metric],
        ("rate", name, metric),
        (window.start, min(window.end, figures.as_of)),
        RATE_METHOD.format(figures.criterion),
        component=[
            component(codes.COUNT, valueQuantity=amount(count.count, metric)),
            component(codes.KNOWN, valueQuantity=quantity(count.known, "d", "days")),
            component(codes.RECORDED, valueQuantity=quantity(window.recorded, "d", "days")),
        ],
        note=[{"text": name}],
        derivedFrom=sources,
        **value,
    )


def build_change(
    subject: Subject, criterion: str, metric: str, change: Change, window: tuple[date, date]
) -> Resource:
    """Return the change of one metric from the baseline to now."""
    percent = []
    if change.percent is not None:
        percent = [component(codes.PERCENT, valueQuantity=quantity(change.percent, "%", "%"))]
    return observe(
        subject,
        codes.CHANGES[metric],
        ("change", metric),
        window,
        CHANGE_METHOD.format(criterion),
        valueQuantity=amount(change.difference, metric),
        component=[*percent, *interval_components(change.interval, metric)],
        derivedFrom=[refer(subject, "figure", "rate", name, metric) for name in ("baseline", "now")],
    )


def build_rule(subject: Subject, figures: Figures, rule: Rule) -> Resource:
    """Return the verdict of a reference line; its windows are those of its inputs."""
    start = min((used.start for used in rule.inputs), default=figures.as_of)
    end = max((used.end for used in rule.inputs), default=figures.as_of)
    return observe(
        subject,
        codes.REFERENCE_LINE,
        ("rule", rule.id),
        (start, end),
        RULE_METHOD.format(figures.criterion),
        valueString=rule.verdict,
        note=[{"text": rule.id}],
    )


def build_month(subject: Subject, overuse: Overuse) -> Resource:
    year, month = map(int, overuse.month.split("-"))
    return observe(
        subject,
        codes.MEDICATION_DAYS,
        ("month", overuse.group, overuse.month),
        (date(year, month, 1), date(year, month, monthrange(year, month)[1])),
        MONTH_METHOD,
        valueQuantity=quantity(overuse.days, "d", "days"),
        component=[component(codes.GROUP, valueString=overuse.group)],
    )


def interval_components(interval: tuple[float, float] | None, metric: str) -> list[dict[str, Any]]:
    if interval is None:
        return []
    return [
        component(code, valueQuantity=amount(limit, metric))
        for code, limit in zip((codes.LOW, codes.HIGH), interval, strict=True)
    ]


def amount(value: float, metric: str) -> dict[str, Any]:
    unit, name = ("h", "h") if metric == HEADACHE_HOURS else ("d", "days")
    return quantity(value, unit, name)


def observe(
    subject: Subject,
    code: Code,
    parts: tuple[str, ...],
    window: tuple[date, date],
    method: str,
    **values: Any,
) -> Resource:
    start, end = window
    return without_empty(
        {
            "resourceType": "Observation",
            "id": subject.resource_id("figure", *parts),
            "status": "final",
            "category": [codes.SURVEY.concept],
            "code": code.concept,
            "subject": subject.reference,
            "effectivePeriod": {"start": start.isoformat(), "end": end.isoformat()},
            "method": {"text": method},
            **values,
        }
    )
