"""The rule sets of payers: those that are shipped, and those of the operator's own folder (docs/payers.md)."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from figures.payer_files import BadRuleError, parse_rule_set
from figures.payers import RuleSet

SHIPPED = Path(__file__).parent / "rules"


@cache
def load_rule_sets() -> tuple[RuleSet, ...]:
    """Return every rule set, the shipped ones first. Raise ImproperlyConfigured with a sentence for a bad file."""
    rule_sets = [*read_folder(SHIPPED)]
    if settings.PAYER_RULES_DIR:
        rule_sets += read_folder(Path(settings.PAYER_RULES_DIR))
    seen: set[str] = set()
    for rule_set in rule_sets:
        for name in (rule_set.id, *(rule.id for rule in rule_set.rules)):
            if name in seen:
                raise ImproperlyConfigured(f"PAYER_RULES_DIR: two rules have the id {name!r}. Rename one.")
            seen.add(name)
    return tuple(rule_sets)


def read_folder(folder: Path) -> Iterator[RuleSet]:
    if not folder.is_dir():
        raise ImproperlyConfigured(f"PAYER_RULES_DIR names {folder}, which is no folder.")
    for path in sorted(folder.glob("*.toml")):
        try:
            yield parse_rule_set(path.read_text(encoding="utf-8"))
        except (BadRuleError, OSError, UnicodeDecodeError) as error:
            reason = error if isinstance(error, BadRuleError) else "it cannot be read as UTF-8."
            raise ImproperlyConfigured(f"PAYER_RULES_DIR: {path.name} is not used: {reason}") from error


def get_rule_set(name: str) -> RuleSet | None:
    """Return the rule set with an id, one rule alone by its id, or the only set whose id begins so; else None."""
    name, rule_sets = name.strip().lower(), load_rule_sets()
    for rule_set in rule_sets:
        if rule_set.id.lower() == name:
            return rule_set
        for rule in rule_set.rules:
            if rule.id.lower() == name:
                return replace(rule_set, rules=(rule,))
    matches = [rule_set for rule_set in rule_sets if name and rule_set.id.lower().startswith(name)]
    return matches[0] if len(matches) == 1 else None
