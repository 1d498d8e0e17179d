"""Reads a rule set of a payer from TOML, or refuses it in one sentence that names the place (docs/payers.md)."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from figures.payers import (
    AND,
    DIARY,
    HOURS,
    KINDS,
    LATEST,
    OR,
    PREVENTIVES,
    REDUCTIONS,
    STAGES,
    UNDER,
    BeforeSession,
    LastDays,
    PayerRule,
    RuleSet,
    Span,
    Threshold,
    WeeksAfter,
)
from figures.values import CRITERIA, HEADACHE_DAYS, HEADACHE_HOURS, METRICS
from figures.windows import MIN_KNOWN_DAYS, MONTH

MAX_DAYS: Final = 366
RULE_KEYS: Final = {
    "id", "stage", "metric", "criterion", "before", "after", "operator", "cycles", "floor", "thresholds", "note",
}  # fmt: skip
SPANS: Final = ("before-session", "weeks", "last-days")


class BadRuleError(ValueError):
    """A rule set that cannot be used; its text is a sentence for the operator."""


def parse_rule_set(text: str) -> RuleSet:
    """Parse one TOML file. Raise BadRuleError with a sentence."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRuleError(f"It is no TOML: {error}.") from error
    check_keys(content, {"id", "name", "country", "source", "url", "checked", "rules"}, "the file")
    rules = content.get("rules")
    if not isinstance(rules, list) or not rules:
        raise BadRuleError("It has no [[rules]].")
    checked = content.get("checked")
    if not isinstance(checked, date) or isinstance(checked, datetime):
        raise BadRuleError("checked must be the date on which the source was read, such as 2026-05-06.")
    parsed = RuleSet(
        id=read_text(content, "id", "the file"),
        name=read_text(content, "name", "the file"),
        country=read_text(content, "country", "the file", ""),
        source=read_text(content, "source", "the file"),
        url=read_text(content, "url", "the file", ""),
        checked=checked,
        rules=tuple(parse_rule(rule, number) for number, rule in enumerate(rules, start=1)),
    )
    if len({rule.id for rule in parsed.rules}) < len(parsed.rules):
        raise BadRuleError("Two rules have the same id.")
    return parsed


def parse_rule(values: Any, number: int) -> PayerRule:
    place = f"rule {number}"
    if not isinstance(values, dict):
        raise BadRuleError(f"{place} is no table.")
    place = f"rule {values.get('id', number)!r}"
    check_keys(values, RULE_KEYS, place)
    metric = read_choice(values, "metric", METRICS, place, HEADACHE_DAYS)
    thresholds = values.get("thresholds")
    if not isinstance(thresholds, list) or not thresholds:
        raise BadRuleError(f"{place} has no thresholds.")
    note = values.get("note", {})
    if not isinstance(note, dict) or not all(isinstance(text, str) for text in note.values()):
        raise BadRuleError(f"note of {place} must be a table of texts by language.")
    rule = PayerRule(
        id=read_text(values, "id", place),
        stage=read_choice(values, "stage", STAGES, place),
        thresholds=tuple(parse_threshold(threshold, metric, place) for threshold in thresholds),
        operator=read_choice(values, "operator", (AND, OR), place, AND),
        before=parse_span(values["before"], f"before of {place}") if "before" in values else None,
        after=parse_span(values["after"], f"after of {place}") if "after" in values else None,
        criterion=read_choice(values, "criterion", CRITERIA, place, ""),
        cycles=read_whole(values, "cycles", 0, 40, place, 0),
        floor=read_whole(values, "floor", 1, MONTH, place, MIN_KNOWN_DAYS),
        note=note,
    )
    check_windows(rule, place)
    return rule


def check_windows(rule: PayerRule, place: str) -> None:
    """Refuse a threshold without the windows that it compares."""
    for threshold in rule.thresholds:
        if threshold.kind in REDUCTIONS and not (rule.before and rule.after):
            raise BadRuleError(f"{place} compares two windows: it needs before and after.")
        if threshold.kind not in (*REDUCTIONS, PREVENTIVES) and not (rule.before or rule.after):
            raise BadRuleError(f"{place} counts days: it needs before or after.")


def parse_threshold(values: Any, metric: str, place: str) -> Threshold:
    place = f"a threshold of {place}"
    if not isinstance(values, dict):
        raise BadRuleError(f"{place} is no table.")
    check_keys(values, {"kind", "value", "strict", "metric", "classes"}, place)
    kind = read_choice(values, "kind", KINDS, place)
    strict = values.get("strict", kind == UNDER)
    if not isinstance(strict, bool):
        raise BadRuleError(f"strict of {place} must be true or false.")
    value = values.get("value", 0 if kind == DIARY else None)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10_000:
        raise BadRuleError(f"value of {place} must be a number from 0 to 10000.")
    return Threshold(
        kind=kind,
        value=Fraction(str(value)),
        strict=strict,
        metric=HEADACHE_HOURS if kind == HOURS else read_choice(values, "metric", METRICS, place, metric),
        classes=read_whole(values, "classes", 0, 20, place, 0),
    )


def parse_span(values: Any, place: str) -> Span:
    if not isinstance(values, dict) or len(found := [name for name in SPANS if name in values]) != 1:
        raise BadRuleError(f"{place} must have exactly one of {', '.join(SPANS)}.")
    if found == ["before-session"]:
        check_keys(values, {"before-session", "days", "times"}, place)
        return BeforeSession(
            read_session(values, "before-session", place),
            read_whole(values, "days", 1, MAX_DAYS, place, MONTH),
            read_whole(values, "times", 1, 12, place, 1),
        )
    if found == ["last-days"]:
        check_keys(values, {"last-days", "times"}, place)
        return LastDays(
            read_whole(values, "last-days", 1, MAX_DAYS, place), read_whole(values, "times", 1, 12, place, 1)
        )
    check_keys(values, {"weeks", "of-session"}, place)
    weeks = values["weeks"]
    is_pair = isinstance(weeks, list) and len(weeks) == 2 and all(type(week) is int for week in weeks)
    if not is_pair or not 1 <= weeks[0] <= weeks[1] <= 52:
        raise BadRuleError(f"weeks of {place} must be the first and the last week, such as [9, 12].")
    return WeeksAfter(read_session(values, "of-session", place), weeks[0], weeks[1])


def read_session(values: Mapping[str, Any], name: str, place: str) -> int:
    if values.get(name) == "latest":
        return LATEST
    return read_whole(values, name, 1, 40, place, reads='a whole number from 1 to 40, or "latest"')


def read_text(values: Mapping[str, Any], name: str, place: str, default: str | None = None) -> str:
    value = values.get(name, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise BadRuleError(f"{name} of {place} must be a text.")
    return value


def read_choice(
    values: Mapping[str, Any], name: str, choices: Iterable[str], place: str, default: str | None = None
) -> str:
    value = values.get(name, default)
    if isinstance(value, str) and (value in choices or (name not in values and value == default)):
        return value
    raise BadRuleError(f"{name} of {place} must be one of {', '.join(choices)}.")


def read_whole(
    values: Mapping[str, Any],
    name: str,
    low: int,
    high: int,
    place: str,
    default: int | None = None,
    reads: str = "",
) -> int:
    value = values.get(name, default)
    if type(value) is int and low <= value <= high:
        return value
    raise BadRuleError(f"{name} of {place} must be {reads or f'a whole number from {low} to {high}'}.")


def check_keys(values: Mapping[str, Any], known: Iterable[str], place: str) -> None:
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise BadRuleError(f"{place} has {unknown[0]!r}, which means nothing here.")
