"""The rules of payers on one record: the figures, the preventives, and both in words."""

from dataclasses import dataclass
from typing import Any

from accounts.models import Record
from clinic.payers.words import (
    describe_asks,
    describe_shows,
    describe_stage,
    describe_verdict,
    describe_working,
    get_note,
)
from figures.metric_index import MetricIndex
from figures.payers import PREVENTIVES, Assessment, RuleSet, Tried, assess
from treatments.models import Preventive


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """One rule in words: what it asks, what the diary shows, whether these numbers meet it, with the working."""

    id: str
    stage: str
    asks: str
    shows: str
    meets: bool | None
    verdict: str
    working: list[str]
    note: str
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class SetAnswer:
    """A rule set with its answers."""

    rule_set: RuleSet
    rules: list[RuleAnswer]


def load_tried(record: Record, index: MetricIndex) -> Tried:
    """Return the preventives that were started before the first session, or so far while there is none. One query."""
    last = index.sessions[0] if index.sessions else index.as_of
    names: dict[str, str] = {}
    classes = set()
    for course in Preventive.objects.filter(record=record):
        if course.started is None or course.started < last or not index.sessions:
            names.setdefault(course.name.strip().casefold(), course.name.strip())
            classes.add(course.drug_class or course.name.strip().casefold())
    return Tried(tuple(names.values()), len(classes))


def answer_rules(record: Record, index: MetricIndex, rule_sets: tuple[RuleSet, ...]) -> list[SetAnswer]:
    """Evaluate rule sets on a record, in the active language."""
    tried = load_tried(record, index)
    return [
        SetAnswer(rule_set, [build_answer(assess(rule, index, tried)) for rule in rule_set.rules])
        for rule_set in rule_sets
    ]


def build_answer(assessment: Assessment) -> RuleAnswer:
    return RuleAnswer(
        id=assessment.rule.id,
        stage=describe_stage(assessment.rule.stage),
        asks=describe_asks(assessment),
        shows=describe_shows(assessment),
        meets=assessment.meets,
        verdict=describe_verdict(assessment),
        working=describe_working(assessment),
        note=get_note(assessment.rule),
        assessment=assessment,
    )


def answers_as_json(answers: list[SetAnswer], index: MetricIndex) -> dict[str, Any]:
    """Return the answers in the form of `manage.py payer --json`: numbers unrounded, dates in ISO form."""
    return {
        "as_of": index.as_of.isoformat(),
        "criterion": index.criterion,
        "rules": [rule_as_json(answer.rule_set, rule) for answer in answers for rule in answer.rules],
    }


def rule_as_json(rule_set: RuleSet, answer: RuleAnswer) -> dict[str, Any]:
    assessment, rule = answer.assessment, answer.assessment.rule
    return {
        "id": rule.id,
        "rules": rule_set.id,
        "name": rule_set.name,
        "country": rule_set.country,
        "stage": rule.stage,
        "asks": answer.asks,
        "shows": answer.shows,
        "meets": answer.meets,
        "reasons": sorted({outcome.reason for outcome in assessment.outcomes if outcome.reason}),
        "criterion": assessment.criterion,
        "operator": rule.operator,
        "asked_from": assessment.asked_from.isoformat() if assessment.asked_from else None,
        "thresholds": [
            {
                "kind": outcome.threshold.kind,
                "metric": None if outcome.threshold.kind == PREVENTIVES else outcome.threshold.metric,
                "value": float(outcome.threshold.value),
                "strict": outcome.threshold.strict,
                "achieved": None if outcome.achieved is None else float(outcome.achieved),
                "meets": outcome.meets,
            }
            for outcome in assessment.outcomes
        ],
        "windows": [
            {
                "role": window.role,
                "metric": window.metric,
                "start": window.start.isoformat(),
                "end": window.end.isoformat(),
                "days": window.days,
                "count": float(window.count),
                "known": window.known,
                "floor": window.floor,
                "per_28": None if window.per_28 is None else float(window.per_28),
            }
            for window in assessment.windows
        ],
        "working": answer.working,
        "note": answer.note,
        "source": rule_set.source,
        "url": rule_set.url,
        "checked": rule_set.checked.isoformat(),
    }
