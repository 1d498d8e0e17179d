"""All figures of one diary, and their JSON form (Rules, section 12)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta

from figures.acute import Overuse, compute_overuse
from figures.change import Change, autocorrelations, compute_change
from figures.metric_index import MetricIndex
from figures.rules import Rule, evaluate_rules
from figures.values import HEADACHE_DAYS, METRICS, Diary
from figures.wear_off import CycleWeeks, WearOff, compute_wear_off, weeks_of_cycles
from figures.windows import MONTH, Cycle, Window, build_cycles, build_window


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure the product shows.

    `baseline`, `now`, `change` (baseline to now, by metric), `autocorrelation` (by yes/no metric) and
    `wear_off` are None without a session up to as_of; `cycles` and `rules` are then empty. `overuse` needs no
    session. `wear_off` is the sum of `cycle_weeks`, which are not part of the JSON.
    """

    as_of: date
    criterion: str
    baseline: Window | None
    now: Window | None
    cycles: tuple[Cycle, ...]
    change: Mapping[str, Change | None] | None
    autocorrelation: Mapping[str, float] | None
    rules: tuple[Rule, ...]
    wear_off: WearOff | None
    overuse: tuple[Overuse, ...]
    cycle_weeks: tuple[CycleWeeks, ...] = ()


def compute_figures(diary: Diary, as_of: date) -> Figures:
    """Compute the figures of a diary as they stood at the end of `as_of`; nothing later counts."""
    return figures_from_index(MetricIndex.of(diary, as_of))


def figures_from_index(index: MetricIndex) -> Figures:
    """Compute the figures from an index of the diary (Rules, sections 3 to 7)."""
    overuse = compute_overuse(index)
    if not index.sessions:
        return Figures(index.as_of, index.criterion, None, None, (), None, None, (), None, overuse)
    first = index.sessions[0]
    baseline = build_window(index, first - timedelta(MONTH), first - timedelta(1))
    # The 28 days up to as_of, none of them before the first session.
    now = build_window(index, max(first, index.as_of - timedelta(MONTH - 1)), index.as_of)
    cycles = build_cycles(index)
    autocorrelation = autocorrelations(index, baseline, cycles)
    cycle_weeks = weeks_of_cycles(index)
    return Figures(
        as_of=index.as_of,
        criterion=index.criterion,
        baseline=baseline,
        now=now,
        cycles=cycles,
        change={
            metric: compute_change(
                metric, baseline.metrics[metric], now.metrics[metric], autocorrelation.get(metric, 0.0)
            )
            for metric in METRICS
        },
        autocorrelation=autocorrelation,
        rules=evaluate_rules(index, baseline, now, cycles),
        wear_off=compute_wear_off(cycle_weeks, cycles, autocorrelation[HEADACHE_DAYS]),
        overuse=overuse,
        cycle_weeks=cycle_weeks,
    )


def as_json(figures: Figures) -> dict[str, object]:
    """Return the figures in the form `json.dumps` accepts: dates in ISO form, floats unrounded (Rules, section 12)."""
    return {
        field.name: _to_json_value(getattr(figures, field.name))
        for field in fields(figures)
        if field.name != "cycle_weeks"
    }


def _to_json_value(value: object) -> object:
    # Numbers first: most values are numbers, and isinstance(…, Mapping) is slow.
    if value is None or isinstance(value, (int, float, str)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _to_json_value(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_to_json_value(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        values = {field.name: _to_json_value(getattr(value, field.name)) for field in fields(value)}
        # Only windows of a cycle have a label; the key is left out of the others.
        return {name: item for name, item in values.items() if name != "label" or item is not None}
    raise TypeError(f"no JSON for {type(value).__name__}")
