"""All figures of one diary, and their JSON form (Rules, section 12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Any

from figures.acute import Overuse, compute_overuse
from figures.change import Change, autocorrelations, compute_change
from figures.looks import Look, compute_drift, compute_looks, find_next_look
from figures.luck import add_luck
from figures.menstrual import Menstrual, compute_menstrual
from figures.metric_index import MetricIndex
from figures.power import Power, compute_power
from figures.relief import Relief, compute_relief
from figures.rules import Rule, evaluate_rules
from figures.unlogged import Unlogged, compute_unlogged
from figures.values import HEADACHE_DAYS, METRICS, Diary
from figures.wear_off import CycleWeeks, WearOff, compute_wear_off, weeks_of_cycles
from figures.windows import MONTH, Cycle, Window, build_cycles, build_now, build_window


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure the product shows.

    `baseline`, `now`, `change` (baseline to now, by metric), `autocorrelation` (by yes/no metric), `looks` (the latest
    of each yes/no metric) and `wear_off` are None without a session up to as_of; `cycles` and `rules` are then empty.
    `overuse`, `relief` and `menstrual` need no session. `unlogged`, `power` and `drift` are those of headache days.
    `wear_off` is the sum of `cycle_weeks`, which are not part of
    the JSON.
    """

    as_of: date
    criterion: str
    baseline: Window | None = None
    now: Window | None = None
    cycles: tuple[Cycle, ...] = ()
    change: Mapping[str, Change | None] | None = None
    autocorrelation: Mapping[str, float] | None = None
    rules: tuple[Rule, ...] = ()
    wear_off: WearOff | None = None
    overuse: tuple[Overuse, ...] = ()
    looks: Mapping[str, Look | None] | None = None
    next_look: date | None = None
    unlogged: Unlogged | None = None
    power: Power | None = None
    drift: Change | None = None
    relief: tuple[Relief, ...] = ()
    menstrual: Menstrual | None = None
    cycle_weeks: tuple[CycleWeeks, ...] = field(default=(), metadata={"json": None})


def compute_figures(diary: Diary, as_of: date) -> Figures:
    """Compute the figures of a diary as they stood at the end of `as_of`; nothing later counts."""
    figures = figures_from_index(MetricIndex.of(diary, as_of))
    return replace(figures, relief=compute_relief(diary.days.values(), as_of))


def figures_from_index(index: MetricIndex) -> Figures:
    """Compute the figures from an index of the diary, all but `relief`: an index has no names of medicines."""
    untreated = Figures(
        index.as_of, index.criterion, overuse=compute_overuse(index), menstrual=compute_menstrual(index)
    )
    if not index.sessions:
        return untreated
    first = index.sessions[0]
    baseline = build_window(index, first - timedelta(MONTH), first - timedelta(1))
    now = build_now(index)
    cycles = build_cycles(index)
    autocorrelation = autocorrelations(index, baseline, cycles)
    r = autocorrelation[HEADACHE_DAYS]
    cycle_weeks = weeks_of_cycles(index)
    looks = compute_looks(baseline, cycles, autocorrelation)
    before_baseline = build_window(index, first - timedelta(2 * MONTH), first - timedelta(MONTH + 1))
    return replace(
        untreated,
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
        rules=add_luck(evaluate_rules(index, baseline, now, cycles), baseline, autocorrelation),
        wear_off=compute_wear_off(cycle_weeks, cycles, r),
        looks=looks,
        next_look=find_next_look(cycles, index.as_of),
        unlogged=compute_unlogged(looks[HEADACHE_DAYS]),
        power=compute_power(baseline.metrics[HEADACHE_DAYS], r),
        drift=compute_drift(before_baseline, baseline, HEADACHE_DAYS, r),
        cycle_weeks=cycle_weeks,
    )


def as_json(figures: Figures) -> dict[str, object]:
    """Return the figures in the form `json.dumps` accepts: dates in ISO form, floats unrounded (Rules, 12 and 19)."""
    return _fields_to_json(figures)


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
        values = _fields_to_json(value)
        # Only windows of a cycle have a label; the key is left out of the others.
        return {name: item for name, item in values.items() if name != "label" or item is not None}
    raise TypeError(f"no JSON for {type(value).__name__}")


def _fields_to_json(value: Any) -> dict[str, object]:
    """Return the fields of a dataclass under their names in JSON, without those that are not part of it."""
    return {
        name: _to_json_value(getattr(value, item.name))
        for item in fields(value)
        if (name := item.metadata.get("json", item.name)) is not None
    }
